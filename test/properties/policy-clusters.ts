/**
 * Clusters for the comparison with naive-policy.ts: two families, pods on two nodes and in three namespaces (one of
 * them nobody wrote), hostNetwork pods, sidecars, pods that have ended, Services, and policies of every API with the
 * fields that people seldom write. Small vocabularies, so that things meet.
 */

import fc from 'fast-check';
import type { Manifest } from './policy-worlds.ts';

const NAMESPACES = ['x', 'y', 'z'] as const;
const VALUES = ['a', 'b'] as const;
const KEYS = ['app', 'tier'] as const;
export const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
const NUMBERS = [53, 79, 80, 81, 90, 8080] as const;

/** Ports at which some rule, name or Service begins or ends, and their neighbours. */
export const CRITICAL_PORTS = [1, 52, 53, 54, 78, 79, 80, 81, 82, 89, 90, 91, 8079, 8080, 8081, 65_535];

/** Outside the cluster. */
export const OUTSIDE = ['203.0.113.5', '203.0.113.77', '198.51.100.1', '2001:db8::5', '2001:db8:1::5'];

const optional = { requiredKeys: [] };
const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 2 });
const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), { maxKeys: 2 });

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray([...VALUES], { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector = fc.oneof(
  fc.constantFrom<Manifest>({}, { matchLabels: {} }, { matchExpressions: [] }, { matchLabels: null }),
  fc.record({ matchLabels: labels, matchExpressions: list(expression) }, optional),
);
const namespaceSelector = fc.oneof(
  fc.constant({}),
  fc.constantFrom(...NAMESPACES).map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
  fc.constantFrom(...VALUES).map((team) => ({ matchLabels: { team } })),
  fc
    .constantFrom('Exists', 'DoesNotExist')
    .map((operator) => ({ matchExpressions: [{ key: 'team', operator }] })),
  fc.constant({ matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] }),
);

/** About pods, nodes, Services and the world outside, of both families; with bits of hosts, and whole. */
const BLOCKS: readonly { readonly cidr: string; readonly except?: readonly string[] }[] = [
  { cidr: '10.244.0.0/16', except: ['10.244.0.2/31', '10.244.1.0/24'] },
  { cidr: '10.244.0.3/24' },
  { cidr: '10.0.0.0/28', except: ['10.0.0.11/32'] },
  { cidr: '10.0.0.10/32' },
  { cidr: '10.96.0.0/12' },
  { cidr: '203.0.113.0/24', except: ['203.0.113.64/26'] },
  { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] },
  { cidr: '0.0.0.0/0' },
  { cidr: 'fd00:10:244::/48', except: ['fd00:10:244:0:0:0:0:2/127'] },
  { cidr: 'fd00:10::/120' },
  { cidr: '2001:db8::/48' },
  { cidr: '::/0', except: ['2001:db8::/32'] },
];
const block = fc.constantFrom(...BLOCKS);

const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  namespaceSelector.map((own) => ({ namespaceSelector: own })),
  fc.record({ podSelector: selector, namespaceSelector }),
  { weight: 2, arbitrary: block.map((ipBlock) => ({ ipBlock })) },
);
const port = fc.oneof(
  fc.record(
    {
      port: fc.constantFrom<number | string>(...NUMBERS, 'web', 'dns'),
      protocol: fc.constantFrom(...PROTOCOLS),
    },
    optional,
  ),
  fc.constantFrom(
    { port: 79, endPort: 81, protocol: 'UDP' },
    { port: 80, endPort: 80 },
    { port: 81, endPort: 65_535 },
  ),
);

const empty = fc.constantFrom([], null);

function rule(peersKey: string): fc.Arbitrary<Manifest> {
  return fc.record(
    {
      [peersKey]: fc.oneof({ weight: 5, arbitrary: list(peer) }, empty),
      ports: fc.oneof({ weight: 5, arbitrary: list(port) }, empty),
    },
    optional,
  );
}

const networkPolicy = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    spec: fc.record(
      {
        podSelector: selector,
        policyTypes: fc.subarray(['Ingress', 'Egress']),
        ingress: fc.array(rule('from'), { maxLength: 2 }),
        egress: fc.array(rule('to'), { maxLength: 2 }),
      },
      { requiredKeys: ['podSelector'] },
    ),
  })
  .map(({ namespace, spec }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace },
    spec,
  }));

