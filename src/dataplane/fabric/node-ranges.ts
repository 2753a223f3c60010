/** Which pod addresses a node is responsible for: those of its part of the pod network, or blocks of a pool. */

import type { Cluster, Node } from '../../cluster/cluster.ts';
import { addTo } from '../../collections/grouping.ts';
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import { compareIps, type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import { podCidrOf } from '../cni.ts';

/** A node without an entry is not part of the network; one with an empty list has no pods yet. */
export type RangesOfNodes = ReadonlyMap<Node, readonly Cidr[]>;

/** The node's part of the pod network (spec.podCIDRs), as the node IPAM controller hands it out. */
export function nodeRanges({ nodes }: Cluster, family: IpFamily): RangesOfNodes {
  return new Map(
    nodes.flatMap((node) => {
      const range = podCidrOf(node, family);
      return range === undefined ? [] : [[node, [range]] as const];
    }),
  );
}

export interface BlockOptions {
  /** Prefix length of a block. */
  readonly blockSize: Readonly<Record<IpFamily, number>>;
  /** An address that the node itself takes from the pool. */
  ownAddress?(node: Node, family: IpFamily): Ip | undefined;
}

/**
 * Blocks of a pool that nodes claim as they need addresses: those that hold the addresses of their pods. A block
 * belongs to the node with most addresses in it; the others of it are routed one by one, as borrowed ones are
 * (projectcalico/calico:libcalico-go/lib/ipam/ipam.go).
 */
export function blockRanges(cluster: Cluster, family: IpFamily, options: BlockOptions): RangesOfNodes {
  const length = options.blockSize[family];
  const blocks = new Map<string, Map<Node, Ip[]>>();
  const add = (node: Node, ip: Ip): void => {
    const { text } = cidrOf(ip, length);
    const members = blocks.get(text) ?? new Map<Node, Ip[]>();
    blocks.set(text, members);
    addTo(members, node, ip);
  };
  for (const { node: name, ips, hostNetwork } of cluster.pods) {
    const node = cluster.nodeByName.get(name ?? '');
    if (node === undefined || hostNetwork) continue;
    for (const ip of ips) if (ip.family === family) add(node, ip);
  }
  for (const node of cluster.nodes) {
    const own = options.ownAddress?.(node, family);
    if (own !== undefined) add(node, own);
  }
  const ranges = new Map<Node, Cidr[]>(cluster.nodes.map((node) => [node, []]));
  for (const members of blocks.values()) claim(members, length, ranges);
  for (const list of ranges.values()) list.sort((a, b) => compareIps(a.base, b.base));
  return ranges;
}

function claim(
  members: ReadonlyMap<Node, readonly Ip[]>,
  length: number,
  ranges: ReadonlyMap<Node, Cidr[]>,
): void {
  const [owner] = [...members].sort(
    ([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a.name < b.name ? -1 : 1),
  );
  for (const [node, ips] of members) {
    const [first] = ips;
    if (first === undefined) continue;
    const own = node === owner?.[0] ? [cidrOf(first, length)] : ips.map((ip) => cidrOf(ip, WIDTH[ip.family]));
    ranges.get(node)?.push(...own);
  }
}
