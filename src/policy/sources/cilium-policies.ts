/** Cilium's policies, compiled (docs/semantics/network-policy.md, Cilium). */

import type { CiliumClusterwideNetworkPolicyObject } from '../../k8s/kinds/cilium-clusterwide-network-policy.ts';
import type { CiliumNetworkPolicyObject } from '../../k8s/kinds/cilium-network-policy.ts';
import type { CiliumPorts, CiliumRulePart, CiliumRuleSet } from '../../k8s/policy-parts/cilium-rules.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { refTo } from '../../source/ref.ts';
import {
  type CompiledPolicy,
  type Direction,
  NETWORK_TIER,
  type Peer,
  type PolicyRule,
  type PortItem,
  type Tier,
} from '../policy.ts';
import { type CiliumOwner, ciliumPeer, ciliumSubject } from './cilium-peers.ts';

type CiliumObject = CiliumNetworkPolicyObject | CiliumClusterwideNetworkPolicyObject;

/** What is denied is denied whatever allows it, also a NetworkPolicy (Documentation/security/policy/deny.rst). */
const DENY_TIER: Tier = { name: 'deny', order: 0, rest: 'next' };

/** Every policy of Cilium's: what it denies, and what it allows beside NetworkPolicies. */
export function compileCiliumPolicies(objects: ObjectSet): readonly CompiledPolicy[] {
  const policies = [
    ...objects.ofKind('CiliumNetworkPolicy'),
    ...objects.ofKind('CiliumClusterwideNetworkPolicy'),
  ];
  return policies.filter(({ body }) => body.valid).flatMap((policy) => compilePolicy(policy, objects));
}

function compilePolicy(object: CiliumObject, objects: ObjectSet): readonly CompiledPolicy[] {
  const { metadata, body, origin } = object;
  const { namespace } = metadata;
  const owner: CiliumOwner = { origin, objects, ...(namespace === '' ? {} : { namespace }) };
  return body.rules.flatMap((rules) => compileRuleSet(object, rules, owner));
}

function compileRuleSet(
  { kind, metadata, origin }: CiliumObject,
  set: CiliumRuleSet,
  owner: CiliumOwner,
): readonly CompiledPolicy[] {
  const subject = set.endpointSelector === undefined ? undefined : ciliumSubject(set.endpointSelector, owner);
  if (subject === undefined) return [];
  const { namespace, name } = metadata;
  const shared = { kind, namespace, name, subject, origin, because: refTo(origin, ...set.path) };
  return (['ingress', 'egress'] as const).flatMap((direction): readonly CompiledPolicy[] => {
    const { allow, deny, isolates } = set[direction];
    const rules = (parts: readonly CiliumRulePart[], action: 'allow' | 'deny') =>
      parts.flatMap((part, index) => compileRule(part, { owner, direction, action, index }));
    const denied = rules(deny, 'deny');
    const own: CompiledPolicy = {
      ...shared,
      direction,
      tier: NETWORK_TIER,
      priority: 1000,
      reading: 'union',
      ...(isolates ? {} : { isolates: false }),
      rules: rules(allow, 'allow'),
    };
    const isEmpty = !isolates && own.rules.length === 0;
    return [
      ...(denied.length === 0
        ? []
        : [
            {
              ...shared,
              direction,
              tier: DENY_TIER,
              priority: 0,
              reading: 'first-match' as const,
              rules: denied,
            },
          ]),
      ...(isEmpty ? [] : [own]),
    ];
  });
}

interface RuleContext {
  readonly owner: CiliumOwner;
  readonly direction: Direction;
  readonly action: 'allow' | 'deny';
  readonly index: number;
}

/**
 * The rules of one item: those that ask something of requests stand apart. An item that says neither who nor which ports
 * matches nothing (examples/policies/l3/egress-default-deny).
 */
function compileRule(part: CiliumRulePart, context: RuleContext): readonly PolicyRule[] {
  const { owner, direction, action, index } = context;
  const origin = refTo(owner.origin, ...part.path);
  const base = { action, index, origin };
  if (part.peers === undefined && part.ports === undefined) return [{ ...base, peers: [], ports: [] }];
  const peers: readonly Peer[] | undefined = part.peers?.flatMap((peer) =>
    ciliumPeer(peer, owner, direction),
  );
  const shared = { ...base, ...(peers === undefined ? {} : { peers }) };
  if (part.ports === undefined) return [shared];
  const plain = part.ports.filter(({ beyond }) => beyond === undefined);
  const more = part.ports.filter(({ beyond }) => beyond !== undefined);
  return [
    ...(plain.length === 0 && more.length > 0 ? [] : [{ ...shared, ...portsOf(plain, owner) }]),
    ...more.map((item) => ({
      ...shared,
      ...portsOf([item], owner),
      ...(item.beyond === undefined
        ? {}
        : { beyond: { what: item.beyond.what, origin: refTo(owner.origin, ...item.beyond.path) } }),
    })),
  ];
}

/** undefined where one of the entries means every port. */
function portsOf(
  items: readonly CiliumPorts[],
  { origin }: CiliumOwner,
): { readonly ports?: readonly PortItem[] } {
  if (items.some(({ ports }) => ports === undefined)) return {};
  return {
    ports: items.flatMap(({ ports }) =>
      (ports ?? []).map(({ path, ...port }): PortItem => ({ ...port, origin: refTo(origin, ...path) })),
    ),
  };
}
