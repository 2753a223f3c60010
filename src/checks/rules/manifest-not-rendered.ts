import type { SourceFile } from '../../source/file.ts';
import type { SourceSpan } from '../../source/ref.ts';
import { workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';

const WEB = workload('web');

export const manifestNotRendered: Rule = {
  name: 'manifest-not-rendered',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'A manifest holds what a tool should have taken out: {{ … }} of a template outside of strings, or $patch of kustomize.',
  why: 'It is not what gets into the cluster, and most of it cannot be read.',
  fix: 'render first: helm template CHART | k8snet check -f -, or kubectl kustomize DIR | k8snet check -f -',
  examples: {
    bad: { manifests: `${WEB}  replicas: {{ .Values.replicas }}\n` },
    good: { manifests: `${WEB}  replicas: 2\n` },
  },
  run({ snapshot: { files, objects } }) {
    // Documents that nobody reads may hold templates of their own, as text.
    const isUnread = ({ file, span }: SourceSpan) =>
      objects.others.some(({ origin: { document } }) => {
        const { start, end } = document.span;
        return document.file === file && span.start >= start && span.end <= end;
      });
    return files
      .filter(({ text }) => text.includes('{{') || text.includes('$patch'))
      .flatMap(hitsOf)
      .filter(({ at }) => at === undefined || !isUnread(at));
  },
};

const TEMPLATE = /^(\s*(?:- +)?(?:[\w./$-]+:\s+)?)\{\{-?\s*[.$\w(/"`]/;
const PATCH = /^(\s*(?:- +)?)\$patch:\s/;
/** The key of a block scalar, whose lines are text. */
const BLOCK = /^(\s*)(?:- +)?(?:"[^"]*"|'[^']*'|[^\s#'"][^:]*):\s+[|>][-+\d]*\s*(?:#.*)?$/;

/** The first place of each document. */
function hitsOf(file: SourceFile): readonly Hit[] {
  const hits: Hit[] = [];
  let isTold = false;
  for (const { line, start } of linesOutsideBlocks(file.text)) {
    if (line.startsWith('---')) isTold = false;
    const match = isTold ? null : (TEMPLATE.exec(line) ?? PATCH.exec(line));
    if (match === null) continue;
    isTold = true;
    hits.push(hitAt(file, start + (match[1]?.length ?? 0), start + line.trimEnd().length));
  }
  return hits;
}

/** The lines of a file with their offsets, but for those of block scalars. */
function* linesOutsideBlocks(text: string): Generator<{ readonly line: string; readonly start: number }> {
  let start = 0;
  let block = -1;
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/);
    if (indent >= 0 && indent <= block) block = -1;
    if (block < 0) {
      yield { line, start };
      block = BLOCK.exec(line)?.[1]?.length ?? -1;
    }
    start += line.length + 1;
  }
}

function hitAt(file: SourceFile, start: number, end: number): Hit {
  const text = file.text.slice(start, end);
  return {
    subject: { kind: 'File', namespace: '', name: file.name },
    path: [],
    at: { file, span: { start, end } },
    message: `File ${file.name} is not rendered: ${text.slice(0, 40)}`,
    fact: text,
  };
}
