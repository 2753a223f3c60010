/** What is measured. Each case prints its own lines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import {
  checkManifests,
  dnsLookupQuestion,
  loadSnapshot,
  readCheckSettings,
  type Snapshot,
  traceQuestion,
} from '../src/index.ts';
import { policyMatrix } from '../src/policy/matrix/matrix.ts';
import { nodeRules } from '../src/query/rules.ts';
import { saveRenderer } from '../src/render/rules/save.ts';
import type { SourceFile } from '../src/source/file.ts';
import { customResourceDefinition } from './crds.ts';
import { asJson, asYaml, clusterObjects, PROFILE } from './generate.ts';
import {
  nodeProcess,
  print,
  printTimings,
  type Subject,
  type Timing,
  takeTurns,
  timeOf,
  timing,
} from './measure.ts';
import { xorshift } from './random.ts';
import { routes } from './routes.ts';
import { type Manifest, namespaceOf, SHAPES, type Shape } from './shapes.ts';

const BIN = 'bin/k8snet.js';
const BARE = nodeProcess('node -e 0', ['-e', '0']);
const WARM_CALLS = 100;
const SMALL_OBJECTS = 35_000;

/** By the names that `--only` takes. */
export const CASES: Readonly<Record<string, () => void>> = {
  'start-up': startUp,
  shop: () => wholeProcess('shop: 12 Services', clusterObjects(SHAPES.shop), 9),
  'crd-heavy': () => wholeProcess('crd-heavy: the shop behind 2 MB of CRDs', crdHeavy(), 7),
  check: checks,
  routes,
  rules,
  medium: () => inProcess(SHAPES.medium, 2),
  large: () => inProcess(SHAPES.large, 1),
  worst: () => inProcess(SHAPES.worst, 1),
  'small-objects': smallObjects,
};

/** Not part of a run without `--only`: it takes half a minute. */
export const LONG_CASES: ReadonlySet<string> = new Set(['small-objects']);

function startUp(): void {
  print('start-up, whole process');
  const help = nodeProcess('k8snet --help', [BIN, '--help']);
  printTimings(takeTurns([BARE, nodeProcess('k8snet --version', [BIN, '--version']), help], 21));
}

/** A trace as a process, against bare Node, and against parsing alone of the same data. */
function wholeProcess(title: string, objects: readonly Manifest[], rounds: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-bench-'));
  const [yaml, json] = [join(folder, 'all.yaml'), join(folder, 'all.json')];
  writeFileSync(yaml, asYaml(objects));
  writeFileSync(json, asJson(objects));
  print(`${title}, whole process, ${megabytes(asYaml(objects).length)} of YAML`);
  const read = (path: string) => `require('node:fs').readFileSync(${JSON.stringify(path)}, 'utf8')`;
  const subjects = [
    BARE,
    nodeProcess('k8snet trace', [BIN, 'trace', '-f', yaml, 'team-0/deploy/app-0', 'svc/app-1']),
    nodeProcess('yaml: parseAllDocuments', ['-e', `require('yaml').parseAllDocuments(${read(yaml)})`]),
    nodeProcess('JSON.parse', ['-e', `JSON.parse(${read(json)})`]),
  ];
  printTimings(takeTurns(subjects, rounds));
  rmSync(folder, { recursive: true });
}

function crdHeavy(): readonly Manifest[] {
  const random = xorshift(7);
  const definitions = Array.from({ length: 14 }, (_, index) => customResourceDefinition(index, random));
  return [...definitions, ...clusterObjects(SHAPES.shop)];
}

/** Load and questions in this process. `yaml` alone reads only what takes it less than half a minute. */
function inProcess(shape: Shape, rounds: number): void {
  const objects = clusterObjects(shape);
  const [json, text] = [asJson(objects), asYaml(objects)];
  print(
    `${shape.name}: ${shape.workloads * shape.replicas} pods, ${shape.services} Services, ${shape.policies} policies, ${shape.nodes} nodes`,
  );

  let snapshot: Snapshot | undefined;
  const subjects: Subject[] = [
    { name: 'JSON.parse', run: () => void JSON.parse(json) },
    {
      name: `k8snet: load ${megabytes(text.length)} of YAML`,
      run: () => {
        snapshot = load([file(text)]);
      },
    },
    ...(shape.name === 'medium'
      ? [{ name: 'yaml: parseAllDocuments', run: () => void parseAllDocuments(text) }]
      : []),
  ];
  printTimings(takeTurns(subjects, rounds));
  if (snapshot !== undefined) {
    matrix(snapshot, rounds);
    questions(shape, snapshot);
  }
  print(`  ${megabytes(process.memoryUsage().rss)} of memory after that`);
}

