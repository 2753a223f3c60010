/**
 * The pod ranges of nodes: the written ones; else what the addresses of the node's pods show; else the
 * i-th part of the cluster's pod range (assumption A_POD_CIDR).
 */

import { type Cidr, cidrOf, cidrsOverlap, nthSubnet } from '../net/cidr.ts';
import { compareIps, type Ip, type IpFamily, WIDTH } from '../net/ip.ts';
import type { PodDraft } from './pod-draft.ts';
import type { ClusterProfile } from './profile.ts';

/** Bits of a node's part (kube-controller-manager: --node-cidr-mask-size-ipv4, -ipv6). */
export const NODE_RANGE: Readonly<Record<IpFamily, number>> = { 4: 24, 6: 64 };

export interface PodCidrInput {
  readonly profile: ClusterProfile;
  readonly pods: readonly PodDraft[];
  /** By node name, in the order of the names; an empty list for a node without a written range. */
  readonly written: ReadonlyMap<string, readonly Cidr[]>;
}

/** The ranges of each node; a node may have none of a family when the cluster's range is used up. */
export function podCidrsOfNodes({
  profile,
  pods,
  written,
}: PodCidrInput): ReadonlyMap<string, readonly Cidr[]> {
  const observed = observedIps(pods, written);
  const result = new Map([...written].map(([name, cidrs]) => [name, [...cidrs]]));
  for (const family of [4, 6] as const) {
    const inferred = inferRanges(observed.filter(({ ip }) => ip.family === family));
    const known = [...[...written.values()].flat(), ...inferred.map(({ cidr }) => cidr)];
    for (const { node, cidr } of inferred) result.get(node)?.push(cidr);
    if (!profile.ipFamilies.includes(family)) continue;
    const parts = partsOf(profile, {
      family,
      nodes: written.size,
      known: known.filter((cidr) => cidr.family === family),
    });
    for (const [index, [, cidrs]] of [...result].entries()) {
      if (cidrs.some((cidr) => cidr.family === family)) continue;
      const part = parts(index + 1);
      if (part !== undefined) cidrs.push(part);
    }
  }
  return result;
}

interface Observed {
  readonly ip: Ip;
  readonly node: string;
}

/** Known pod addresses on nodes whose range of that family nobody wrote. */
function observedIps(
  pods: readonly PodDraft[],
  written: ReadonlyMap<string, readonly Cidr[]>,
): readonly Observed[] {
  return pods.flatMap(({ node, knownIps, spec, phase }) => {
    if (node === undefined || spec.hostNetwork || phase === 'Finished') return [];
    const own = written.get(node) ?? [];
    return knownIps
      .filter((ip) => !own.some(({ family }) => family === ip.family))
      .map((ip) => ({ ip, node }));
  });
}

interface Inferred {
  readonly node: string;
  readonly cidr: Cidr;
}

/**
 * Ranges that hold the pods of one node and nobody else's: the usual size of a node's part, halved as
 * long as pods of several nodes share it. So every known pod is on the node that its range leads to,
 * whatever the addresses are given out by.
 */
function inferRanges(observed: readonly Observed[]): readonly Inferred[] {
  const [first] = observed;
  if (first === undefined) return [];
  const ranges = byRange(observed, NODE_RANGE[first.ip.family]);
  return ranges.sort((a, b) => compareIps(a.cidr.base, b.cidr.base));
}

function byRange(observed: readonly Observed[], length: number): Inferred[] {
  const groups = new Map<string, { readonly cidr: Cidr; readonly members: Observed[] }>();
  for (const member of observed) {
    const cidr = cidrOf(member.ip, length);
    const group = groups.get(cidr.text) ?? { cidr, members: [] };
    group.members.push(member);
    groups.set(cidr.text, group);
  }
  return [...groups.values()].flatMap(({ cidr, members }) => {
    const nodes = new Set(members.map(({ node }) => node));
    const [node] = nodes;
    if (node !== undefined && (nodes.size === 1 || length === WIDTH[cidr.family])) return [{ node, cidr }];
    return byRange(members, length + 1);
  });
}

interface PartInput {
  readonly family: IpFamily;
  readonly nodes: number;
  /** Ranges that no part may overlap. */
  readonly known: readonly Cidr[];
}

/**
 * Parts of the cluster's pod range for the asking: the i-th (from 1) if it is free, else the next one
 * behind the last node's.
 */
function partsOf(
  profile: ClusterProfile,
  { family, nodes, known }: PartInput,
): (index: number) => Cidr | undefined {
  const range = profile.podCidrs.find((cidr) => cidr.family === family);
  if (range === undefined) return () => undefined;
  const needed = range.length + Math.ceil(Math.log2(nodes + 1));
  const length = Math.max(NODE_RANGE[family], needed);
  const sameSize = new Set(known.filter((cidr) => cidr.length === length).map(({ text }) => text));
  const others = known.filter((cidr) => cidr.length !== length);
  const isFree = (part: Cidr) => !sameSize.has(part.text) && !others.some((cidr) => cidrsOverlap(cidr, part));
  let next = nodes + 1;
  return (index) => {
    let part = nthSubnet(range, length, index);
    while (part !== undefined && !isFree(part)) part = nthSubnet(range, length, next++);
    return part;
  };
}
