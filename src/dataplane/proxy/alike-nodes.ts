/**
 * Nodes for which kube-proxy writes the same rules. What depends on the node at all is listed here: its
 * pod range and addresses where the profile asks for them, its address where a load balancer's source
 * ranges may hold it, endpoints of its own for the policy Local, and topology hints.
 */

import type { Node } from '../../cluster/cluster.ts';
import type { ProxyProfile } from '../../cluster/profile.ts';
import type { ServicePort } from '../../control/service-port.ts';
import { isExternalPolicyLocal } from '../../control/usable-endpoints.ts';
import type { ProxyInput } from '../service-proxy.ts';

/** How the Service ports tell nodes apart. */
interface Distinctions {
  /** Nodes that have rules like no other's. */
  readonly special: ReadonlySet<string>;
  readonly byZone: boolean;
  readonly byAddress: boolean;
}

const ZONE_LABEL = 'topology.kubernetes.io/zone';

const distinctionsOf = new WeakMap<readonly ServicePort[], Distinctions>();

/**
 * A function of the proxy's input that is computed once for all nodes that are alike: a cluster of
 * thousands of nodes and Services would not fit into memory otherwise.
 * @param alsoBy what else of the input it depends on, beyond Services, as a text.
 */
export function onceForAlikeNodes<Value>(
  compute: (input: ProxyInput) => Value,
  alsoBy: (input: ProxyInput) => string = () => '',
): (input: ProxyInput) => Value {
  const known = new WeakMap<
    readonly ServicePort[],
    { readonly profile: ProxyProfile; readonly values: Map<string, Value> }
  >();
  return (input) => {
    const { profile, servicePorts } = input;
    const before = known.get(servicePorts);
    const shared = before?.profile === profile ? before : { profile, values: new Map<string, Value>() };
    known.set(servicePorts, shared);
    const key = `${likeness(input)} ${alsoBy(input)}`;
    const value = shared.values.get(key) ?? compute(input);
    shared.values.set(key, value);
    return value;
  };
}

/** Equal for two nodes whose rules are the same, under one profile. */
function likeness(input: ProxyInput): string {
  const { node, family, profile, clusterCidrs, servicePorts, countsPackets = false } = input;
  const known = distinctionsOf.get(servicePorts) ?? findDistinctions(servicePorts);
  distinctionsOf.set(servicePorts, known);
  return JSON.stringify([
    family,
    countsPackets,
    clusterCidrs.map(({ text }) => text),
    known.special.has(node.name) ? node.name : '',
    known.byZone ? (node.labels.get(ZONE_LABEL) ?? '') : '',
    known.byAddress ? addressesOf(node) : '',
    profile.detectLocal === 'NodeCIDR' ? node.podCidrs.map(({ text }) => text) : [],
  ]);
}

/** The node's own addresses, where the profile chooses among them those that take node ports. */
export function nodePortLikeness({ node, profile }: ProxyInput): string {
  return profile.nodePortAddresses === undefined ? '' : addressesOf(node);
}

function addressesOf({ primaryAddresses, addresses }: Node): string {
  return [...primaryAddresses, ...addresses].map(({ text }) => text).join();
}

function findDistinctions(servicePorts: readonly ServicePort[]): Distinctions {
  const endpoints = servicePorts.flatMap((port) => port.endpoints);
  const local = servicePorts.filter(
    (port) => port.internalTrafficPolicy === 'Local' || isExternalPolicyLocal(port),
  );
  const hosts = local.flatMap((port) => port.endpoints.flatMap(({ node }) => node ?? []));
  return {
    special: new Set([...hosts, ...endpoints.flatMap(({ nodeHints }) => nodeHints)]),
    byZone: endpoints.some(({ zoneHints }) => zoneHints.length > 0),
    byAddress: servicePorts.some((port) => port.loadBalancerSourceRanges.length > 0),
  };
}
