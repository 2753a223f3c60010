/** Endpoints that a proxy may choose among can be thousands: of replicas that nothing tells apart one is dialled. */

import { likenessOf } from '../../cluster/alike-pods.ts';
import type { Cluster, PodKey } from '../../cluster/cluster.ts';
import { groupBy } from '../../collections/grouping.ts';
import { compareText } from '../../collections/order.ts';
import type { PathDraft } from '../paths.ts';
import type { SocketAddress } from './proxy.ts';

/** So few are dialled each. */
const DIALLED_EACH = 8;

export interface StandIn {
  readonly address: SocketAddress;
  /** How many endpoints it stands for, itself included. */
  readonly count: number;
  /** The pods of all of them. */
  readonly pods: readonly PodKey[];
}

/** The endpoints to dial. */
export function standIns(
  { podByIp }: Pick<Cluster, 'podByIp'>,
  addresses: readonly SocketAddress[],
): readonly StandIn[] {
  const alone = (address: SocketAddress): StandIn => ({ address, count: 1, pods: [] });
  if (addresses.length <= DIALLED_EACH) return addresses.map(alone);
  const likeness = ({ ip, port }: SocketAddress) => {
    const pod = podByIp.get(ip);
    return `${pod === undefined ? ip.text : likenessOf(pod)} ${port}`;
  };
  return [...groupBy(addresses, likeness).values()].flatMap((group) => {
    const [address] = group;
    const pods = group.flatMap(({ ip }) => podByIp.get(ip)?.key ?? []);
    return address === undefined ? [] : [{ address, count: group.length, pods }];
  });
}

/** The path to one of them is that to the others. */
export function forAll({ pods }: StandIn, draft: PathDraft): PathDraft {
  const { backends } = draft.path;
  if (pods.length < 2 || !backends.some((key) => pods.includes(key as PodKey))) return draft;
  const all = [...new Set([...backends, ...pods])].sort(compareText);
  return { ...draft, path: { ...draft.path, backends: all } };
}
