/** The sentences about policies: what an engine said of a packet, and why a rule does not match it. */

import type { Pod } from '../cluster/cluster.ts';
import type { PolicyLook } from '../dataplane/policy-look.ts';
import type { Packet } from '../net/packet.ts';
import type { LabelMiss, PeerMiss, PortMiss, RuleMiss } from '../policy/explain-miss.ts';
import type { Party } from '../policy/party.ts';
import type { CompiledPolicy, PortItem } from '../policy/policy.ts';
import type { CitedRule, Verdict } from '../policy/verdict.ts';

/** `ingress: db-0 isolated by 3, none allows`. */
export function lookText({ pod, verdict, isIgnored }: PolicyLook): string {
  const { direction } = verdict;
  if (isIgnored) return `${direction}: would deny (ignored)`;
  return `${direction}: ${passedText(verdict)}${verdictText(pod, verdict)}`;
}

/** The tiers that passed it on, each as `admin pass NAME rule 0 › `. */
function passedText({ passed }: Verdict): string {
  return passed.map((cited) => `${cited.policy.tier.name} pass ${ruleText(cited)} › `).join('');
}

function verdictText(pod: Pod, verdict: Verdict): string {
  const { reason, rules, isolating } = verdict;
  const [first] = rules;
  switch (reason) {
    case 'no-subject':
    case 'not-isolated':
      return `${pod.name} not isolated`;
    case 'own-address':
      return `${pod.name} to itself, which no policy is about`;
    case 'own-node':
      return `from its own node, which no policy can refuse`;
    case 'rule':
      return first === undefined ? 'allowed' : `${ruleText(first)} allows${moreText(rules.length - 1)}`;
    case 'admin-deny':
    case 'baseline-deny':
    case 'policy-deny':
      return first === undefined ? 'denied' : `${first.policy.tier.name} tier, ${ruleText(first)} denies`;
    case 'isolated-no-rule-matches':
      return `${pod.name} isolated by ${isolating.length}, none allows`;
  }
}

function moreText(more: number): string {
  return more === 0 ? '' : `, ${more} more ${more === 1 ? 'does' : 'do'}`;
}

/** `db-allow-api ingress[0]`. */
function ruleText({ policy, rule }: CitedRule): string {
  return `${policy.name} ${policy.direction}[${rule.index}]`;
}

/** The names of policies; of another namespace than the pod's none can be. */
export function policyNames(policies: readonly CompiledPolicy[]): readonly string[] {
  return policies.map(({ name }) => name);
}

/** Why a rule does not match, in a few words: the nearest peer, then the ports. */
export function missText(miss: RuleMiss, peer: Party, packet: Packet): string {
  const nearest = miss.peers[0];
  const parts = [
    ...(nearest === undefined ? [] : [peerMissText(nearest, peer)]),
    ...(miss.ports.length === 0 ? [] : [portsMissText(miss.ports, packet)]),
  ];
  return parts.join('; ');
}

/** `web-0 has app=web`, `10.0.0.11 is no pod`, `203.0.113.9 is excepted`. */
function peerMissText({ peer, reason }: PeerMiss, party: Party): string {
  const name = partyText(party);
  switch (reason.kind) {
    case 'pod-labels':
      return labelMissText(name, reason.misses[0]);
    case 'namespace-labels':
      return labelMissText(namespaceText(party), reason.misses[0]);
    case 'node-labels':
      return labelMissText(name, reason.misses[0]);
    case 'namespace':
      return `${name} is in namespace ${reason.have}, not ${reason.wanted}`;
    case 'no-pod':
      return `${name} is no pod with a network of its own`;
    case 'no-node':
      return `${name} is no node`;
    case 'family':
      return `${name} is of the other family`;
    case 'outside-block':
      return peer.kind === 'block' ? `${name} is not in ${peer.cidr.text}` : `${name} is outside`;
    case 'except':
      return `${name} is excepted`;
    case 'block-not-compared':
      return `this CNI does not compare blocks with ${reason.with}`;
    case 'no-address':
      return `the address of ${name} is not known`;
    case 'domains':
      return 'names of hosts outside are not resolved here';
    case 'inside':
      return `${name} is in the cluster`;
    case 'unmodelled':
      return `${reason.what} is not modelled`;
    case 'unreadable':
      return 'this cannot be read, and matches nothing';
  }
}

function labelMissText(name: string, miss: LabelMiss | undefined): string {
  if (miss === undefined) return `${name} does not match`;
  const { key } = miss.requirement;
  return miss.have === undefined ? `${name} has no label ${key}` : `${name} has ${key}=${miss.have}`;
}

function namespaceText(party: Party): string {
  return party.kind === 'pod' ? `namespace ${party.pod.namespace}` : 'the namespace';
}

/** `port 9187, not 5432`, `UDP, not TCP`. */
function portsMissText(misses: readonly PortMiss[], { protocol, dstPort }: Packet): string {
  const wrong = misses.filter(({ reason }) => reason.kind === 'port');
  const asked = String(dstPort);
  if (wrong.length > 0) return `port ${wrong.map(({ item }) => itemText(item)).join(', ')}, not ${asked}`;
  const [first] = misses;
  if (first?.reason.kind === 'name-unknown') return `no port of the pod is named ${itemText(first.item)}`;
  if (first?.reason.kind === 'protocol') return `${protocolText(first.item)}, not ${protocol.toUpperCase()}`;
  return 'its ports cannot be read';
}

function itemText(item: PortItem): string {
  switch (item.kind) {
    case 'range':
      return item.from === item.to ? String(item.from) : `${item.from}-${item.to}`;
    case 'named':
      return item.name;
    case 'unreadable':
      return '?';
  }
}

function protocolText(item: PortItem): string {
  return item.kind === 'unreadable' ? '?' : (item.protocol ?? 'any').toUpperCase();
}

/** A party as people name it: a pod's name, `node/NAME`, an address. */
function partyText(party: Party): string {
  if (party.kind === 'pod') return party.pod.name;
  return party.kind === 'node' ? `node/${party.node.name}` : (party.ip?.text ?? 'the other end');
}
