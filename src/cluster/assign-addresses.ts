/**
 * Addresses of pods: the known ones; the node's for hostNetwork; else a stable hash of the pod's key
 * into its node's range (assumption A_POD_IP).
 */

import type { Report } from '../diagnostics/diagnostic.ts';
import { type Cidr, cidrSize } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import { allocateIp, type IpRun } from '../net/ip-pool.ts';
import type { Node, PodKey } from './cluster.ts';
import type { PodDraft } from './pod-draft.ts';

/** The network address and the gateway: the CNI's own, before the first pod. */
const KEPT_BEFORE = 2;
/** IPv6 ranges are larger than anything that is handed out; short addresses read better. */
const LARGEST_RUN = 0x10000;

const NO_ADDRESSES: PodAddresses = { ips: [], assumed: false };

export interface AddressInput {
  /** In the order of their keys. */
  readonly drafts: readonly PodDraft[];
  readonly nodeOf: ReadonlyMap<PodKey, string>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly families: readonly IpFamily[];
  /** Invent what is not known? */
  readonly invent: boolean;
  readonly report: Report;
  /** Addresses that pods beside the drafts have. */
  readonly taken?: Iterable<Ip>;
}

export interface PodAddresses {
  readonly ips: readonly Ip[];
  readonly assumed: boolean;
}

/** The addresses of each pod; none for one that is Pending, has ended, or found its node's range full. */
export function assignAddresses(input: AddressInput): ReadonlyMap<PodKey, PodAddresses> {
  const { drafts, nodeOf, nodes } = input;
  const taken = new Set([...nodes.values()].flatMap(({ addresses }) => addresses));
  for (const ip of input.taken ?? []) taken.add(ip);
  for (const { knownIps, phase } of drafts)
    if (phase !== 'Finished') for (const ip of knownIps) taken.add(ip);
  const allocation: Allocation = { ...input, taken, full: new Map() };
  const result = new Map<PodKey, PodAddresses>();
  for (const draft of drafts) {
    result.set(draft.key, addressesOf(draft, nodes.get(nodeOf.get(draft.key) ?? ''), allocation));
  }
  if (allocation.full.size > 0) reportFull(allocation);
  return result;
}

interface Allocation extends AddressInput {
  readonly taken: Set<Ip>;
  /** How many pods found no free address, by node. */
  readonly full: Map<Node, number>;
}

function addressesOf(draft: PodDraft, node: Node | undefined, allocation: Allocation): PodAddresses {
  const { phase, knownIps, spec } = draft;
  if (phase === 'Finished') return NO_ADDRESSES;
  if (knownIps.length > 0) return { ips: knownIps, assumed: false };
  if (phase === 'Pending' || node === undefined) return NO_ADDRESSES;
  if (spec.hostNetwork) return { ips: node.primaryAddresses, assumed: node.assumed.addresses };
  return allocation.invent ? { ips: inventAddresses(draft, node, allocation), assumed: true } : NO_ADDRESSES;
}

/** One address of each family that the node has a range of; where one range is full, no pod starts any more. */
function inventAddresses(
  { key }: PodDraft,
  node: Node,
  { families, taken, full }: Allocation,
): readonly Ip[] {
  const before = full.get(node);
  const ips: Ip[] = [];
  for (const family of before === undefined ? families : []) {
    const ranges = node.podCidrs.filter((cidr) => cidr.family === family);
    const ip = allocateIp(ranges.map(podRun), taken, key);
    if (ip !== undefined) ips.push(ip);
    else if (ranges.length > 0 || node.podCidrs.length === 0) full.set(node, 0);
  }
  const count = full.get(node);
  if (count === undefined) return ips;
  full.set(node, count + 1);
  return [];
}

/** The addresses of a range that pods get: not the network's, the gateway's or the broadcast one. */
function podRun(cidr: Cidr): IpRun {
  const size = cidr.family === 4 ? cidrSize(cidr) - 1 : Math.min(cidrSize(cidr), LARGEST_RUN);
  return { cidr, from: KEPT_BEFORE, count: size - KEPT_BEFORE };
}

function reportFull({ full, report }: Allocation): void {
  const pods = [...full.values()].reduce((sum, count) => sum + count, 0);
  const [[first] = []] = full;
  const ranges = first?.podCidrs.map(({ text }) => text).join(', ') || 'none';
  const others = full.size === 1 ? '' : `, and of ${full.size - 1} more`;
  report({
    code: 'address-range-full',
    severity: 'warning',
    text: `no free address for ${pods} pods: the pod range of node ${first?.name} (${ranges})${others} is full`,
    sources: first?.origin === undefined ? [] : [{ at: first.origin, role: 'context' }],
  });
}
