/** The other end of a rule of Cilium's as peers (docs/semantics/network-policy.md, Cilium). */

import type { CiliumPeer } from '../../k8s/policy-parts/cilium-rules.ts';
import type { PlacedSelector } from '../../k8s/policy-parts/parts.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { requirementHolds, type SelectorRequirement, selectorMatches } from '../../k8s/selector.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { ACCOUNT_LABEL, type Peer, type PodSet, type Selection } from '../policy.ts';

/** Labels that Cilium gives to pods (cilium/cilium:pkg/k8s/apis/cilium.io/const.go). */
const NAMESPACE = 'io.kubernetes.pod.namespace';
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.';
const ACCOUNT = 'io.cilium.k8s.policy.serviceaccount';
const CLUSTER = new Map([['io.cilium.k8s.policy.cluster', 'default']]);
/** Set on every namespace by the API server. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The policy that rules are of; without a namespace it is one of the whole cluster. */
export interface CiliumOwner {
  readonly origin: SourceRef;
  readonly namespace?: string;
  readonly objects: ObjectSet;
}

/** What a selector wants: pods, or ends that have a reserved label. */
type Wanted =
  | { readonly kind: 'pods'; readonly pods: PodSet }
  | { readonly kind: 'reserved'; readonly names: readonly string[] }
  | { readonly kind: 'nobody' };

/** The pods of a subject; undefined: it is about no pod. */
export function ciliumSubject(selector: PlacedSelector, owner: CiliumOwner): PodSet | undefined {
  const wanted = wantedBy(selector, owner);
  if (wanted.kind !== 'pods') return undefined;
  const { namespace } = owner;
  if (namespace === undefined) return wanted.pods;
  // Another namespace in the selector of a policy of one is passed over (ParseToCiliumRule).
  return { ...wanted.pods, namespace };
}

/** A peer of a rule, which may mean ends of several sorts. */
export function ciliumPeer(
  peer: CiliumPeer,
  owner: CiliumOwner,
  direction: 'ingress' | 'egress',
): readonly Peer[] {
  switch (peer.kind) {
    case 'endpoints': {
      const wanted = wantedBy(peer.selector, owner);
      const origin = refTo(owner.origin, ...peer.selector.path);
      if (wanted.kind === 'reserved')
        return wanted.names.flatMap((name) => entityPeers(name, origin, direction));
      return wanted.kind === 'pods' ? [{ kind: 'pods', pods: wanted.pods, origin }] : [];
    }
    case 'entity':
      return entityPeers(peer.entity, refTo(owner.origin, ...peer.path), direction);
    case 'cidr': {
      const except = peer.except.map(({ cidr, path }) => ({ cidr, origin: refTo(owner.origin, ...path) }));
      return [{ kind: 'block', cidr: peer.cidr, except, origin: refTo(owner.origin, ...peer.path) }];
    }
    case 'service':
      return servicePeers(peer, owner);
    case 'names':
      return [{ kind: 'domains', names: peer.names, origin: refTo(owner.origin, ...peer.path) }];
    case 'other':
      return [unknown(`\`${peer.field}\``, refTo(owner.origin, ...peer.path))];
  }
}

function unknown(
  what: string,
  origin: SourceRef,
  among?: Extract<Peer, { kind: 'unmodelled' }>['among'],
): Peer {
  return { kind: 'unmodelled', what, origin, ...(among === undefined ? {} : { among }) };
}

/**
 * Entities (cilium/cilium:Documentation/security/policy/layer3.rst). What a pod's own node sends it always may, so that at
 * ingress `host` adds nothing and `remote-node` is every node; at egress the two are not told apart here.
 */
