/**
 * Policies as rules of nft, read straight from the manifests by the words of their APIs: nothing of src/policy is used,
 * so that the kernel can contradict it. Only what the generator of test/properties/policy-worlds.ts writes is read.
 */

import type { Manifest } from '../properties/policy-worlds.ts';

/** An end that rules can be about. */
export interface RuleEnd {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly ports: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
}

export interface RuleWorld {
  readonly pods: readonly RuleEnd[];
  readonly nodes: readonly RuleEnd[];
  readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly policies: readonly Manifest[];
}

type Direction = 'ingress' | 'egress';
const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}
interface WrittenPeer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly namespaces?: Selector;
  readonly pods?: { readonly namespaceSelector: Selector; readonly podSelector: Selector };
  readonly networks?: readonly string[];
  readonly nodes?: Selector;
}
interface WrittenRule {
  readonly action?: 'Accept' | 'Deny' | 'Pass';
  readonly from?: readonly WrittenPeer[];
  readonly to?: readonly WrittenPeer[];
  readonly ports?: readonly Readonly<Record<string, unknown>>[];
  readonly protocols?: readonly Readonly<Record<string, unknown>>[];
}
interface WrittenPolicy {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string };
  readonly spec: {
    readonly tier?: string;
    readonly priority?: number;
    readonly podSelector?: Selector;
    readonly subject?: WrittenPeer;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly WrittenRule[];
    readonly egress?: readonly WrittenRule[];
  };
}

/**
 * The table of a node: what pods send is judged where it is forwarded and where the node takes it, what they get where it
 * is forwarded. What the node itself sends to its pods is not judged.
 */
export function policyTable(world: RuleWorld): string {
  const chains = world.pods.flatMap((pod) =>
    DIRECTIONS.flatMap((direction) => chainsOf(world, pod, direction)),
  );
  const jumps = DIRECTIONS.map((direction) =>
    world.pods.flatMap((pod) =>
      pod.addresses.map((ip) => `${own(direction, ip)} jump ${direction}-${pod.name}`),
    ),
  );
  const hook = (name: string, lines: readonly string[]) =>
    chain(name, [
      `type filter hook ${name} priority 0; policy accept;`,
      'ct state established,related accept',
      ...lines,
    ]);
  return [
    'table inet policies {',
    ...chains,
    hook('forward', jumps.flat()),
    hook('input', jumps[0] ?? []),
    '}',
  ].join('\n');
}

function own(direction: Direction, ip: string): string {
  return `${familyOf(ip)} ${direction === 'egress' ? 'saddr' : 'daddr'} ${ip}`;
}

function familyOf(ip: string): string {
  return ip.includes(':') ? 'ip6' : 'ip';
}

