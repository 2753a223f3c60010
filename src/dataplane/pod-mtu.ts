/** The MTU of pods. */

import type { IpFamily } from '../net/ip.ts';
import type { CniSettings, Facets } from './cni.ts';
import { nodeMtu } from './underlay.ts';

/**
 * What pods get on a node: what somebody gave, else what the encapsulation leaves of the uplink's.
 * @param uplink.mtu of the node's interface in bytes; undefined: the CNI's usual one.
 * @param uplink.families that the cluster's pods have.
 */
export function podMtu(
  settings: Pick<CniSettings, 'mtu'>,
  { fabric, uplinkMtu }: Facets,
  uplink: { readonly mtu?: number | undefined; readonly families: readonly IpFamily[] },
): number {
  if (settings.mtu !== undefined) return settings.mtu;
  const mtu = uplink.mtu ?? uplinkMtu;
  const overhead = Math.max(0, ...uplink.families.map((family) => fabric.overhead[family]));
  return nodeMtu(mtu === undefined ? {} : { mtu }) - overhead;
}
