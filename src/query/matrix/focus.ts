/** References of a focus (`--from`, `--to`) as sets of atoms. */

import type { Pod } from '../../cluster/cluster.ts';
import { pieceOf } from '../../policy/matrix/address-cuts.ts';
import { type AtomSet, atomRange, atomSet } from '../../policy/matrix/atom-set.ts';
import type { Universe } from '../../policy/matrix/universe.ts';
import type { Snapshot } from '../snapshot.ts';
import { resolveTarget, type Source } from '../target.ts';
import { UsageError } from '../usage-error.ts';

export interface FocusReference {
  readonly text: string;
  readonly role: 'source' | 'destination';
}

const FROM_NOWHERE: Source = { kind: 'external', name: '', address: '' };

/**
 * The atoms that a reference means: those of a pod, of the pods of a workload or of a Service, of a node's host
 * network, or the outside range with an address. `internet` is all that is outside.
 * @throws UsageError
 */
export function atomsOfReference(
  snapshot: Snapshot,
  universe: Universe,
  { text, role }: FocusReference,
): AtomSet {
  const { sourcesAt, destinationsAt, atoms, cuts } = universe;
  const outside = role === 'source' ? [sourcesAt, destinationsAt] : [destinationsAt, atoms.length];
  if (text === 'internet') return atomRange(outside[0] ?? 0, outside[1] ?? 0);
  const target = resolveTarget(snapshot.cluster, text, FROM_NOWHERE);
  switch (target.kind) {
    case 'pods':
      return atomsOfPods(universe, target.pods, text);
    case 'service': {
      const keys = snapshot.control
        .slicesOf(target.service.key)
        .flatMap(({ endpoints }) => endpoints.map(({ pod }) => pod));
      return atomsOfPods(
        universe,
        snapshot.cluster.pods.filter(({ key }) => keys.includes(key)),
        text,
      );
    }
    case 'node':
      return atomsOfPods(
        universe,
        snapshot.cluster.pods.filter(({ node, hostNetwork }) => hostNetwork && node === target.node.name),
        text,
      );
    case 'address': {
      const pod = snapshot.cluster.podByIp.get(target.ip);
      if (pod !== undefined) return atomsOfPods(universe, [pod], text);
      const cut = cuts[role === 'source' ? 'ingress' : 'egress'];
      if (cut.family !== target.ip.family)
        throw new UsageError(`${text} is of another family than the matrix`, ['-4', '-6']);
      return atomSet([(outside[0] ?? 0) + pieceOf(cut, target.ip.bits)]);
    }
    default:
      throw new UsageError(`"${text}": a matrix is about pods, workloads, Services and addresses`);
  }
}

function atomsOfPods({ atoms }: Universe, pods: readonly Pod[], text: string): AtomSet {
  const wanted = new Set(pods.map(({ key }) => key));
  const found = [...atoms.entries()].flatMap(([atom, item]) =>
    'pods' in item && item.pods.some(({ key }) => wanted.has(key)) ? [atom] : [],
  );
  if (found.length === 0) throw new UsageError(`${text} has no pods in the matrix`);
  return atomSet(found);
}