const subject = fc.oneof(
  namespaceSelector.map((namespaces) => ({ namespaces })),
  fc.record({ namespaceSelector, podSelector: selector }).map((pods) => ({ pods })),
);
const egressPeer = fc.oneof(
  { weight: 2, arbitrary: subject },
  fc
    .uniqueArray(
      block.map(({ cidr }) => cidr),
      { minLength: 1, maxLength: 2 },
    )
    .map((networks) => ({ networks })),
  fc.constantFrom<Manifest>(
    { nodes: {} },
    { nodes: { matchLabels: { zone: 'a' } } },
    { nodes: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] } },
  ),
);
const domains = fc.constant({ domainNames: ['example.com', '*.example.org'] });

const numbered = fc.constantFrom(...NUMBERS).map((number) => ({ destinationPort: { number } }));
const protocolItem = fc.oneof(
  numbered.chain((item) => fc.constantFrom('tcp', 'udp', 'sctp').map((key) => ({ [key]: item }))),
  fc.constantFrom<Manifest>(
    { udp: { destinationPort: { range: { start: 79, end: 81 } } } },
    { tcp: {} },
    { sctp: {} },
    { destinationNamedPort: 'web' },
    { destinationNamedPort: 'dns' },
  ),
);
const portItem = fc.oneof(
  fc
    .record({ protocol: fc.constantFrom(...PROTOCOLS), port: fc.constantFrom(...NUMBERS) })
    .map((portNumber) => ({ portNumber })),
  fc.constantFrom<Manifest>(
    { portRange: { protocol: 'UDP', start: 79, end: 81 } },
    { portRange: { start: 53, end: 80 } },
    { namedPort: 'web' },
    { namedPort: 'dns' },
  ),
);

interface ClusterForm {
  readonly actions: readonly string[];
  readonly portsKey: string;
  readonly item: fc.Arbitrary<Manifest>;
}
const V2: ClusterForm = { actions: ['Accept', 'Deny', 'Pass'], portsKey: 'protocols', item: protocolItem };
const ADMIN: ClusterForm = { actions: ['Allow', 'Deny', 'Pass'], portsKey: 'ports', item: portItem };
const BASELINE: ClusterForm = { actions: ['Allow', 'Deny'], portsKey: 'ports', item: portItem };

/** What the APIs refuse is not written: names of ports beside peers that are no pods, names of hosts in what denies. */
function clusterRule(key: 'from' | 'to', { actions, portsKey, item }: ClusterForm): fc.Arbitrary<Manifest> {
  const plain = fc.record(
    { action: fc.constantFrom(...actions), [key]: list(subject), [portsKey]: list(item) },
    { requiredKeys: ['action', key] },
  );
  if (key === 'from') return plain;
  const unnamed = item.filter((each) => !('destinationNamedPort' in each || 'namedPort' in each));
  const wide = fc.record(
    { action: fc.constantFrom(...actions), to: list(egressPeer), [portsKey]: list(unnamed) },
    { requiredKeys: ['action', 'to'] },
  );
  const byName = fc.record({ action: fc.constant(actions[0] ?? ''), to: list(domains) });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 4, arbitrary: wide }, byName);
}

function clusterSpec(form: ClusterForm) {
  return fc.record(
    {
      subject,
      ingress: fc.array(clusterRule('from', form), { maxLength: 3 }),
      egress: fc.array(clusterRule('to', form), { maxLength: 3 }),
    },
    { requiredKeys: ['subject'] },
  );
}

/** Few, so that some are equal. */
const priority = fc.constantFrom(0, 10, 1000);
const clusterPolicy = fc
  .record({ spec: clusterSpec(V2), priority, tier: fc.constantFrom('Admin', 'Baseline') })
  .map(({ spec, ...place }) => ({
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: {},
    spec: { ...place, ...spec },
  }));
const adminPolicy = fc.record({ spec: clusterSpec(ADMIN), priority }).map(({ spec, ...place }) => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  metadata: {},
  spec: { ...place, ...spec },
}));
const baselinePolicy = clusterSpec(BASELINE).map((spec) => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'BaselineAdminNetworkPolicy',
  metadata: { name: 'default' },
  spec,
}));

