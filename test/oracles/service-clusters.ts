/**
 * Generated Services and EndpointSlices, as an API server stores them, and the node whose kube-proxy is
 * asked about them. Fields are what the API admits, in every combination that a proxy reads.
 */

import fc from 'fast-check';

/** A stored object as JSON. */
export type StoredObject = Readonly<Record<string, unknown>>;

export interface ProxyNode {
  readonly name: string;
  /** On its interfaces, the primary one of each family first. */
  readonly addresses: readonly string[];
  /** Addresses of the CNI's devices by their names: in IPVS mode node ports are there, too. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
  readonly podCIDRs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** kube-proxy's configuration, under the keys of a profile. */
export interface ProxySettings {
  readonly clusterCIDR: readonly string[];
  readonly detectLocal: 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix' | 'none';
  readonly bridgeInterface: string;
  readonly interfaceNamePrefix: string;
  readonly masqueradeAll: boolean;
  readonly masqueradeBit: number;
  readonly localhostNodePorts: boolean;
  readonly nodePortAddresses: readonly string[] | null;
}

/** One node of one cluster: all that kube-proxy knows. */
export interface ServiceCluster {
  readonly name: string;
  readonly node: ProxyNode;
  readonly proxy: ProxySettings;
  readonly services: readonly StoredObject[];
  readonly endpointSlices: readonly StoredObject[];
}

/** The node of every generated cluster, with the devices that flannel makes. */
const NODE: ProxyNode = {
  name: 'node-a',
  addresses: ['192.168.0.2', '192.168.1.2', 'fd01:9::2', 'fd01:9::3'],
  devices: { cni0: ['10.1.0.1', 'fd01::1'], 'flannel.1': ['10.1.0.0'], 'flannel-v6.1': ['fd01::'] },
  podCIDRs: ['10.1.0.0/24', 'fd01::/64'],
  labels: { 'topology.kubernetes.io/zone': 'z1', 'kubernetes.io/hostname': 'node-a' },
};
/** Addresses of pods, which endpoints and clients are taken from. */
export const PODS: Readonly<Record<4 | 6, readonly string[]>> = {
  4: ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.12'],
  6: ['fd01::1', 'fd01::2', 'fd01::3', 'fd01::c'],
};

/** Some of the values, seldom none. */
const some = <Value>(...values: readonly Value[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant<Value[]>([]) },
    { weight: 5, arbitrary: fc.subarray([...values], { minLength: 1 }) },
  );
/** A value, or the field left out. */
const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const policy = fc.constantFrom('Cluster', 'Local');

interface PortPlan {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetPort: number;
  readonly nodePort: number;
}

/** One unnamed port, or several named ones; ports of a Service differ in number or protocol. */
function portsOf(n: number): fc.Arbitrary<readonly PortPlan[]> {
  const at = 30000 + n * 10;
  const alone = fc
    .constantFrom('TCP', 'TCP', 'UDP', 'SCTP')
    .map((protocol) => [{ name: '', protocol, port: 80, targetPort: 8080, nodePort: at }]);
  const several = fc
    .subarray(
      [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: at },
        { name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353, nodePort: at + 1 },
        { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 5353, nodePort: at + 1 },
        { name: 'sig', protocol: 'SCTP', port: 7777, targetPort: 7777, nodePort: at + 2 },
      ],
      { minLength: 1 },
    )
    .map((ports) => ports);
  return fc.oneof(alone, several);
}

