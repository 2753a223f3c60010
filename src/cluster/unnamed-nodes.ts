/**
 * Nodes that pods show without naming them: live pods whose spec.nodeName was cut away still have their
 * node's address, or at least addresses of one range.
 */

import { type Cidr, cidrOf } from '../net/cidr.ts';
import { compareIps, type Ip } from '../net/ip.ts';
import type { PodKey } from './cluster.ts';
import { NODE_RANGE } from './pod-cidrs.ts';
import type { PodDraft } from './pod-draft.ts';

/**
 * Groups live pods that share a node: by status.hostIP, else by the range of their address.
 * @returns the pods of each node, in the order of the addresses that they are grouped by.
 */
export function podsByUnnamedNode(pods: readonly PodDraft[]): readonly (readonly PodKey[])[] {
  const groups = new Map<string, { readonly order: Ip; readonly keys: PodKey[] }>();
  for (const { key, phase, knownIps, hostIp, spec } of pods) {
    const [ip] = knownIps;
    const host = hostIp ?? (spec.hostNetwork ? ip : undefined);
    if (ip === undefined || phase === 'Finished') continue;
    const range = rangeOf(ip);
    const id = host?.text ?? range.text;
    const group = groups.get(id) ?? { order: host ?? range.base, keys: [] };
    group.keys.push(key);
    groups.set(id, group);
  }
  return [...groups.values()].sort((a, b) => compareIps(a.order, b.order)).map(({ keys }) => keys);
}

function rangeOf(ip: Ip): Cidr {
  return cidrOf(ip, NODE_RANGE[ip.family]);
}
