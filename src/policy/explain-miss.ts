/**
 * Why a rule does not match a flow: which condition misses, what it wants, what the flow has, and where it is
 * written. Computed on demand, for the flows that somebody asks about.
 */

import type { Namespace } from '../cluster/cluster.ts';
import type { Labels } from '../k8s/object.ts';
import { type LabelSelector, requirementHolds, type SelectorRequirement } from '../k8s/selector.ts';
import { cidrContains } from '../net/cidr.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import { type Asked, type PolicyFlow, portMatches } from './decide.ts';
import { blockSees, peerMatches, portsNamed } from './match.ts';
import type { Party } from './party.ts';
import {
  ACCOUNT_LABEL,
  type CompiledPolicy,
  type Peer,
  type PolicyRule,
  type PortItem,
  type Selection,
} from './policy.ts';
import { accountOf, type PolicyIndex } from './policy-index.ts';

/** A condition on labels that does not hold. */
export interface LabelMiss {
  readonly requirement: SelectorRequirement;
  /** The value that is there; undefined: no such label. */
  readonly have: string | undefined;
  readonly origin: SourceRef;
}

export type PeerMissReason =
  /** A selector, and the other end is no pod with a network of its own. */
  | { readonly kind: 'no-pod' }
  /** Pods of one namespace, and the other end is in another. */
  | { readonly kind: 'namespace'; readonly wanted: string; readonly have: string }
  | { readonly kind: 'namespace-labels'; readonly misses: readonly LabelMiss[] }
  | { readonly kind: 'pod-labels'; readonly misses: readonly LabelMiss[] }
  | { readonly kind: 'node-labels'; readonly misses: readonly LabelMiss[] }
  | { readonly kind: 'no-node' }
  | { readonly kind: 'family' }
  | { readonly kind: 'outside-block' }
  | { readonly kind: 'except'; readonly origin: SourceRef }
  /** The block holds the address, but the CNI does not compare blocks with pods or nodes. */
  | { readonly kind: 'block-not-compared'; readonly with: 'pods' | 'nodes' }
  | { readonly kind: 'no-address' }
  | { readonly kind: 'domains' }
  | { readonly kind: 'unmodelled'; readonly what: string }
  /** It means hosts outside. */
  | { readonly kind: 'inside' }
  | { readonly kind: 'unreadable' };

export interface PeerMiss {
  readonly peer: Peer;
  readonly reason: PeerMissReason;
  /** The deciding condition. */
  readonly origin: SourceRef;
}

export type PortMissReason =
  | { readonly kind: 'port' }
  | { readonly kind: 'protocol' }
  /** No port of the destination has the name and the protocol. */
  | { readonly kind: 'name-unknown' }
  | { readonly kind: 'unreadable' };

export interface PortMiss {
  readonly item: PortItem;
  readonly reason: PortMissReason;
  readonly origin: SourceRef;
}

/** A rule that does not match. */
export interface RuleMiss {
  readonly policy: CompiledPolicy;
  readonly rule: PolicyRule;
  /** Every peer with what it misses, the nearest first; empty where a peer matches. */
  readonly peers: readonly PeerMiss[];
  /** Every port with what it misses; empty where a port matches. */
  readonly ports: readonly PortMiss[];
  /** Conditions between the rule and a match: the fewer, the nearer. */
  readonly distance: number;
}

/**
 * Why the rules of policies do not match.
 * @returns one entry for each rule that does not, in the order of the policies.
 */
export function explainMisses(
  index: PolicyIndex,
  policies: readonly CompiledPolicy[],
  asked: Asked,
): readonly RuleMiss[] {
  return policies.flatMap((policy) =>
    policy.rules.flatMap((rule) => explainMiss(index, { policy, rule }, asked) ?? []),
  );
}

/** Why a rule does not match; undefined where it does. */
function explainMiss(
  index: PolicyIndex,
  { policy, rule }: { readonly policy: CompiledPolicy; readonly rule: PolicyRule },
  { flow, direction }: Asked,
): RuleMiss | undefined {
  const party = direction === 'egress' ? flow.to : flow.from;
  const isPeer = rule.peers === undefined || rule.peers.some((peer) => peerMatches(index, peer, party));
  const isPort = rule.ports === undefined || rule.ports.some((item) => portMatches(item, flow));
  if (isPeer && isPort) return undefined;
  const peers = isPeer ? [] : nearestFirst((rule.peers ?? []).map((peer) => missOfPeer(index, peer, party)));
  const ports = isPort ? [] : (rule.ports ?? []).map((item) => missOfPort(item, flow));
  const distance = nearestOf(peers.map(distanceOfPeer)) + nearestOf(ports.map(distanceOfPort));
  return { policy, rule, peers, ports, distance };
}

function nearestFirst(misses: readonly PeerMiss[]): readonly PeerMiss[] {
  return [...misses].sort((a, b) => distanceOfPeer(a) - distanceOfPeer(b));
}

function nearestOf(distances: readonly number[]): number {
  return distances.length === 0 ? 0 : Math.min(...distances);
}

/** Labels of a pod are nearer to what was meant than another namespace, and that than another kind of peer. */
function distanceOfPeer({ reason }: PeerMiss): number {
  switch (reason.kind) {
    case 'pod-labels':
      return reason.misses.length;
    case 'namespace':
    case 'namespace-labels':
    case 'except':
    case 'block-not-compared':
      return 2;
    case 'outside-block':
    case 'node-labels':
      return 3;
    default:
      return 5;
  }
}

