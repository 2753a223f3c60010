/** Small clusters of objects that refer to each other, rightly and wrongly. */

import fc from 'fast-check';

export type Manifest = Readonly<Record<string, unknown>>;

const NAMES = fc.constantFrom('a', 'b', 'web', 'constructor', 'x'.repeat(63));
const NAMESPACES = fc.constantFrom('default', 'shop');
const LABELS = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b', 'web'), {
  maxKeys: 2,
  noNullPrototype: true,
});
const PORTS = fc.constantFrom<unknown>(80, 8080, 'http', 'dns', 0, -1, '80', null);
const PROTOCOLS = fc.constantFrom<unknown>(undefined, 'TCP', 'UDP', 'SCTP', 'tcp');
const ADDRESSES = fc.constantFrom(
  '10.244.0.5',
  '10.244.1.5',
  '10.96.0.10',
  '192.168.1.1',
  'fd00::5',
  'None',
  '',
  'x',
);

function named(kind: string, apiVersion: string, spec: fc.Arbitrary<unknown>): fc.Arbitrary<Manifest> {
  return fc.record(
    {
      apiVersion: fc.constant(apiVersion),
      kind: fc.constant(kind),
      metadata: fc.record({ name: NAMES, namespace: NAMESPACES, labels: LABELS }, { requiredKeys: ['name'] }),
      spec,
    },
    { requiredKeys: ['apiVersion', 'kind', 'metadata', 'spec'] },
  );
}

const containerPort = fc.record(
  { name: fc.constantFrom('http', 'dns'), containerPort: PORTS, protocol: PROTOCOLS },
  { requiredKeys: ['containerPort'] },
);
const podSpec = fc.record(
  {
    containers: fc.array(
      fc.record({ name: NAMES, image: fc.constant('x'), ports: fc.array(containerPort, { maxLength: 2 }) }),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    hostNetwork: fc.boolean(),
    nodeName: fc.constantFrom('node-a', 'n1', 'gone'),
    nodeSelector: LABELS,
  },
  { requiredKeys: ['containers'] },
);
const template = fc.record({ metadata: fc.record({ labels: LABELS }), spec: podSpec });
const workloadSpec = fc.record(
  {
    replicas: fc.constantFrom<unknown>(0, 1, 2, 3, -1, 'two'),
    selector: fc.record({ matchLabels: LABELS }),
    template,
  },
  { requiredKeys: ['template'] },
);
const servicePort = fc.record(
  {
    name: fc.constantFrom('http', 'dns'),
    port: PORTS,
    targetPort: PORTS,
    nodePort: PORTS,
    protocol: PROTOCOLS,
  },
  { requiredKeys: ['port'] },
);
const serviceSpec = fc.record(
  {
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
    selector: LABELS,
    ports: fc.array(servicePort, { maxLength: 2 }),
    clusterIP: ADDRESSES,
    externalName: fc.constantFrom('example.com', 'b.shop.svc.cluster.local'),
    internalTrafficPolicy: fc.constantFrom('Local', 'Cluster'),
  },
  { requiredKeys: [] },
);

const pod: fc.Arbitrary<Manifest> = fc
  .tuple(named('Pod', 'v1', podSpec), fc.option(ADDRESSES))
  .map(([object, ip]) => (ip === null ? object : { ...object, status: { podIP: ip, podIPs: [{ ip }] } }));

/** One object of a kind that a trace reads. */
const manifest: fc.Arbitrary<Manifest> = fc.oneof(
  pod,
  named('Deployment', 'apps/v1', workloadSpec),
  named('StatefulSet', 'apps/v1', workloadSpec),
  named('DaemonSet', 'apps/v1', workloadSpec),
  named('Service', 'v1', serviceSpec),
  named(
    'NetworkPolicy',
    'networking.k8s.io/v1',
    fc.record({ podSelector: fc.record({ matchLabels: LABELS }) }),
  ),
  named('ConfigMap', 'v1', fc.constant({})),
  fc
    .constantFrom('n1', 'n2')
    .map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} })),
);

/** The objects of one input. */
export const manifests: fc.Arbitrary<readonly Manifest[]> = fc.array(manifest, { maxLength: 8 });

/** References, most of which fit something of `manifests` now and then. */
export const references: fc.Arbitrary<string> = fc.constantFrom(
  ...[
    'a',
    'b',
    'web',
    'shop/a',
    'deploy/a',
    'shop/deploy/b',
    'sts/web',
    'ds/a',
    'pod/a',
    'node/node-a',
    'internet',
  ],
  ...[
    'svc/a',
    'svc/a:80',
    'svc/b:http',
    'shop/svc/web',
    '10.244.1.5',
    '10.244.0.5:80',
    '10.96.0.1:443',
    '8.8.8.8',
  ],
  ...[
    'localhost:80',
    'kubernetes.default:443',
    'a.shop',
    'b',
    '[fd00::5]:80',
    'svc/constructor',
    'node/n1:30080',
  ],
);