/** The exact matrix, as blocks: rows of both directions, and how they meet. The first one compiles the policies. */
function matrix({ cluster, policies: index }: Snapshot, rounds: number): void {
  const { pods } = cluster;
  let sizes = '';
  const ask = () => {
    const found = policyMatrix({
      cluster,
      pods,
      index,
      settings: index.settings,
      family: 4,
      hostNetwork: 'nodes',
    });
    let blocks = 0;
    for (const _ of found.blocks()) blocks++;
    sizes = `${found.universe.hostsAt} classes, ${found.work.rows} rows, ${blocks} blocks`;
  };
  const times = Array.from({ length: 3 * rounds }, () => timeOf(ask));
  printTimings([timing(`matrix: ${sizes}`, times)]);
}

/** `check` beside the load alone: of about a thousand objects, and of the medium cluster. */
function checks(): void {
  const medium = clusterObjects(SHAPES.medium);
  const some = new Set(Array.from({ length: 31 }, (_, index) => namespaceOf(SHAPES.medium, index)));
  const part = medium.filter(({ metadata }) =>
    some.has((metadata as { namespace?: string }).namespace ?? ''),
  );
  for (const objects of [part, medium]) {
    const files = [file(asYaml(objects))];
    let found = 0;
    const check = () => {
      const snapshot = load(files);
      const { findings } = checkManifests(snapshot, readCheckSettings(snapshot.profile));
      found = findings.length;
    };
    const timings = takeTurns(
      [
        { name: 'load alone', run: () => void load(files) },
        { name: 'load and check', run: check },
      ],
      3,
    );
    print(`check: ${objects.length} objects, ${found} findings`);
    printTimings(timings);
  }
}

/** A node's rules in each mode, in chunks as they are written: beside making bytes of the same text. */
function rules(): void {
  const snapshot = load([file(asYaml(clusterObjects(SHAPES.medium)))]);
  for (const mode of ['iptables', 'nftables', 'ipvs'] as const) {
    const lines = () => saveRenderer.lines(nodeRules(snapshot, { node: 'node-7', mode, family: 4 }));
    const known = [...lines()];
    const bytes = bytesOf(known);
    const subjects = [
      { name: 'bytes of the same lines', run: () => void bytesOf(known) },
      { name: `k8snet rules, ${mode}`, run: () => void bytesOf(lines()) },
    ];
    takeTurns(subjects, 8);
    const timings = takeTurns(subjects, 9);
    const speed = bytes / 1000 / (timings[1]?.median ?? Number.NaN);
    print(`rules: ${megabytes(bytes)} in ${mode} mode, ${speed.toFixed(0)} MB/s warm`);
    printTimings(timings);
  }
}

/** Makes chunks of 64 KiB out of lines, as the program writes them. */
function bytesOf(lines: Iterable<string>): number {
  let bytes = 0;
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < 2 ** 16) continue;
    bytes += Buffer.from(chunk).length;
    chunk = '';
  }
  return bytes + Buffer.from(chunk).length;
}

/** The first question of a sort wires nodes, compiles rules or indexes names; later ones do not. */
function questions(shape: Shape, snapshot: Snapshot): void {
  const index = shape.namespaces + 1;
  const from = `${namespaceOf(shape, index)}/deploy/app-${index}`;
  const question = { from, to: `svc/app-${index}`, dns: true };
  const walk = () => void traceQuestion(snapshot, { ...question, policies: 'ignored' });
  const trace = () => void traceQuestion(snapshot, question);
  const look = () => void dnsLookupQuestion(snapshot, { name: `app-${index}`, from });
  printTimings([
    ...takeTurns([BARE], 5),
    timing('first trace', [timeOf(walk)]),
    warm(`trace to ${shape.replicas} endpoints, policies ignored`, walk),
    warm('the same with policies, and an edit that mends it', trace),
    warm('dns lookup', look),
  ]);
}

/** The median of calls after as many that do not count. */
function warm(name: string, ask: () => void): Timing {
  const times = Array.from({ length: 2 * WARM_CALLS }, () => timeOf(ask)).slice(WARM_CALLS);
  return timing(`${name}, ${WARM_CALLS} warm calls`, times);
}

function smallObjects(): void {
  const objects = clusterObjects(SHAPES.large).slice(0, SMALL_OBJECTS);
  const files = objects.map((object, index) => ({ name: `${index}.yaml`, text: asYaml([object]) }));
  const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
  print(`small-objects: ${objects.length} files, ${megabytes(bytes)} of YAML`);
  const time = timeOf(() => load(files));
  print(
    `  loaded in ${(time / 1000).toFixed(1)} s, at most ${megabytes(process.resourceUsage().maxRSS * 1024)} of memory`,
  );
}

/** Reads everything that a question needs before its first packet. */
function load(files: readonly SourceFile[]): Snapshot {
  const snapshot = loadSnapshot({
    files,
    profile: { file: { name: 'k8snet.yaml', text: PROFILE }, flags: { set: [] } },
  });
  void snapshot.dataplane;
  return snapshot;
}

function file(text: string): SourceFile {
  return { name: 'all', text };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0)} MB`;
}
