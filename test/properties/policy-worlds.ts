/** Generated clusters with policies of every API, as manifests: small vocabularies, so that things meet. */

import fc from 'fast-check';

export type Manifest = Readonly<Record<string, unknown>>;

const NAMESPACES = ['x', 'y'] as const;
const VALUES = ['a', 'b'] as const;
const KEYS = ['app', 'tier'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
export const PORTS: readonly number[] = [79, 80, 81, 90, 8080];

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
  fc.constant({}),
  labels.map((matchLabels) => ({ matchLabels })),
  fc.array(expression, { minLength: 1, maxLength: 2 }).map((matchExpressions) => ({ matchExpressions })),
);

const namespaceSelector = fc.oneof(
  fc.constant({}),
  fc.constantFrom(...NAMESPACES).map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
  fc.constantFrom(...VALUES).map((team) => ({ matchLabels: { team } })),
);

const block = fc.constantFrom(
  { cidr: '10.244.0.0/24' },
  { cidr: '10.244.0.0/24', except: ['10.244.0.0/30'] },
  { cidr: '203.0.113.0/24', except: ['203.0.113.0/28'] },
  { cidr: '0.0.0.0/0' },
  { cidr: '::/0' },
);

const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  namespaceSelector.map((own) => ({ namespaceSelector: own })),
  fc.record({ podSelector: selector, namespaceSelector }),
  block.map((ipBlock) => ({ ipBlock })),
);

const port = fc.oneof(
  fc.record({ port: fc.constantFrom(...PORTS), protocol: fc.constantFrom(...PROTOCOLS) }),
  fc.constantFrom(
    { port: 80, endPort: 90 },
    { protocol: 'UDP' },
    { port: 'web' },
    { port: 'web', protocol: 'UDP' },
  ),
);

const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 2 });

function rule(peersKey: string): fc.Arbitrary<Manifest> {
  return fc.record({ [peersKey]: list(peer), ports: list(port) }, { requiredKeys: [] });
}

const networkPolicy = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    podSelector: selector,
    policyTypes: fc.option(fc.subarray(['Ingress', 'Egress'])),
    ingress: fc.array(rule('from'), { maxLength: 2 }),
    egress: fc.array(rule('to'), { maxLength: 2 }),
  })
  .map(({ namespace, policyTypes, ...spec }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace },
    spec: { ...spec, ...(policyTypes === null ? {} : { policyTypes }) },
  }));

const pods = fc.record({ namespaceSelector, podSelector: selector });
const clusterPeer = fc.oneof(
  namespaceSelector.map((namespaces) => ({ namespaces })),
  pods.map((own) => ({ pods: own })),
);
const egressPeer = fc.oneof(
  clusterPeer,
  block.map(({ cidr }) => ({ networks: [cidr] })),
  fc.constantFrom({ nodes: {} }, { nodes: { matchLabels: { zone: 'a' } } }),
);
const protocolItem = fc.oneof(
  fc.constantFrom(...PORTS).map((number) => ({ tcp: { destinationPort: { number } } })),
  fc.constantFrom(
    { udp: { destinationPort: { range: { start: 80, end: 90 } } } },
    { sctp: {} },
    { destinationNamedPort: 'web' },
  ),
);

function clusterRule(key: string, peers: fc.Arbitrary<Manifest>): fc.Arbitrary<Manifest> {
  return fc.record(
    { action: fc.constantFrom('Accept', 'Deny', 'Pass'), [key]: list(peers), protocols: list(protocolItem) },
    { requiredKeys: ['action', key] },
  );
}

const clusterPolicy = fc
  .record({
    tier: fc.constantFrom('Admin', 'Baseline'),
    subject: clusterPeer,
    ingress: fc.array(clusterRule('from', clusterPeer), { maxLength: 2 }),
    egress: fc.array(clusterRule('to', egressPeer), { maxLength: 2 }),
  })
  .map((spec) => ({
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: {},
    spec,
  }));

const portItem = fc.oneof(
  fc.constantFrom(...PORTS).map((number) => ({ portNumber: { protocol: 'TCP', port: number } })),
  fc.constantFrom({ portRange: { protocol: 'UDP', start: 80, end: 90 } }, { namedPort: 'web' }),
);

