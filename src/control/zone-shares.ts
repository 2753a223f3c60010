/** How the nodes' CPU is spread over zones. Source: kubernetes/endpointslice:topologycache/topologycache.go SetNodes. */

import type { Node } from '../cluster/cluster.ts';
import { isControlPlane } from './api-server-slices.ts';
import { zoneOf } from './zone.ts';

/** A zone's part of all allocatable CPU, 0 to 1; of two zones at least. */
export type ZoneShares = ReadonlyMap<string, number>;

/**
 * The zones' shares of the CPU of ready nodes; control-plane nodes do not count. undefined when it is not
 * known of each of them, or when they are in one zone.
 */
export function zoneShares(
  nodes: readonly Pick<Node, 'labels' | 'ready' | 'milliCpu'>[],
): ZoneShares | undefined {
  const cpu = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (isControlPlane(node) || node.ready !== true) continue;
    const [zone, own] = [zoneOf(node), node.milliCpu ?? 0];
    if (zone === undefined || own === 0) return undefined;
    cpu.set(zone, (cpu.get(zone) ?? 0) + own);
    total += own;
  }
  if (cpu.size < 2) return undefined;
  return new Map([...cpu].map(([zone, own]) => [zone, own / total]));
}