/** Names are in no order; one BaselineAdminNetworkPolicy, as the API has it. */
export const clusterPolicies: fc.Arbitrary<readonly Manifest[]> = fc
  .record({
    policies: fc.array(
      fc.oneof<fc.MaybeWeightedArbitrary<Manifest & { readonly metadata: Manifest }>[]>(
        { weight: 5, arbitrary: networkPolicy },
        { weight: 2, arbitrary: clusterPolicy },
        adminPolicy,
      ),
      { minLength: 1, maxLength: 5 },
    ),
    baseline: fc.array(baselinePolicy, { maxLength: 1 }),
    seed: fc.nat(6),
  })
  .map(({ policies, baseline, seed }) => [
    ...policies.map((policy, index) => ({
      ...policy,
      metadata: { ...policy.metadata, name: `policy-${(index * 5 + seed) % 7}` },
    })),
    ...baseline,
  ]);

const PORTS = fc.constantFrom<Manifest[]>(
  [],
  [{ name: 'web', containerPort: 80 }],
  [
    { name: 'web', containerPort: 8080 },
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
  ],
  [
    { name: 'web', containerPort: 8080, protocol: 'SCTP' },
    { name: 'dns', containerPort: 53 },
  ],
);
const pod = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels: fc.option(labels),
  ports: PORTS,
  /** Of a sidecar, or of a container that has ended when the others start. */
  early: fc.option(fc.constantFrom<Manifest>({ restartPolicy: 'Always' }, {})),
  hostNetwork: fc.constantFrom(false, false, false, true),
  finished: fc.constantFrom(false, false, false, false, true),
  node: fc.constantFrom(0, 1),
});

const service = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  selector: fc.constantFrom<Manifest>({ run: 'yes' }, { run: 'yes' }, { app: 'a' }),
  protocol: fc.constantFrom(...PROTOCOLS),
  targetPort: fc.constantFrom<number | string>(8080, 53, 'web', 'dns'),
});

export const NODES = ['node-a', 'node-b'] as const;
const NODE_OBJECTS: readonly Manifest[] = NODES.map((name, index) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { zone: VALUES[index] } },
  spec: { podCIDRs: [`10.244.${index}.0/24`, `fd00:10:244:${index}::/64`] },
  status: {
    addresses: [`10.0.0.1${index}`, `fd00:10::1${index}`].map((address) => ({ type: 'InternalIP', address })),
  },
}));

/** Nodes, two of the three namespaces, pods and Services, whose names and addresses tell their number. */
export const clusterObjects: fc.Arbitrary<readonly Manifest[]> = fc
  .record({
    pods: fc.array(pod, { minLength: 3, maxLength: 5 }),
    services: fc.array(service, { minLength: 1, maxLength: 2 }),
  })
  .map(({ pods, services }) => [
    ...NODE_OBJECTS,
    ...['x', 'y'].map((name, index) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, ...(index === 0 ? { labels: { team: 'a' } } : { labels: { team: 'b', app: 'a' } }) },
    })),
    ...pods.map(podOf),
    ...services.map(({ namespace, selector: own, protocol, targetPort }, index) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `service-${index}`, namespace },
      spec: {
        type: 'NodePort',
        selector: own,
        ipFamilyPolicy: 'RequireDualStack',
        clusterIPs: [`10.96.0.5${index}`, `fd00:10:96::5${index}`],
        ports: [{ name: 'main', protocol, port: 80, targetPort, nodePort: 30_080 + index }],
      },
    })),
  ]);

type PodFacts = typeof pod extends fc.Arbitrary<infer Facts> ? Facts : never;

function podOf({ namespace, labels: own, ports, early, node, ...facts }: PodFacts, index: number): Manifest {
  const { hostNetwork, finished } = facts;
  const addresses = hostNetwork
    ? [`10.0.0.1${node}`, `fd00:10::1${node}`]
    : [`10.244.${node}.${2 + index}`, `fd00:10:244:${node}::${2 + index}`];
  const first =
    early === null
      ? []
      : [
          {
            name: 'early',
            image: 'x',
            ...early,
            ports: [{ name: 'dns', containerPort: 90, protocol: 'TCP' }],
          },
        ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${index}`,
      namespace,
      ...(own === null ? {} : { labels: { ...own, run: 'yes' } }),
    },
    spec: {
      nodeName: NODES[node],
      ...(hostNetwork ? { hostNetwork } : {}),
      ...(first.length === 0 ? {} : { initContainers: first }),
      containers: [{ name: 'c', image: 'x', ports }],
    },
    status: {
      phase: finished ? 'Succeeded' : 'Running',
      podIPs: addresses.map((ip) => ({ ip })),
      podIP: addresses[0],
    },
  };
}
