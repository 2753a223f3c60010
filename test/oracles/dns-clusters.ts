/** Generated objects that a cluster's DNS serves, as an API server stores them. */

import fc from 'fast-check';
import type { StoredObject } from './service-clusters.ts';

const NAMESPACES = ['shop', 'billing', 'svc'] as const;
/** The server's own; it finds itself behind kube-dns by it. */
export const SERVER_ADDRESS = '10.1.0.53';
/** The pod that asks: who asks from this address is known to `pods verified` and autopath. */
export const CLIENT_ADDRESS = '127.0.0.7';

/** What servers outside know. */
export const UPSTREAM = [
  { name: 'db.example.com.', type: 'A', ttl: 60, data: '203.0.113.5' },
  { name: 'db.example.com.', type: 'AAAA', ttl: 60, data: '2001:db8::5' },
  { name: 'www.example.com.', type: 'CNAME', ttl: 120, data: 'db.example.com.' },
  { name: 'shop.', type: 'A', ttl: 15, data: '203.0.113.8' },
] as const;

const some = <Value>(...values: readonly Value[]) => fc.subarray([...values]);

const EXTERNAL_NAMES = [
  'db.example.com',
  'www.example.com.',
  'gone.example.com',
  'svc1.shop.svc.cluster.local',
  'svc2.billing.svc.cluster.local',
  'svc3.svc.svc.cluster.local',
  '192.0.2.7',
  'svc5.billing.svc.cluster.local',
  'nobody.shop.svc.cluster.local',
  '10-1-0-5.shop.pod.cluster.local',
];

const PORTS = [
  { name: 'http', protocol: 'TCP', port: 80 },
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  { name: 'sig', protocol: 'SCTP', port: 7777 },
] as const;

interface Port {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

const ports: fc.Arbitrary<readonly Port[]> = fc.oneof(
  fc.constant([{ name: '', protocol: 'TCP', port: 8000 }]),
  fc.subarray<Port>([...PORTS], { minLength: 1 }),
  fc.constant([]),
);

function endpointAt(address: string): fc.Arbitrary<StoredObject> {
  return fc.record(
    {
      addresses: fc.constant([address]),
      conditions: fc.constantFrom<StoredObject>(...[{ ready: true }, { ready: true }, {}, { ready: false }], {
        ready: false,
        serving: true,
        terminating: true,
      }),
      hostname: fc.constantFrom('web-0', 'web-1', 'a'),
      targetRef: fc.constantFrom(
        { kind: 'Pod', namespace: 'shop', name: 'web-7d9c' },
        { kind: 'Pod', namespace: 'shop', name: 'x'.repeat(64) },
      ),
      zone: fc.constantFrom('z1', 'z2.b'),
    },
    { requiredKeys: ['addresses', 'conditions'] },
  );
}

/** Addresses of endpoints are those of one Service: where two share one, the order of its PTR records is open. */
function slicesOf(
  service: string,
  namespace: string,
  served: readonly Port[],
  n: number,
): fc.Arbitrary<readonly StoredObject[]> {
  const slice = (family: 4 | 6, addresses: readonly string[]) =>
    fc
      .tuple(
        fc.subarray([...addresses]).chain((chosen) => fc.tuple(...chosen.map(endpointAt))),
        fc.oneof(fc.constant([...served]), fc.subarray([...served])),
      )
      .map(([endpoints, listed]) => ({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          namespace,
          name: `${service}-${family}`,
          labels: { 'kubernetes.io/service-name': service },
        },
        addressType: `IPv${family}`,
        ports: listed.map(({ name, protocol, port }) => ({ name, protocol, port: port + 8000 })),
        endpoints,
      }));
  return fc.tuple(
    slice(4, [`10.1.${n}.1`, `10.1.${n}.2`, `10.1.${n}.30`]),
    slice(6, [`fd00:1:${n}::1`, `fd00:1:${n}::`]),
  );
}

