/** Packets that leave the cluster for an address that only the cluster has. */

import type { Node } from '../cluster/cluster.ts';
import type { Dataplane } from '../dataplane/build.ts';
import type { NetworkNamespace } from '../dataplane/network.ts';
import { isWithin, onOneLink } from '../dataplane/underlay.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import type { Cause } from './trace.ts';

interface Ranges {
  readonly dataplane: Pick<Dataplane, 'podAt' | 'nodeOfPod'>;
  readonly serviceCidrs: readonly Cidr[];
  readonly podCidrs: readonly Cidr[];
}

/** A packet that is out of the cluster, for an address that only the cluster has, gets nowhere. */
export function strayed(
  world: Ranges,
  { from, to, packet }: Record<'from' | 'to', NetworkNamespace> & { readonly packet: Packet },
): Cause | undefined {
  if (to.place.kind !== 'external') return undefined;
  const isService = isWithin(world.serviceCidrs, packet.dst);
  const pod = world.dataplane.podAt(packet.dst);
  const isPod = pod !== undefined || isWithin(world.podCidrs, packet.dst);
  if (from.place.kind === 'external' && (isService || isPod)) return { kind: 'cluster-internal' };
  if (isService) return { kind: 'no-such-address', range: 'service' };
  if (!isPod) return undefined;
  const owner = from.place.kind === 'node' ? world.dataplane.nodeOfPod(packet.dst) : undefined;
  if (pod !== undefined && owner !== undefined && isOutOfRange(from, { owner, ip: packet.dst })) {
    return { kind: 'no-such-address', range: 'pod', pod: pod.name };
  }
  const isElsewhere = owner !== undefined && owner.name !== from.place.name;
  return { kind: 'no-such-address', range: 'pod', ...(isElsewhere ? { owner: owner.name } : {}) };
}

/** Is it the range of the pod's node that lacks its address, and not the link between the nodes? */
function isOutOfRange(
  from: NetworkNamespace,
  { owner, ip }: { readonly owner: Node; readonly ip: Ip },
): boolean {
  if (isWithin(owner.podCidrs, ip)) return false;
  const [near, far] = [[...from.local], owner.primaryAddresses];
  return near.some((a) => far.some((b) => a.family === b.family && onOneLink(a, b)));
}
