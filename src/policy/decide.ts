/** One flow, concretely: what do the policies of its two ends say? */

import type { PacketProtocol } from '../net/packet.ts';
import { mayMean, peerMatches, portsNamed } from './match.ts';
import type { Party } from './party.ts';
import {
  ADMIN_TIER,
  BASELINE_TIER,
  type CompiledPolicy,
  type Direction,
  type PolicyRule,
  type PortItem,
  type Tier,
} from './policy.ts';
import type { PolicyIndex } from './policy-index.ts';
import { isIsolating } from './stages.ts';
import type { CitedRule, Verdict, VerdictReason } from './verdict.ts';

/** A flow as it is where policies look: behind the translation of Service addresses. */
export interface PolicyFlow {
  readonly from: Party;
  readonly to: Party;
  readonly protocol: PacketProtocol;
  /** The destination port. */
  readonly port: number;
}

/** Both directions; the flow passes where both allow. */
export interface PolicyDecision {
  readonly action: 'allow' | 'deny';
  readonly egress: Verdict;
  readonly ingress: Verdict;
}

/** What the sender's egress policies and the receiver's ingress policies say. */
export function decide(index: PolicyIndex, flow: PolicyFlow): PolicyDecision {
  const egress = decideDirection(index, flow, 'egress');
  const ingress = decideDirection(index, flow, 'ingress');
  return { action: egress.action === 'allow' ? ingress.action : 'deny', egress, ingress };
}

/** What the policies of one end say; NP-19 of docs/semantics/network-policy.md is the order of the tiers. */
export function decideDirection(index: PolicyIndex, flow: PolicyFlow, direction: Direction): Verdict {
  const exempt = exemption(flow, direction);
  if (exempt !== undefined) {
    return { direction, action: 'allow', reason: exempt, rules: [], isolating: [], passed: [], doubts: [] };
  }
  const subject = direction === 'egress' ? flow.from : flow.to;
  if (subject.kind !== 'pod') throw new Error('only pods are subjects');
  const stages = index.selecting(subject.pod, direction);
  const asked = { flow, direction };
  const passed: CitedRule[] = [];
  const unsure: CitedRule[] = [];
  const isolating = stages.find(isIsolating)?.policies ?? [];
  const verdict = (said: Pick<Verdict, 'action' | 'reason' | 'rules'>, of = isolating): Verdict => {
    const doubts = [
      ...unsure.filter(({ rule }) => rule.action !== said.action),
      ...(said.rules.every(({ rule }) => rule.beyond !== undefined) ? said.rules : []),
    ];
    return { direction, isolating: of, passed, doubts, ...said };
  };
  for (const { tier, policies } of stages) {
    const rules = decidingRules(index, policies, asked);
    const [first] = rules;
    unsure.push(...unsureRules(policies, asked, first));
    if (first === undefined) {
      if (!isIsolating({ tier, policies })) continue;
      return verdict({ action: 'deny', reason: 'isolated-no-rule-matches', rules }, policies);
    }
    if (first.rule.action === 'allow') return verdict({ action: 'allow', reason: 'rule', rules });
    if (first.rule.action === 'deny') return verdict({ action: 'deny', reason: denialBy(tier), rules });
    passed.push(first);
  }
  return verdict({ action: 'allow', reason: 'not-isolated', rules: [] });
}

/** Rules that may match, for all that is known, before one that does; those that only add to it are no matter. */
function unsureRules(
  policies: readonly CompiledPolicy[],
  { flow, direction }: Asked,
  first: CitedRule | undefined,
): readonly CitedRule[] {
  const party = direction === 'egress' ? flow.to : flow.from;
  const last = first === undefined ? policies.length : policies.indexOf(first.policy);
  const before = policies.slice(0, last + 1).filter(({ doubtful }) => doubtful === true);
  return before.flatMap((policy) =>
    policy.rules
      .filter(
        (rule) =>
          policy !== first?.policy || (policy.reading === 'first-match' && rule.index < first.rule.index),
      )
      .filter(({ peers, ports }) => {
        const isPort = ports === undefined || ports.some((port) => portMatches(port, flow));
        return isPort && peers?.some((peer) => mayMean(peer, party)) === true;
      })
      .map((rule) => ({ policy, rule })),
  );
}

function denialBy(tier: Tier): Extract<VerdictReason, 'admin-deny' | 'baseline-deny' | 'policy-deny'> {
  if (tier === ADMIN_TIER) return 'admin-deny';
  return tier === BASELINE_TIER ? 'baseline-deny' : 'policy-deny';
}

/** Why the direction asks nothing of the flow; undefined: it does. */
export function exemption(
  { from, to }: Pick<PolicyFlow, 'from' | 'to'>,
  direction: Direction,
): Extract<VerdictReason, 'no-subject' | 'own-address' | 'own-node'> | undefined {
  const subject = direction === 'egress' ? from : to;
  if (subject.kind !== 'pod') return 'no-subject';
  if (from.kind === 'pod' && to.kind === 'pod' && from.pod.key === to.pod.key) return 'own-address';
  const isOwnNode = direction === 'ingress' && from.kind === 'node' && from.node.name === subject.pod.node;
  return isOwnNode ? 'own-node' : undefined;
}

/** A flow with the direction that is asked about. */
export interface Asked {
  readonly flow: PolicyFlow;
  readonly direction: Direction;
}

/** Does the rule match the flow, peer and port? */
export function ruleMatches(
  index: PolicyIndex,
  { peers, ports }: PolicyRule,
  { flow, direction }: Asked,
): boolean {
  const peer = direction === 'egress' ? flow.to : flow.from;
  if (peers !== undefined && !peers.some((each) => peerMatches(index, each, peer))) return false;
  return ports === undefined || ports.some((port) => portMatches(port, flow));
}

/** Does the port of a rule match the flow's? Names are looked up at the pod that the flow goes to. */
export function portMatches(item: PortItem, { to, protocol, port }: PolicyFlow): boolean {
  switch (item.kind) {
    case 'range':
      return item.protocol === protocol && item.from <= port && port <= item.to;
    case 'named':
      return portsNamed(item, to).some(
        (named) => named.protocol === protocol && named.containerPort === port,
      );
    case 'unreadable':
      return false;
  }
}

/** The first rule that matches; where it only adds to others, all that do. Empty: none matches. */
function decidingRules(
  index: PolicyIndex,
  policies: readonly CompiledPolicy[],
  asked: Asked,
): readonly CitedRule[] {
  const found: CitedRule[] = [];
  for (const policy of policies) {
    if (found.length > 0 && policy.reading === 'first-match') continue;
    for (const rule of policy.rules) {
      if (!ruleMatches(index, rule, asked)) continue;
      found.push({ policy, rule });
      if (policy.reading === 'first-match') return found;
    }
  }
  return found;
}
