/**
 * Verdicts that rest on address blocks which hold a pod or a node. Whether blocks are compared with those is the CNI's
 * (NP-11 of docs/semantics/network-policy.md), and an invented address may lie in a block where the real one does not.
 */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { cidrSize, cidrsOverlap, nthAddress, parseCidr } from '../net/cidr.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { decideDirection, type PolicyFlow } from '../policy/decide.ts';
import { type Block, peerMatches } from '../policy/match.ts';
import type { Party } from '../policy/party.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { SourceRef } from '../source/ref.ts';
import type { Asking } from './asking.ts';
import type { Snapshot } from './snapshot.ts';

/** What was judged, and how. */
export interface Judged {
  readonly flow: PolicyFlow;
  readonly verdict: Verdict;
}

/** An end that blocks may hold, though they are meant for hosts outside. */
type Inside = Exclude<Party, { readonly kind: 'address' }>;

const told = new WeakMap<Asking, Set<SourceRef>>();

/** Adds what a verdict takes for granted where another CNI, or another address, would change it; and says so. */
export function assumeAddresses(asking: Asking, judged: Judged): void {
  const { direction, action } = judged.verdict;
  const { policies } = asking.snapshot;
  const peer = direction === 'egress' ? judged.flow.to : judged.flow.from;
  if (peer.kind === 'address' || blocksAbout(policies, judged).length === 0) return;
  const holds = (index: PolicyIndex, flow: PolicyFlow) =>
    decideDirection(index, flow, direction).action === action;
  if (!holds(policies, judged.flow)) return;
  if (isOpenWhatIsCompared(asking.snapshot, peer) && !holds(compared(policies, peer), judged.flow)) {
    asking.assumptions.add('A_POLICY_ENGINE', { decisive: true });
    reportOnce(asking, judged, peer);
  }
  const others = otherAddresses(asking.snapshot, peer);
  if (others.some((ip) => !holds(policies, withPeer(judged, { ...peer, ip })))) {
    asking.assumptions.add('A_POD_IP', { decisive: true });
  }
}

/** Where invented addresses lie, and most real ones: RFC 1918, RFC 4193. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].flatMap(
  (text) => parseCidr(text) ?? [],
);

/** May a block hold one address of a pod and not another one? */
export function tellsPodsApart({ cidr, except }: Block): boolean {
  return (cidr.length > 0 || except.length > 0) && PRIVATE.some((range) => cidrsOverlap(range, cidr));
}

/** The blocks of the policies that are asked about the flow. */
function blocksAbout(policies: PolicyIndex, { flow, verdict }: Judged): readonly Block[] {
  const subject = verdict.direction === 'egress' ? flow.from : flow.to;
  if (subject.kind !== 'pod') return [];
  return policies
    .selecting(subject.pod, verdict.direction)
    .flatMap((stage) => stage.policies.flatMap(({ rules }) => rules.flatMap(({ peers = [] }) => peers)))
    .filter((peer): peer is Block => peer.kind === 'block');
}

/** Is it not known which CNI there is, and does the profile not say whether it compares blocks with such an end? */
function isOpenWhatIsCompared({ dataplane, profile }: Snapshot, { kind }: Inside): boolean {
  return dataplane.cni.source === 'assumed' && profile.cni.ipBlock?.[sortOf(kind)] === undefined;
}

function sortOf(kind: Inside['kind']): 'pods' | 'nodes' {
  return kind === 'pod' ? 'pods' : 'nodes';
}

/** The same policies, under a CNI that does the other thing. */
function compared(policies: PolicyIndex, { kind }: Inside): PolicyIndex {
  const { blocksMatch } = policies.settings;
  const sort = sortOf(kind);
  return { ...policies, settings: { blocksMatch: { ...blocksMatch, [sort]: !blocksMatch[sort] } } };
}

function withPeer({ flow, verdict }: Judged, peer: Inside): PolicyFlow {
  return verdict.direction === 'egress' ? { ...flow, to: peer } : { ...flow, from: peer };
}

/** Other addresses that an end may have whose own is invented: of the known range, else of the usual private ones. */
function otherAddresses({ cluster, profile }: Snapshot, peer: Inside): readonly Ip[] {
  const family = peer.ip?.family;
  if (peer.kind === 'node') return peer.node.assumed.addresses ? privateAddresses(family) : [];
  if (!peer.pod.assumed.ips) return [];
  const node = cluster.nodeByName.get(peer.pod.node ?? '');
  const own = node === undefined || node.assumed.podCidrs ? [] : node.podCidrs;
  const ranges = own.length > 0 ? own : profile.given.has('podCIDRs') ? profile.podCidrs : [];
  if (ranges.length === 0) return privateAddresses(family);
  return ranges
    .filter((range) => range.family === family)
    .flatMap((range) => [nthAddress(range, 1), nthAddress(range, cidrSize(range) - 2)]);
}

function privateAddresses(family: 4 | 6 | undefined): readonly Ip[] {
  const texts = family === 6 ? ['fdff:ffff::fffe'] : ['10.255.255.254', '172.31.255.254', '192.168.255.254'];
  return texts.flatMap((text) => parseIp(text) ?? []);
}

function reportOnce(asking: Asking, judged: Judged, peer: Inside): void {
  const known = told.get(asking) ?? new Set<SourceRef>();
  told.set(asking, known);
  const { policies } = asking.snapshot;
  const everywhere = { ...policies, settings: { blocksMatch: { pods: true, nodes: true } } };
  const held = blocksAbout(policies, judged).filter((block) => peerMatches(everywhere, block, peer));
  const [first] = held;
  if (first === undefined || known.has(first.origin)) return;
  known.add(first.origin);
  asking.report(note(judged.verdict, peer, held));
}

function note({ action, direction }: Verdict, peer: Inside, held: readonly Block[]): Diagnostic {
  const name = peer.kind === 'pod' ? peer.pod.name : `node/${peer.node.name}`;
  const other = action === 'allow' ? 'deny' : 'allow';
  const sort = sortOf(peer.kind);
  return {
    code: 'policy-block-inside',
    severity: 'info',
    text: `an address block that holds ${name} decides for ${direction}: a CNI that goes by identities (Cilium) compares blocks with no ${peer.kind}, and would ${other} it`,
    sources: held.map((block) => ({ at: block.origin, role: 'context' })),
    help: [{ text: `--cni cilium, or --set cni.ipBlock.${sort}=false, if that is so` }],
  };
}
