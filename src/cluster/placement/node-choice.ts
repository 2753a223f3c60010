/** The nodes that a specification fits, whatever runs on them, and what it thinks of each. */

import type { PodScheduling } from '../../k8s/kinds/pod-spec.ts';
import type { NodeFacts } from '../nodes.ts';
import { avoidedTaints, preferenceOf, refusalOf } from './node-rules.ts';

export interface NodeChoice {
  /** Indexes of the nodes, in order. */
  readonly candidates: readonly number[];
  /** By node index: the weight of the preferred terms that select it; undefined: nothing is preferred. */
  readonly preference: readonly number[] | undefined;
  /** By node index: taints that the pod would rather avoid; undefined: there are none. */
  readonly avoided: readonly number[] | undefined;
}

/** Looks at every node. */
export function nodeChoice(pod: PodScheduling, nodes: readonly NodeFacts[]): NodeChoice {
  const candidates = [...nodes.keys()].filter((at) => {
    const facts = nodes[at];
    return facts !== undefined && refusalOf(pod, facts) === undefined;
  });
  const preference = nodes.map((facts) => preferenceOf(pod, facts));
  const avoided = nodes.map((facts) => avoidedTaints(pod, facts));
  return {
    candidates,
    preference: preference.some((weight) => weight > 0) ? preference : undefined,
    avoided: avoided.some((count) => count > 0) ? avoided : undefined,
  };
}
