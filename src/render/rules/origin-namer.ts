/** The words for the manifest fields that a rule is made from. */

import type { NodeRules } from '../../query/rules.ts';
import { locate, type SourceRef } from '../../source/ref.ts';

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