function adminRule(key: string, action: fc.Arbitrary<string>): fc.Arbitrary<Manifest> {
  const peers = list(key === 'from' ? clusterPeer : egressPeer);
  return fc.record({ action, [key]: peers, ports: list(portItem) }, { requiredKeys: ['action', key] });
}

function adminSpec(...actions: readonly string[]) {
  const action = fc.constantFrom(...actions);
  return fc.record({
    subject: clusterPeer,
    ingress: fc.array(adminRule('from', action), { maxLength: 2 }),
    egress: fc.array(adminRule('to', action), { maxLength: 2 }),
  });
}

/** Those of v1alpha1: AdminNetworkPolicies of distinct priorities, and the one BaselineAdminNetworkPolicy. */
export const adminPolicies: fc.Arbitrary<readonly Manifest[]> = fc
  .record({
    admin: fc.array(adminSpec('Allow', 'Deny', 'Pass'), { maxLength: 2 }),
    baseline: fc.array(adminSpec('Allow', 'Deny'), { maxLength: 1 }),
  })
  .map(({ admin, baseline }) => [
    ...admin.map((spec, index) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'AdminNetworkPolicy',
      metadata: { name: `admin-${index}` },
      spec: { ...spec, priority: 100 + index },
    })),
    ...baseline.map((spec) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'BaselineAdminNetworkPolicy',
      metadata: { name: 'default' },
      spec,
    })),
  ]);

const expressionText = fc.constantFrom(
  ...[
    "app == 'a'",
    "app != 'a'",
    "tier in {'a', 'b'}",
    'has(tier)',
    '!has(app)',
    'all()',
    "app contains 'a'",
  ],
  ...["app == 'a' || tier == 'b'", "!(app == 'a' && has(tier))", "projectcalico.org/namespace == 'x'"],
);
const entity = fc.oneof(
  { weight: 3, arbitrary: fc.record({ selector: expressionText }) },
  fc.record({
    selector: expressionText,
    namespaceSelector: fc.constantFrom('all()', "team == 'a'", 'global()'),
  }),
  fc.record({ notSelector: expressionText, namespaceSelector: fc.constantFrom('all()', "team == 'b'") }),
  fc.record({ nets: fc.constantFrom(['10.244.0.0/24'], ['203.0.113.0/24', '::/0']) }),
  fc.record({ notNets: fc.constantFrom(['10.244.0.0/30'], ['203.0.113.0/28']) }),
  fc.constantFrom({ serviceAccounts: { names: ['robot'] }, namespaceSelector: 'all()' }),
  fc.constant({}),
);
const calicoPorts = fc.constantFrom<Manifest>(
  {},
  { protocol: 'TCP' },
  { protocol: 'TCP', destination: { ports: [80, '81:90'] } },
  { protocol: 'UDP', destination: { ports: ['web'] } },
  { protocol: 'TCP', destination: { notPorts: [80] } },
  { notProtocol: 'UDP' },
);

function calicoRule(direction: 'ingress' | 'egress'): fc.Arbitrary<Manifest> {
  const side = direction === 'ingress' ? 'source' : 'destination';
  return fc
    .record({ action: fc.constantFrom('Allow', 'Deny', 'Pass', 'Log'), other: entity, ports: calicoPorts })
    .map(({ action, other, ports }) => ({
      action,
      ...ports,
      [side]: { ...(ports[side] as Manifest | undefined), ...other },
    }));
}

/** Of Calico: global ones and those of a namespace, in three tiers, with Tiers; orders are by position. */
export const calicoPolicies: fc.Arbitrary<readonly Manifest[]> = fc
  .array(
    fc.record({
      namespace: fc.option(fc.constantFrom(...NAMESPACES)),
      tier: fc.constantFrom('default', 'first', 'last'),
      selector: expressionText,
      types: fc.subarray(['Ingress', 'Egress'], { minLength: 1 }),
      ingress: fc.array(calicoRule('ingress'), { maxLength: 3 }),
      egress: fc.array(calicoRule('egress'), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => [
    ...[
      { name: 'first', order: 100, defaultAction: 'Deny' },
      { name: 'last', order: 5_000_000, defaultAction: 'Pass' },
    ].map(({ name, ...spec }) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name },
      spec,
    })),
    ...all.map(({ namespace, ...spec }, index) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: namespace === null ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
      metadata: { name: `calico-${index}`, ...(namespace === null ? {} : { namespace }) },
      spec: { ...spec, order: 900 + index * 50 },
    })),
  ]);

