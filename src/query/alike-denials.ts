/** Replicas of a workload with the same labels are denied alike: within one answer, the first one speaks for all. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Asking } from './asking.ts';
import type { AssumptionSet } from './assumptions.ts';
import { type DeniedWalk, explainDenial } from './policy-cause.ts';

/** An answer has one set of assumptions from its beginning to its end. */
const told = new WeakMap<AssumptionSet, Map<string, readonly Diagnostic[]>>();

/**
 * The cause of a denied walk, as explainDenial gives it: trying edits costs more than the walk. Who asks for one
 * replica by name reads of that one.
 */
export function explainDenialOnce(asking: Asking, denied: DeniedWalk): readonly Diagnostic[] {
  if (asking.question.backend !== undefined) return explainDenial(asking, denied);
  const known = told.get(asking.assumptions) ?? new Map<string, readonly Diagnostic[]>();
  told.set(asking.assumptions, known);
  const key = likenessOf(denied);
  const diagnostics = known.get(key) ?? explainDenial(asking, denied);
  known.set(key, diagnostics);
  return diagnostics;
}

/** What decides the explanation, but for the name of the replica. */
function likenessOf({ look: { pod, verdict }, packet }: DeniedWalk): string {
  const { direction, isolating, rules } = verdict;
  const peer = direction === 'ingress' ? packet.src : packet.dst;
  const subject = pod.workload === undefined ? pod.key : `${pod.workload.kind} ${pod.workload.name}`;
  const policies = [...isolating, ...rules.map(({ policy }) => policy)];
  return JSON.stringify([
    [pod.namespace, subject, ...pod.labels],
    policies.map(({ kind, namespace, name }) => [kind, namespace, name]),
    [direction, peer.text, packet.protocol, packet.dstPort],
  ]);
}
