/** Lines of a rule set with the manifest fields that each is made from. */

import type { NodeRules } from '../../query/rules.ts';
import { locate, type SourceRef } from '../../source/ref.ts';

/** A line of the loadable text, and what it is made from. */
export interface RuleLine {
  readonly text: string;
  readonly origin: readonly SourceRef[];
}

/** Writes the lines; it asks for a note right before the line that the note is about. */
export type LineWriter = (annotate: (origin: readonly SourceRef[]) => undefined) => Iterable<string>;

const NOTHING: readonly SourceRef[] = [];

/** The lines of a writer, each with its origin. */
export function* ruleLines(write: LineWriter): Generator<RuleLine> {
  let origin = NOTHING;
  const lines = write((next) => {
    origin = next;
    return undefined;
  });
  for (const text of lines) {
    yield { text, origin };
    origin = NOTHING;
  }
}

/** Names origins as comments do: `service/shop/web spec.ports[0] k8s/web.yaml:12`. What was asked is kept for a while. */
export function originNamer({ namer }: Pick<NodeRules, 'namer'>): (origin: readonly SourceRef[]) => string {
  const known = new Map<SourceRef, string>();
  const nameIn = (ref: SourceRef) => {
    const before = known.get(ref);
    if (before !== undefined) return before;
    const text = nameOf(ref, namer);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(ref, text);
    return text;
  };
  return (origin) => (origin.length === 1 ? nameIn(origin[0] as SourceRef) : origin.map(nameIn).join(', '));
}

/** So many names are kept: the memory of a printer is bounded. Rules of one Service port share their references. */
const MOST_KNOWN = 10_000;

function nameOf(ref: SourceRef, namer: NodeRules['namer']): string {
  const { file, line } = locate(ref);
  return [namer(ref)?.object, `${file}:${line}`].filter((word) => word !== undefined).join(' ');
}
