/** What nodes reach on themselves, with the names that tables and diagrams show. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import { count } from '../text/words.ts';

/** What to say above such rows: no policy comes between a node and the pods on it. */
export const OWN_NODE_TITLE = 'a node reaches the pods on itself, whatever the policies say';

export interface OwnNodeRow {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
  /** `1 of 3 pods`, or `all pods`: those of `to` on the node. */
  readonly pods: string;
  readonly isWhole: boolean;
}

/** The rows, in their order; peers by their id. */
export function ownNodeRows({
  ownNode = [],
  peers,
}: Pick<MatrixAnswer, 'ownNode' | 'peers'>): readonly OwnNodeRow[] {
  if (ownNode.length === 0) return [];
  const podsOf = new Map(peers.map(({ id, pods }) => [id, pods]));
  return ownNode.map(({ from, to, ports, pods }) => {
    const all = podsOf.get(to) ?? pods;
    const isWhole = pods === all;
    return { from, to, ports, pods: isWhole ? 'all pods' : `${pods} of ${count(all, 'pod')}`, isWhole };
  });
}

/** The receiver with how many of its pods are on the node, where that is not all: `shop/deploy/web, 1 of 3 pods`. */
export function partOnNode({ to, pods, isWhole }: OwnNodeRow): string {
  return isWhole ? to : `${to}, ${pods}`;
}