function entityPeers(entity: string, origin: SourceRef, direction: 'ingress' | 'egress'): readonly Peer[] {
  const everyPod: Peer = { kind: 'pods', pods: {}, origin };
  const nodes: Peer = {
    kind: 'nodes',
    nodes: { selector: { matchLabels: new Map(), matchExpressions: [] }, origin },
    origin,
  };
  switch (entity) {
    case 'all':
      return [everyPod, nodes, { kind: 'outside', origin }];
    case 'world':
      return [{ kind: 'outside', origin }];
    case 'cluster':
      return [everyPod, nodes];
    case 'remote-node':
      return direction === 'ingress' ? [nodes] : [unknown('`remote-node`', origin, ['node'])];
    case 'host':
      return direction === 'ingress' ? [] : [unknown('`host`', origin, ['node'])];
    case 'world-ipv4':
    case 'world-ipv6':
      return [unknown(`\`${entity}\``, origin, ['address'])];
    case 'kube-apiserver':
      return [unknown('`kube-apiserver`', origin, ['node', 'address'])];
    default:
      // Endpoints of Cilium itself, and those that have no identity yet.
      return [];
  }
}

/** The pods that the selectors of Services select; a Service without one means addresses (layer3.rst, Services based). */
function servicePeers(
  { name, namespace, selector, path }: Extract<CiliumPeer, { kind: 'service' }>,
  owner: CiliumOwner,
): readonly Peer[] {
  const origin = refTo(owner.origin, ...path);
  const within = namespace ?? owner.namespace;
  const services = owner.objects
    .ofKind('Service')
    .filter(
      ({ metadata }) =>
        (within === undefined || metadata.namespace === within) &&
        (name === undefined || metadata.name === name) &&
        (selector === undefined || selectorMatches(selector.selector, metadata.labels)),
    );
  return services.map(({ metadata, body }): Peer => {
    if (body.selector === undefined) return unknown('a Service without a selector', origin);
    const pods = { selector: { matchLabels: body.selector, matchExpressions: [] }, origin };
    return { kind: 'pods', pods: { namespace: metadata.namespace, pods }, origin };
  });
}

function wantedBy({ selector, path }: PlacedSelector, owner: CiliumOwner): Wanted {
  const all = [
    ...[...selector.matchLabels].map(
      ([key, value]): SelectorRequirement => ({ key, operator: 'In', values: [value] }),
    ),
    ...selector.matchExpressions,
  ];
  const reserved = all.flatMap(({ key }) => /^reserved[:.](.+)$/.exec(key)?.[1] ?? []);
  if (reserved.length > 0) return { kind: 'reserved', names: reserved.length === all.length ? reserved : [] };
  const plain = all.map((each) => ({ ...each, key: each.key.replace(/^(?:k8s|any)[:.]/, '') }));
  if (plain.some((each) => CLUSTER.has(each.key) && !requirementHolds(each, CLUSTER)))
    return { kind: 'nobody' };
  const origin = refTo(owner.origin, ...path);
  const selection = (matchExpressions: readonly SelectorRequirement[]): Selection => ({
    selector: { matchLabels: new Map(), matchExpressions },
    origin,
    written: 'expression',
  });
  const of = (test: (key: string) => boolean, rename: (key: string) => string) =>
    plain.filter(({ key }) => test(key)).map((each) => ({ ...each, key: rename(each.key) }));
  const isSpecial = (key: string) =>
    key === NAMESPACE || key === ACCOUNT || key.startsWith(NAMESPACE_LABELS) || CLUSTER.has(key);
  const named = of(
    (key) => key === NAMESPACE,
    () => NAMESPACE_NAME,
  );
  const labelled = of(
    (key) => key.startsWith(NAMESPACE_LABELS),
    (key) => key.slice(NAMESPACE_LABELS.length),
  );
  const accounts = of(
    (key) => key === ACCOUNT,
    () => ACCOUNT_LABEL,
  );
  const pods = of(
    (key) => !isSpecial(key),
    (key) => key,
  );
  const isOwn = named.length + labelled.length === 0 && owner.namespace !== undefined;
  return {
    kind: 'pods',
    pods: {
      ...(isOwn && owner.namespace !== undefined ? { namespace: owner.namespace } : {}),
      ...(isOwn || named.length + labelled.length === 0
        ? {}
        : { namespaces: selection([...named, ...labelled]) }),
      ...(pods.length === 0 ? {} : { pods: selection(pods) }),
      ...(accounts.length === 0 ? {} : { accounts: selection(accounts) }),
    },
  };
}