/** The kinds of Service that a proxy tells apart, rare ones rarely. */
const serviceType = fc.constantFrom(
  ...['ClusterIP', 'ClusterIP', 'NodePort', 'NodePort', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer'],
  ...['ExternalName', 'None'],
);
const families = fc.constantFrom<readonly (4 | 6)[]>([4], [4], [4, 6], [6, 4], [6]);

function clusterIpsOf(n: number, of: readonly (4 | 6)[]): readonly string[] {
  return of.map((family) => (family === 4 ? `172.30.0.${n}` : `fd00:10::${n}`));
}

function serviceOf(n: number): fc.Arbitrary<readonly StoredObject[]> {
  return fc
    .record({
      type: serviceType,
      of: families,
      ports: portsOf(n),
      externalIPs: some(`192.0.2.${n}`, `2001:db8:2::${n}`),
      ingress: some(
        { ip: `198.51.100.${n}`, ipMode: 'VIP' },
        { ip: `198.51.100.${n + 100}`, ipMode: 'Proxy' },
        { ip: `198.51.100.${n + 50}` },
        { ip: `2001:db8:3::${n}`, ipMode: 'VIP' },
        { hostname: 'lb.example.com' },
      ),
      ranges: some('203.0.113.0/28', ' 192.168.0.0/24 ', '10.1.0.0/30', '2001:db8::/64', 'fd01:9::/64'),
      internalTrafficPolicy: optional(policy),
      externalTrafficPolicy: optional(policy),
      affinity: optional(fc.constantFrom(1, 300, 10800)),
      isOthers: fc.integer({ min: 0, max: 15 }).map((dice) => dice === 0),
      allocatesNodePorts: fc.integer({ min: 0, max: 4 }).map((dice) => dice > 0),
    })
    .chain((facts) =>
      slicesOf(n, facts.ports, facts.of).map((slices) => [storedService(n, facts), ...slices]),
    );
}

interface ServiceFacts {
  readonly type: string;
  readonly of: readonly (4 | 6)[];
  readonly ports: readonly PortPlan[];
  readonly externalIPs: readonly string[];
  readonly ingress: readonly object[];
  readonly ranges: readonly string[];
  readonly internalTrafficPolicy: string | undefined;
  readonly externalTrafficPolicy: string | undefined;
  readonly affinity: number | undefined;
  readonly isOthers: boolean;
  readonly allocatesNodePorts: boolean;
}

function storedService(n: number, facts: ServiceFacts): StoredObject {
  const isHeadless = facts.type === 'None';
  const labels = {
    ...(facts.isOthers ? { 'service.kubernetes.io/service-proxy-name': 'other' } : {}),
    ...(isHeadless ? { 'service.kubernetes.io/headless': '' } : {}),
  };
  const spec = {
    type: isHeadless ? 'ClusterIP' : facts.type,
    ...addressFields(n, facts),
    ports: storedPorts(facts),
    internalTrafficPolicy: facts.internalTrafficPolicy,
    ...doorFields(n, facts),
    ...affinityFields(facts),
  };
  // Fields without a value are left out.
  return JSON.parse(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: `ns${n % 3}`, name: `svc${n}`, labels },
      spec,
      ...(facts.type === 'LoadBalancer' ? { status: { loadBalancer: { ingress: facts.ingress } } } : {}),
    }),
  ) as StoredObject;
}

function addressFields(n: number, { type, of, externalIPs }: ServiceFacts): StoredObject {
  if (type === 'ExternalName') return { externalName: 'db.example.com' };
  const ipFamilies = of.map((family) => `IPv${family}`);
  if (type === 'None') return { clusterIP: 'None', clusterIPs: ['None'], ipFamilies };
  const clusterIPs = clusterIpsOf(n, of);
  return { clusterIP: clusterIPs[0], clusterIPs, ipFamilies, externalIPs };
}

function storedPorts({ type, ports, allocatesNodePorts }: ServiceFacts): readonly StoredObject[] {
  const hasNodePorts = type === 'NodePort' || (type === 'LoadBalancer' && allocatesNodePorts);
  return ports.map(({ nodePort, name, ...port }) => ({
    ...(name === '' ? {} : { name }),
    ...port,
    ...(hasNodePorts ? { nodePort } : {}),
  }));
}

/** What only Services with a door to the outside have. */
function doorFields(n: number, { type, ranges, externalTrafficPolicy }: ServiceFacts): StoredObject {
  if (type === 'NodePort') return { externalTrafficPolicy };
  if (type !== 'LoadBalancer') return {};
  const isLocal = externalTrafficPolicy === 'Local';
  return {
    externalTrafficPolicy,
    loadBalancerSourceRanges: ranges,
    ...(isLocal ? { healthCheckNodePort: 32000 + n } : {}),
  };
}