function distanceOfPort({ reason }: PortMiss): number {
  return reason.kind === 'port' || reason.kind === 'protocol' ? 1 : 2;
}

function missOfPeer(index: PolicyIndex, peer: Peer, party: Party): PeerMiss {
  const at = (reason: PeerMissReason, origin: SourceRef = peer.origin): PeerMiss => ({
    peer,
    reason,
    origin,
  });
  switch (peer.kind) {
    case 'pods':
      return party.kind === 'pod' ? missOfPods(index.namespaces, peer, party) : at({ kind: 'no-pod' });
    case 'block':
      return missOfBlock(index, peer, party);
    case 'nodes': {
      if (party.kind !== 'node') return at({ kind: 'no-node' });
      const misses = labelMisses(peer.nodes, party.node.labels);
      return at({ kind: 'node-labels', misses }, misses[0]?.origin);
    }
    case 'domains':
      return at({ kind: 'domains' });
    case 'outside':
      return at({ kind: 'inside' });
    case 'unmodelled':
      return at({ kind: 'unmodelled', what: peer.what });
    case 'unreadable':
      return at({ kind: 'unreadable' });
  }
}

function missOfPods(
  namespaces: ReadonlyMap<string, Namespace>,
  peer: Extract<Peer, { kind: 'pods' }>,
  { pod }: Extract<Party, { kind: 'pod' }>,
): PeerMiss {
  const { pods } = peer;
  if (pods.namespace !== undefined && pods.namespace !== pod.namespace) {
    const reason = { kind: 'namespace', wanted: pods.namespace, have: pod.namespace } as const;
    return { peer, reason, origin: peer.origin };
  }
  const ofNamespace = labelMisses(pods.namespaces, namespaces.get(pod.namespace)?.labels ?? new Map());
  if (ofNamespace.length > 0) {
    const reason = { kind: 'namespace-labels', misses: ofNamespace } as const;
    return { peer, reason, origin: ofNamespace[0]?.origin ?? peer.origin };
  }
  const misses = [
    ...labelMisses(pods.pods, pod.labels),
    ...labelMisses(pods.accounts, new Map([[ACCOUNT_LABEL, accountOf(pod)]])),
  ];
  return { peer, reason: { kind: 'pod-labels', misses }, origin: misses[0]?.origin ?? peer.origin };
}

function missOfBlock(
  { settings }: PolicyIndex,
  peer: Extract<Peer, { kind: 'block' }>,
  party: Party,
): PeerMiss {
  const { ip } = party;
  const at = (reason: PeerMissReason, origin = refTo(peer.origin, 'cidr')): PeerMiss => ({
    peer,
    reason,
    origin,
  });
  if (ip === undefined) return at({ kind: 'no-address' });
  if (ip.family !== peer.cidr.family) return at({ kind: 'family' });
  if (!cidrContains(peer.cidr, ip)) return at({ kind: 'outside-block' });
  const hole = peer.except.find(({ cidr }) => cidrContains(cidr, ip));
  if (hole !== undefined) return at({ kind: 'except', origin: hole.origin }, hole.origin);
  if (blockSees(settings, party)) throw new Error('a block that matches misses nothing');
  return at({ kind: 'block-not-compared', with: party.kind === 'pod' ? 'pods' : 'nodes' });
}

/** The requirements of a selector that do not hold, in the order in which they are written. */
export function labelMisses(selection: Selection | undefined, labels: Labels): readonly LabelMiss[] {
  if (selection === undefined) return [];
  return requirementsOf(selection)
    .filter(({ requirement }) => !requirementHolds(requirement, labels))
    .map((placed) => ({ ...placed, have: labels.get(placed.requirement.key) }));
}

function requirementsOf({ selector, origin, written }: Selection): readonly Omit<LabelMiss, 'have'>[] {
  if (written === 'expression') {
    return selector.matchExpressions.map((requirement) => ({ requirement, origin }));
  }
  return [...labelRequirements(selector, origin), ...expressionRequirements(selector, origin)];
}

function labelRequirements(
  { matchLabels }: LabelSelector,
  origin: SourceRef,
): readonly Omit<LabelMiss, 'have'>[] {
  return [...matchLabels].map(([key, value]) => ({
    requirement: { key, operator: 'In', values: [value] },
    origin: refTo(origin, 'matchLabels', key),
  }));
}

function expressionRequirements(
  { matchExpressions }: LabelSelector,
  origin: SourceRef,
): readonly Omit<LabelMiss, 'have'>[] {
  return matchExpressions.map((requirement, position) => ({
    requirement,
    origin: refTo(origin, 'matchExpressions', position),
  }));
}

function missOfPort(item: PortItem, { to, port }: PolicyFlow): PortMiss {
  const at = (kind: PortMissReason['kind']): PortMiss => ({ item, reason: { kind }, origin: item.origin });
  switch (item.kind) {
    case 'range':
      return at(item.from <= port && port <= item.to ? 'protocol' : 'port');
    case 'named': {
      const named = portsNamed(item, to);
      if (named.length === 0) return at('name-unknown');
      return at(named.some(({ containerPort }) => containerPort === port) ? 'protocol' : 'port');
    }
    case 'unreadable':
      return at('unreadable');
  }
}