function serviceOf(n: number): fc.Arbitrary<readonly StoredObject[]> {
  const namespace = NAMESPACES[n % 3] ?? 'shop';
  const name = `svc${n}`;
  const facts = fc.record({
    type: fc.constantFrom('ClusterIP', 'ClusterIP', 'LoadBalancer', 'None', 'None', 'ExternalName'),
    of: fc.constantFrom<readonly (4 | 6)[]>([4], [4, 6], [6]),
    ports,
    externalName: fc.constantFrom(...EXTERNAL_NAMES),
    externalIPs: some(`192.0.2.${n}`),
    ingress: some({ ip: `198.51.100.${n}` }, { ip: `2001:db8:9::${n}` }, { hostname: 'db.example.com' }),
  });
  return facts.chain(({ type, of, ports: served, externalName, externalIPs, ingress }) => {
    const addresses = of.map((family) => (family === 4 ? `10.96.1.${n}` : `fd00:10::${n}`));
    const clusterIPs = type === 'None' ? ['None'] : addresses;
    // Only a headless Service may have no ports.
    const listed =
      served.length === 0 && type !== 'None' ? [{ name: '', protocol: 'TCP', port: 80 }] : served;
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: {
        type: type === 'None' ? 'ClusterIP' : type,
        ...(type === 'ExternalName'
          ? { externalName }
          : {
              clusterIP: clusterIPs[0],
              clusterIPs,
              ipFamilies: of.map((family) => `IPv${family}`),
              externalIPs,
            }),
        ports: listed,
      },
      ...(type === 'LoadBalancer' ? { status: { loadBalancer: { ingress } } } : {}),
    };
    return slicesOf(name, namespace, listed, n).map((slices) => [
      service,
      ...(type === 'ExternalName' ? [] : slices),
    ]);
  });
}

/** Three to six Services beside those that every generated cluster has. */
export const dnsObjects: fc.Arbitrary<readonly StoredObject[]> = fc
  .subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 3, maxLength: 6 })
  .chain((numbers) => fc.tuple(...numbers.map(serviceOf)))
  .map((services) => [...EVERYWHERE, ...services.flat()]);

const namespaceObject = (name: string): StoredObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name, team: name === 'shop' ? 'a' : 'b' } },
});

const podObject = (namespace: string, name: string, ip: string, facts: StoredObject = {}): StoredObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, ...(facts['metadata'] as object | undefined) },
  spec: { containers: [{ name: 'c', image: 'x' }] },
  status: { phase: facts['phase'] ?? 'Running', podIP: ip, podIPs: [{ ip }] },
});

const EVERYWHERE: readonly StoredObject[] = [
  ...['default', 'kube-system', 'kube-public', 'kube-node-lease', ...NAMESPACES].map(namespaceObject),
  podObject('shop', 'client', CLIENT_ADDRESS),
  podObject('shop', 'web', '10.1.0.5'),
  podObject('billing', 'six', 'fd00:1::5'),
  podObject('billing', 'done', '10.1.0.6', { phase: 'Succeeded' }),
  podObject('billing', 'leaving', '10.1.0.7', {
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 },
  }),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'kube-system', name: 'kube-dns', labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      clusterIPs: ['10.96.0.10'],
      ipFamilies: ['IPv4'],
      ports: [
        { name: 'dns', protocol: 'UDP', port: 53 },
        { name: 'dns-tcp', protocol: 'TCP', port: 53 },
      ],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'kube-system',
      name: 'kube-dns-1',
      labels: { 'kubernetes.io/service-name': 'kube-dns' },
    },
    addressType: 'IPv4',
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53 },
    ],
    endpoints: [{ addresses: [SERVER_ADDRESS], conditions: { ready: true } }],
  },
  {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: { namespace: 'shop', name: 'shared' },
    spec: { type: 'ClusterSetIP', ips: ['10.200.0.1'], ports: [{ name: 'http', protocol: 'TCP', port: 80 }] },
  },
  {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: { namespace: 'billing', name: 'far' },
    spec: { type: 'Headless', ports: [{ name: 'http', protocol: 'TCP', port: 80 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'billing',
      name: 'imported-far',
      labels: {
        'multicluster.kubernetes.io/service-name': 'far',
        'multicluster.kubernetes.io/source-cluster': 'east',
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [
      { addresses: ['10.7.0.1'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.7.0.2'], conditions: { ready: true } },
    ],
  },
];