function affinityFields({ affinity: timeoutSeconds }: ServiceFacts): StoredObject {
  if (timeoutSeconds === undefined) return { sessionAffinity: 'None' };
  return { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

const conditions = fc.constantFrom<StoredObject>(
  ...[{ ready: true }, { ready: true }, { ready: true, serving: true, terminating: false }],
  ...[{}, { ready: false }, { ready: false, serving: true, terminating: true }],
  ...[
    { ready: false, serving: false, terminating: true },
    { ready: false, serving: true, terminating: false },
  ],
);
const hints = fc.constantFrom<StoredObject | undefined>(
  ...[undefined, undefined, { forZones: [{ name: 'z1' }] }, { forZones: [{ name: 'z2' }] }],
  ...[{ forZones: [{ name: 'z1' }, { name: 'z2' }], forNodes: [{ name: 'node-a' }] }],
  { forNodes: [{ name: 'node-b' }] },
);

function endpointAt(address: string): fc.Arbitrary<StoredObject> {
  return fc.record({
    addresses: fc.constant([address]),
    conditions,
    nodeName: fc.constantFrom('node-a', 'node-b', undefined),
    hints,
  });
}

/**
 * No slice, or up to two for each family; all ports of the Service, or some of them. No address stands in
 * both: which entry then counts has changed between releases of kube-proxy (docs/semantics/service-proxy.md).
 */
function slicesOf(
  n: number,
  ports: readonly PortPlan[],
  of: readonly (4 | 6)[],
): fc.Arbitrary<readonly StoredObject[]> {
  const slice = (family: 4 | 6, index: number) =>
    fc
      .record({
        addresses: some(...PODS[family].filter((_, at) => at % 2 === index)),
        ports: fc.oneof(
          { weight: 4, arbitrary: fc.constant<PortPlan[]>([...ports]) },
          fc.subarray([...ports]),
        ),
      })
      .chain(({ addresses, ports: served }) =>
        fc.tuple(...addresses.map(endpointAt)).map((endpoints) => ({
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            namespace: `ns${n % 3}`,
            name: `svc${n}-${family}${index}`,
            labels: { 'kubernetes.io/service-name': `svc${n}` },
          },
          addressType: `IPv${family}`,
          ports: served.map(({ name, protocol, targetPort }) => ({ name, protocol, port: targetPort })),
          endpoints,
        })),
      );
  const slices = of.map((family) =>
    fc
      .constantFrom<readonly number[]>([], [0], [0, 1], [0, 1], [0, 1])
      .chain((indices) => fc.tuple(...indices.map((index) => slice(family, index)))),
  );
  return fc
    .tuple(...slices)
    .map((made) => JSON.parse(JSON.stringify(made.flat())) as readonly StoredObject[]);
}

/** kube-proxy's configuration: as it is on most clusters, or anything. */
export const proxySettings: fc.Arbitrary<ProxySettings> = fc.record({
  clusterCIDR: fc.constantFrom<readonly string[]>(['10.1.0.0/16', 'fd01::/64'], ['10.1.0.0/16']),
  detectLocal: fc.constantFrom('ClusterCIDR', 'ClusterCIDR', 'NodeCIDR', 'InterfaceNamePrefix', 'none'),
  bridgeInterface: fc.constant('cni0'),
  interfaceNamePrefix: fc.constant('veth'),
  masqueradeAll: fc.constantFrom(false, false, true),
  masqueradeBit: fc.constantFrom(14, 14, 3),
  localhostNodePorts: fc.constantFrom(true, true, false),
  nodePortAddresses: fc.constantFrom<readonly string[] | null>(
    ...[null, null, ['192.168.1.0/24'], ['192.168.0.0/24', 'fd01:9::3/128', '127.0.0.0/8'], ['0.0.0.0/0']],
  ),
});

/** Two to five Services that share no address and no node port. */
export function serviceCluster(settings: fc.Arbitrary<ProxySettings>): fc.Arbitrary<ServiceCluster> {
  const services = fc
    .subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 2, maxLength: 5 })
    .chain((numbers) => fc.tuple(...numbers.map(serviceOf)));
  return fc.tuple(services, settings).map(([made, proxy]) => {
    const objects = made.flat();
    return {
      name: 'generated',
      node: NODE,
      proxy,
      services: objects.filter(({ kind }) => kind === 'Service'),
      endpointSlices: objects.filter(({ kind }) => kind === 'EndpointSlice'),
    };
  });
}
