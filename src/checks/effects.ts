/** Root causes: what follows from another finding is told below that one, and is none of its own. */

import { addTo } from '../collections/grouping.ts';
import type { Evidence, Hit } from './hit.ts';
import type { RuleHit } from './place-hit.ts';
import { subjectName } from './subject.ts';

/** The hits that follow from no other, each with its effects as evidence. Several steps end at the first cause. */
export function withEffects(hits: readonly RuleHit[]): readonly RuleHit[] {
  const byKey = new Map<string, RuleHit>();
  for (const each of hits) {
    const key = causeKey(each.rule.name, each.hit);
    if (!byKey.has(key)) byKey.set(key, each);
  }
  const causeOf = ({ hit: { cause } }: RuleHit) =>
    cause === undefined ? undefined : byKey.get(causeKey(cause.rule, cause));
  const effects = new Map<RuleHit, RuleHit[]>();
  const left = hits.filter((each) => {
    const root = rootOf(each, causeOf);
    if (root === each) return true;
    addTo(effects, root, each);
    return false;
  });
  return left.map((each) => {
    const own = effects.get(each);
    if (own === undefined) return each;
    return { ...each, hit: { ...each.hit, related: [...(each.hit.related ?? []), ...own.map(asEffect)] } };
  });
}

/** The first cause of all; the hit itself where there is none, or a ring of causes. */
function rootOf(start: RuleHit, causeOf: (hit: RuleHit) => RuleHit | undefined): RuleHit {
  const seen = new Set([start]);
  let root = start;
  for (let next = causeOf(root); next !== undefined; next = causeOf(root)) {
    if (seen.has(next)) return start;
    seen.add(next);
    root = next;
  }
  return root;
}

function causeKey(rule: string, { subject }: Pick<Hit, 'subject'>): string {
  return `${rule}\n${subjectName(subject)}`;
}

function asEffect({ hit: { subject, path, message } }: RuleHit): Evidence {
  return { subject, path, message, role: 'effect' };
}