function chain(name: string, lines: readonly string[]): string {
  return `chain ${name} {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
}

/** Three chains: admin tier, NetworkPolicies, baseline. `return` lets the packet on to the other direction. */
function chainsOf(world: RuleWorld, pod: RuleEnd, direction: Direction): readonly string[] {
  const name = `${direction}-${pod.name}`;
  const written = world.policies as unknown as readonly WrittenPolicy[];
  const ofTier = (tier: string) =>
    written
      .filter(({ kind, spec }) => kind === 'ClusterNetworkPolicy' && spec.tier === tier)
      .filter(({ spec }) => spec.subject !== undefined && isOf(world, pod, spec.subject))
      .toSorted((a, b) => (a.spec.priority ?? 0) - (b.spec.priority ?? 0))
      .flatMap(({ spec }) => spec[direction] ?? []);
  const isolating = written.filter(
    (policy) => policy.kind === 'NetworkPolicy' && isolates(policy, pod, direction),
  );
  const lines = (rules: readonly WrittenRule[], verdicts: Readonly<Record<string, string>>, namespace = '') =>
    rules.flatMap((rule) =>
      matchesOf(world, { rule, pod, direction, namespace }).map(
        (match) => `${match} ${verdicts[rule.action ?? 'Accept']}`,
      ),
    );
  const behind = isolating.length > 0 ? `np-${name}` : `base-${name}`;
  const admitted = isolating.flatMap(({ metadata, spec }) =>
    lines(spec[direction] ?? [], { Accept: 'return' }, metadata.namespace),
  );
  return [
    chain(`base-${name}`, lines(ofTier('Baseline'), { Accept: 'return', Deny: 'drop', Pass: 'return' })),
    chain(`np-${name}`, [...admitted, 'drop']),
    chain(name, [
      ...lines(ofTier('Admin'), { Accept: 'return', Deny: 'drop', Pass: `goto ${behind}` }),
      `goto ${behind}`,
    ]),
  ];
}

function isolates({ metadata, spec }: WrittenPolicy, pod: RuleEnd, direction: Direction): boolean {
  if (metadata.namespace !== pod.namespace || !selects(spec.podSelector ?? {}, pod.labels)) return false;
  const types = spec.policyTypes ?? [];
  if (types.length > 0) return types.some((type) => type.toLowerCase() === direction);
  return direction === 'ingress' || (spec.egress ?? []).length > 0;
}

interface RuleOf {
  readonly rule: WrittenRule;
  readonly pod: RuleEnd;
  readonly direction: Direction;
  readonly namespace: string;
}

/** Every pair of a peer and a port, as the conditions of one line. */
function matchesOf(world: RuleWorld, { rule, pod, direction, namespace }: RuleOf): readonly string[] {
  const written = rule.from ?? rule.to ?? [];
  const side = direction === 'egress' ? 'daddr' : 'saddr';
  const peers =
    written.length === 0 ? [''] : written.flatMap((peer) => peerMatches(world, peer, { side, namespace }));
  const items = rule.ports ?? rule.protocols ?? [];
  const destinations = direction === 'ingress' ? [pod] : world.pods;
  const ports = items.length === 0 ? [''] : items.flatMap((item) => portMatches(item, destinations));
  // A peer of one family never meets the address of the other at which a name is looked up.
  return peers.flatMap((peer) =>
    ports.filter((port) => !isOfBoth(peer, port)).map((port) => `${peer} ${port}`),
  );
}

function isOfBoth(...conditions: readonly string[]): boolean {
  return ['ip ', 'ip6 '].every((family) => conditions.some((condition) => condition.startsWith(family)));
}

interface PeerSide {
  readonly side: 'saddr' | 'daddr';
  readonly namespace: string;
}

function peerMatches(world: RuleWorld, peer: WrittenPeer, { side, namespace }: PeerSide): readonly string[] {
  const blocks =
    peer.ipBlock === undefined ? (peer.networks ?? []).map((cidr) => ({ cidr })) : [peer.ipBlock];
  if (blocks.length > 0) {
    return blocks.map(
      ({ cidr, except = [] }: { readonly cidr: string; readonly except?: readonly string[] }) =>
        [
          `${familyOf(cidr)} ${side} ${cidr}`,
          ...except.map((hole) => `${familyOf(hole)} ${side} != ${hole}`),
        ].join(' '),
    );
  }
  const { nodes } = peer;
  const ends =
    nodes === undefined
      ? world.pods.filter((pod) => isOf(world, pod, peer, namespace))
      : world.nodes.filter(({ labels }) => selects(nodes, labels));
  return ends.flatMap(({ addresses }) => addresses.map((ip) => `${familyOf(ip)} ${side} ${ip}`));
}

/** Is the pod one of those that a subject or a peer names? Without a namespace selector it looks in its own. */
function isOf(world: RuleWorld, pod: RuleEnd, peer: WrittenPeer, namespace = ''): boolean {
  const namespaces = peer.namespaces ?? peer.pods?.namespaceSelector ?? peer.namespaceSelector;
  const pods = peer.pods?.podSelector ?? peer.podSelector ?? {};
  const isThere =
    namespaces === undefined
      ? pod.namespace === namespace
      : selects(namespaces, world.namespaceLabels.get(pod.namespace) ?? {});
  return isThere && selects(pods, pod.labels);
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: RuleEnd['labels']): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const have = labels[key];
      if (operator === 'In') return have !== undefined && values.includes(have);
      if (operator === 'NotIn') return have === undefined || !values.includes(have);
      return operator === 'Exists' ? have !== undefined : have === undefined;
    })
  );
}

/** A port of a NetworkPolicy, or a protocol of a ClusterNetworkPolicy; a name means what each destination calls so. */
function portMatches(
  item: Readonly<Record<string, unknown>>,
  destinations: readonly RuleEnd[],
): readonly string[] {
  const named = item['destinationNamedPort'] ?? (typeof item['port'] === 'string' ? item['port'] : undefined);
  if (named !== undefined) {
    const only = item['destinationNamedPort'] === undefined ? (item['protocol'] ?? 'TCP') : undefined;
    return destinations.flatMap((pod) =>
      pod.ports
        .filter(({ name, protocol = 'TCP' }) => name === named && (only === undefined || protocol === only))
        .flatMap(({ containerPort, protocol = 'TCP' }) =>
          pod.addresses.map(
            (ip) => `${familyOf(ip)} daddr ${ip} ${protocol.toLowerCase()} dport ${containerPort}`,
          ),
        ),
    );
  }
  const word = ['tcp', 'udp', 'sctp'].find((name) => item[name] !== undefined);
  if (word !== undefined) {
    const { destinationPort } = item[word] as {
      destinationPort?: { number?: number; range?: { start: number; end: number } };
    };
    const { number, range } = destinationPort ?? {};
    return [portMatch(word, number ?? range?.start, range?.end)];
  }
  const protocol = String(item['protocol'] ?? 'TCP').toLowerCase();
  return [portMatch(protocol, item['port'] as number | undefined, item['endPort'] as number | undefined)];
}

function portMatch(protocol: string, from: number | undefined, to: number | undefined): string {
  if (from === undefined) return `meta l4proto ${protocol}`;
  return `${protocol} dport ${to === undefined ? from : `${from}-${to}`}`;
}