const ciliumSelector = fc.oneof(
  selector,
  fc.constantFrom(
    { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'y' } },
    { matchLabels: { 'io.cilium.k8s.namespace.labels.team': 'a' } },
    { matchLabels: { 'reserved:world': '' } },
    { matchLabels: { 'io.cilium.k8s.policy.serviceaccount': 'robot' } },
  ),
);

function ciliumRule(prefix: string): fc.Arbitrary<Manifest> {
  const who = fc.oneof(
    list(ciliumSelector).map((selectors) => ({ [`${prefix}Endpoints`]: selectors })),
    fc.constantFrom('all', 'world', 'cluster', 'host').map((entity) => ({ [`${prefix}Entities`]: [entity] })),
    fc.constantFrom('203.0.113.0/24', '10.0.0.0/8').map((cidr) => ({ [`${prefix}CIDR`]: [cidr] })),
    fc.constant({}),
  );
  const ports = fc.constantFrom<Manifest>(
    {},
    { toPorts: [{ ports: [{ port: '80' }] }] },
    {
      toPorts: [
        {
          ports: [
            { port: 'web', protocol: 'TCP' },
            { port: '81', endPort: 90, protocol: 'UDP' },
          ],
        },
      ],
    },
    { toPorts: [{ ports: [{ port: '0', protocol: 'TCP' }] }, { ports: [{ port: '90' }] }] },
  );
  return fc.record({ who, ports }).map((rule) => ({ ...rule.who, ...rule.ports }));
}

/** Of Cilium, for one namespace and for all. */
export const ciliumPolicies: fc.Arbitrary<readonly Manifest[]> = fc
  .array(
    fc.record({
      namespace: fc.option(fc.constantFrom(...NAMESPACES)),
      endpointSelector: selector,
      enableDefaultDeny: fc.constantFrom({}, { ingress: false }, { egress: true }),
      ingress: fc.array(ciliumRule('from'), { maxLength: 2 }),
      egress: fc.array(ciliumRule('to'), { maxLength: 2 }),
      ingressDeny: fc.array(ciliumRule('from'), { maxLength: 1 }),
      egressDeny: fc.array(ciliumRule('to'), { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) =>
    all.map(({ namespace, ...spec }, index) => ({
      apiVersion: 'cilium.io/v2',
      kind: namespace === null ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy',
      metadata: { name: `cilium-${index}`, ...(namespace === null ? {} : { namespace }) },
      spec,
    })),
  );

const pod = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels,
  ports: fc.constantFrom(
    [],
    [{ name: 'web', containerPort: 80 }],
    [
      { name: 'web', containerPort: 8080 },
      { name: 'web', containerPort: 90, protocol: 'UDP' },
    ],
  ),
  hostNetwork: fc.boolean().map((yes) => yes),
  node: fc.constantFrom('node-a', 'node-b'),
});

/** Nodes, namespaces and pods, whose names and addresses tell their number. */
export const objects: fc.Arbitrary<readonly Manifest[]> = fc
  .array(pod, { minLength: 2, maxLength: 4 })
  .map((all) => [
    ...['node-a', 'node-b'].map((name, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { zone: VALUES[index] } },
      status: { addresses: [{ type: 'InternalIP', address: `10.0.0.1${index}` }] },
    })),
    ...NAMESPACES.map((name, index) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { team: VALUES[index] } },
    })),
    ...all.map(({ namespace, labels: own, ports, hostNetwork, node }, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${index}`, namespace, labels: own },
      spec: {
        nodeName: node,
        containers: [{ name: 'c', ports }],
        ...(hostNetwork && index === 0 ? { hostNetwork } : {}),
        ...(index === 1 ? { serviceAccountName: 'robot' } : {}),
      },
      status: { podIPs: [{ ip: `10.244.0.${2 + index}` }] },
    })),
  ]);

/** Named by their position, and of distinct priorities, so that every order is defined. */
export const policies: fc.Arbitrary<readonly Manifest[]> = fc
  .array(fc.oneof({ weight: 3, arbitrary: networkPolicy }, clusterPolicy), { maxLength: 5 })
  .map((all) =>
    all.map((policy, index) => ({
      ...policy,
      metadata: { ...policy.metadata, name: `policy-${index}` },
      spec: policy.kind === 'NetworkPolicy' ? policy.spec : { ...policy.spec, priority: index },
    })),
  );
