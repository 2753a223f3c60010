/**
 * `npm run fuzz -- [--seconds N] [--seed N] PATH…`: changes bytes of manifest files and reads and traces what comes
 * out. No exception, no document that is lost without a word, no case that takes seconds. The case at hand lies in
 * build/fuzz-case.yaml, so that one that never ends can be looked at.
 */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, xorshift } from '../bench/random.ts';
import { decodeText } from '../src/cli/decode-text.ts';
import { loadSnapshot, type Snapshot, traceQuestion } from '../src/index.ts';
import { UsageError } from '../src/query/usage-error.ts';
import { isMapping, type ManifestDocument } from '../src/source/document.ts';
import { readDocuments } from '../src/source/yaml.ts';

const CASE = join('build', 'fuzz-case.yaml');
const LARGEST_FILE = 200_000;
/** Milliseconds. */
const SLOW = 20_000;
/** What means something to YAML, JSON or us. */
const TOKENS = [
  '\t',
  '\n',
  '---\n',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '|',
  '>',
  '#',
  '-1',
  'null',
  '0x',
  '\0',
  '\ufeff',
];

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly paths: readonly string[];
}

function main({ seconds, seed, paths }: Options): void {
  const files = paths.flatMap(manifestsIn);
  if (files.length === 0) throw new Error(`no manifests in ${paths.join(', ')}`);
  const random = xorshift(seed);
  const end = Date.now() + seconds * 1000;
  mkdirSync('build', { recursive: true });
  let cases = 0;
  for (; Date.now() < end; cases++) {
    const file = files[random.below(files.length)] ?? '';
    const bytes = mutated(readFileSync(file), random);
    writeFileSync(CASE, bytes);
    const start = performance.now();
    check(decodeText(bytes), random);
    if (performance.now() - start > SLOW) throw new Error(`slow: ${file} as in ${CASE}`);
  }
  process.stdout.write(
    `${cases} cases of ${files.length} files, seed ${seed}: no crash, no hang, no silent drop\n`,
  );
}

function manifestsIn(path: string): readonly string[] {
  const { size } = statSync(path);
  if (!statSync(path).isDirectory())
    return /\.(ya?ml|json)$/.test(path) && size <= LARGEST_FILE ? [path] : [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => manifestsIn(join(path, name)));
}

/** One to eight changes: a bit flipped, a token put in, a stretch cut out or doubled. */
function mutated(bytes: Buffer, random: Random): Buffer {
  let changed: Buffer = bytes;
  for (let left = 1 + random.below(8); left > 0; left--) {
    const at = random.below(changed.length + 1);
    const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
    const length = random.below(40);
    switch (random.below(4)) {
      case 0:
        changed = Buffer.concat([
          before,
          Buffer.from([(after[0] ?? 0) ^ (1 << random.below(8))]),
          after.subarray(1),
        ]);
        break;
      case 1:
        changed = Buffer.concat([before, Buffer.from(TOKENS[random.below(TOKENS.length)] ?? ''), after]);
        break;
      case 2:
        changed = Buffer.concat([before, after.subarray(length)]);
        break;
      default:
        changed = Buffer.concat([before, after.subarray(0, length), after]);
    }
  }
  return changed;
}

/** @throws for anything that is our fault. */
function check(text: string, random: Random): void {
  const snapshot = loadSnapshot({ files: [{ name: CASE, text }], profile: { flags: { set: [] } } });
  void snapshot.dataplane;
  const known = accountedFor(snapshot);
  for (const document of readDocuments({ name: CASE, text }, () => {})) {
    if (!known.has(document.span.start) && isObject(document)) {
      throw new Error(`silent drop of the document at ${document.span.start} of ${CASE}`);
    }
  }
  const { pods, services } = snapshot.cluster;
  for (let asked = 0; asked < 3 && pods.length > 0 && services.length > 0; asked++) {
    const from = pods[random.below(pods.length)]?.key ?? '';
    const service = services[random.below(services.length)];
    ask(snapshot, from, `${service?.namespace}/svc/${service?.name}`);
  }
}

/** Where the documents begin that were read, counted by kind, or reported. */
function accountedFor({ objects, diagnostics }: Snapshot): ReadonlySet<number> {
  const origins = [...objects.objects, ...objects.others].map(({ origin }) => origin.document.span.start);
  const reported = diagnostics.flatMap(({ sources }) => sources.map(({ at }) => at));
  const starts = reported.map((at) => ('document' in at ? at.document.span.start : at.span.start));
  return new Set([...origins, ...starts]);
}

/** Is it a mapping with an apiVersion, and no empty list? Anything else is no object. */
function isObject({ value }: ManifestDocument): boolean {
  if (!isMapping(value) || typeof value['apiVersion'] !== 'string') return false;
  return !(typeof value['kind'] === 'string' && value['kind'].endsWith('List'));
}

function ask(snapshot: Snapshot, from: string, to: string): void {
  try {
    traceQuestion(snapshot, { from, to, dns: true });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

function options(argv: readonly string[]): Options {
  const numberOf = (flag: string, fallback: number) =>
    argv.includes(flag) ? Number(argv[argv.indexOf(flag) + 1]) : fallback;
  const paths = argv.filter((word, index) => !word.startsWith('--') && !argv[index - 1]?.startsWith('--'));
  return {
    seconds: numberOf('--seconds', 20),
    seed: numberOf('--seed', 1),
    paths: paths.length > 0 ? paths : ['fixtures'],
  };
}

main(options(process.argv.slice(2)));
