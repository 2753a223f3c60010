import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { WorkloadKind } from '../../src/k8s/kinds/workload.ts';
import { readerOf } from '../../src/k8s/kinds.ts';
import { readOne, readTexts } from './objects.ts';

const service = (spec: string, more = '') =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {${spec}}\n${more}`;
const texts = (items: readonly { readonly text: string }[] | undefined) => items?.map(({ text }) => text);

describe('Service', () => {
  test('defaults (kubernetes/kubernetes:pkg/apis/core/v1/defaults.go)', () => {
    const { body } = readOne('Service', service('ports: [{port: 80}]'));
    expect(body).toEqual({
      type: 'ClusterIP',
      headless: false,
      clusterIps: [],
      ipFamilies: [],
      ports: [{ name: '', protocol: 'tcp', port: 80, targetPort: 80, path: ['spec', 'ports', 0] }],
      externalIps: [],
      loadBalancerIngress: [],
      loadBalancerSourceRanges: [],
      allocateLoadBalancerNodePorts: true,
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      publishNotReadyAddresses: false,
    });
  });

  test('addresses as the API server stores them', () => {
    const { body } = readOne(
      'Service',
      service(
        'type: LoadBalancer, clusterIP: 10.96.0.50, clusterIPs: [10.96.0.50, "fd00:10:96::32"], ipFamilies: [IPv4, IPv6], ' +
          'ipFamilyPolicy: PreferDualStack, externalIPs: [192.0.2.1], loadBalancerSourceRanges: [" 10.0.0.0/8"], ' +
          'healthCheckNodePort: 32000, externalTrafficPolicy: Local, internalTrafficPolicy: Local, ' +
          'ports: [{name: http, port: 80, targetPort: web, nodePort: 30080}, {port: 53, protocol: UDP, nodePort: 0}]',
        'status: {loadBalancer: {ingress: [{ip: 198.51.100.7}, {ip: 198.51.100.8, ipMode: Proxy}, {hostname: lb.example}]}}\n',
      ),
    );
    expect(texts(body.clusterIps)).toEqual(['10.96.0.50', 'fd00:10:96::32']);
    expect(body).toMatchObject({
      type: 'LoadBalancer',
      ipFamilies: [4, 6],
      ipFamilyPolicy: 'PreferDualStack',
      healthCheckNodePort: 32000,
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Local',
      externalIps: [{ text: '192.0.2.1' }],
      loadBalancerSourceRanges: [{ text: '10.0.0.0/8' }],
      loadBalancerIngress: [
        { ip: { text: '198.51.100.7' } },
        { ip: { text: '198.51.100.8' }, ipMode: 'Proxy' },
        { hostname: 'lb.example' },
      ],
    });
    expect(body.ports.map(({ nodePort, targetPort, protocol }) => [nodePort, targetPort, protocol])).toEqual([
      [30080, 'web', 'tcp'],
      [undefined, 53, 'udp'],
    ]);
  });

  test.each<[string, boolean, readonly string[]]>([
    ['clusterIP: None', true, []],
    ['clusterIP: None, clusterIPs: [None]', true, []],
    ['clusterIP: ""', false, []],
    ['clusterIP: 010.096.0.1', false, ['10.96.0.1']],
  ])('%s', (spec, headless, clusterIps) => {
    const { body } = readOne('Service', service(spec));
    expect(body.headless).toBe(headless);
    expect(texts(body.clusterIps)).toEqual(clusterIps);
  });

  test.each(['selector: null', 'selector: {}', ''])('%j is no selector', (spec) => {
    expect(readOne('Service', service(spec)).body.selector).toBeUndefined();
  });

  test.each<[string, number | undefined]>([
    ['sessionAffinity: None', undefined],
    ['sessionAffinity: ClientIP', 10800],
    ['sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}', 60],
  ])('%s keeps a client for %s seconds', (spec, seconds) => {
    expect(readOne('Service', service(spec)).body.sessionAffinitySeconds).toBe(seconds);
  });
});

describe('workloads', () => {
  const template =
    'template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}';
  const workload = (kind: string, apiVersion: string, spec: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: {${spec}}\n`;

  test.each<{ kind: WorkloadKind; type?: string; spec: string; replicas: number; in?: string[] }>([
    { kind: 'Deployment', spec: `replicas: 3, ${template}`, replicas: 3 },
    { kind: 'Deployment', spec: `replicas: 0, ${template}`, replicas: 0 },
    { kind: 'ReplicaSet', spec: template, replicas: 1 },
    { kind: 'StatefulSet', spec: `replicas: 2, ${template}`, replicas: 2 },
    { kind: 'DaemonSet', spec: template, replicas: 1 },
    { kind: 'Job', type: 'batch/v1', spec: `parallelism: 4, completions: 8, ${template}`, replicas: 4 },
    {
      kind: 'CronJob',
      type: 'batch/v1',
      spec: `jobTemplate: {spec: {${template}}}`,
      replicas: 1,
      in: ['jobTemplate', 'spec'],
    },
    { kind: 'ReplicationController', type: 'v1', spec: `replicas: 2, ${template}`, replicas: 2 },
  ])('$kind {$spec}', ({ kind, type = 'apps/v1', spec, replicas, in: at = [] }) => {
    const { body } = readOne(kind, workload(kind, type, spec));
    const path = ['spec', ...at, 'template'];
    expect(body.replicas).toBe(replicas);
    expect([...body.template.labels]).toEqual([['app', 'a']]);
    expect(body.template.path).toEqual(path);
    expect(body.template.spec.containers[0]?.ports[0]?.path).toEqual([
      ...path,
      'spec',
      'containers',
      0,
      'ports',
      0,
    ]);
  });

  test('selectors, and what only StatefulSets have', () => {
    const selector =
      'selector: {matchLabels: {app: a}, matchExpressions: [{key: b, operator: In, values: [v, w]}, {key: c, operator: Like}]}';
    const set = readTexts([
      workload('StatefulSet', 'apps/v1', `${selector}, serviceName: db, ordinals: {start: 5}, ${template}`),
      workload('ReplicationController', 'v1', `selector: {app: a}, ${template}`),
    ]);
    const [stateful] = set.ofKind('StatefulSet');
    expect(stateful?.body).toMatchObject({ serviceName: 'db', ordinalStart: 5 });
    expect(stateful?.body.selector).toEqual({
      matchLabels: new Map([['app', 'a']]),
      matchExpressions: [{ key: 'b', operator: 'In', values: ['v', 'w'] }],
    });
    expect(set.ofKind('ReplicationController')[0]?.body.selector?.matchLabels).toEqual(
      new Map([['app', 'a']]),
    );
    expect(set.diagnostics.map(({ text }) => text)).toEqual([
      'spec.selector.matchExpressions[1].operator: Unsupported value: "Like": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
    ]);
  });

  test('a template that is missing is required', () => {
    const set = readTexts([workload('Deployment', 'apps/v1', 'replicas: 2')]);
    expect(set.diagnostics.map(({ text }) => text)).toEqual(['spec.template: Required value']);
    expect(set.ofKind('Deployment')[0]?.body).toMatchObject({
      replicas: 2,
      template: { spec: { containers: [] } },
    });
  });
});

describe('Pod', () => {
  const pod = (spec: string, more = '') =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: a}}\nspec: {${spec}}\n${more}`;

  test('ports, DNS and placement', () => {
    const { body } = readOne(
      'Pod',
      pod(
        'nodeSelector: {zone: a}, hostname: h, subdomain: s, dnsPolicy: None, ' +
          'dnsConfig: {nameservers: [192.0.2.53], searches: [corp.example], options: [{name: ndots, value: "2"}, {name: edns0}]}, ' +
          'initContainers: [{name: proxy, restartPolicy: Always, ports: [{containerPort: 15001}]}], ' +
          'containers: [{name: c, image: nginx, ports: [{name: dns, containerPort: 53, hostPort: 5353, hostIP: 127.0.0.1, protocol: UDP}]}]',
      ),
    );
    expect([...body.template.labels]).toEqual([['app', 'a']]);
    expect(body.template.spec).toEqual({
      nodeSelector: new Map([['zone', 'a']]),
      hostname: 'h',
      subdomain: 's',
      hostNetwork: false,
      dnsPolicy: 'None',
      dnsConfig: {
        nameservers: ['192.0.2.53'],
        searches: ['corp.example'],
        options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
      },
      initContainers: [
        {
          name: 'proxy',
          restartPolicy: 'Always',
          ports: [{ containerPort: 15001, protocol: 'tcp', path: ['spec', 'initContainers', 0, 'ports', 0] }],
          path: ['spec', 'initContainers', 0],
        },
      ],
      containers: [
        {
          name: 'c',
          image: 'nginx',
          ports: [
            {
              name: 'dns',
              containerPort: 53,
              hostPort: 5353,
              hostIp: '127.0.0.1',
              protocol: 'udp',
              path: ['spec', 'containers', 0, 'ports', 0],
            },
          ],
          path: ['spec', 'containers', 0],
        },
      ],
    });
  });

  test.each([
    { stored: false, hostPort: 80 },
    { stored: true, hostPort: undefined },
  ])('in the host’s network ports are host ports: $stored', ({ stored, hostPort }) => {
    const text = pod('hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]');
    const { body } = readOne('Pod', text, { stored });
    expect(body.template.spec.containers[0]?.ports[0]?.hostPort).toBe(hostPort);
  });

  test.each<[string, readonly string[], boolean | undefined]>([
    ['', [], undefined],
    ['status: {podIP: 10.244.1.5}', ['10.244.1.5'], undefined],
    ['status: {podIP: "", podIPs: [], conditions: [{type: Ready, status: "False"}]}', [], false],
    [
      'status: {podIP: 10.0.0.9, podIPs: [{ip: 10.0.0.9}, {ip: "fd00::9"}], conditions: [{type: Ready, status: "True"}]}',
      ['10.0.0.9', 'fd00::9'],
      true,
    ],
  ])('%j', (status, ips, ready) => {
    const { body } = readOne('Pod', pod('containers: [{name: c}]', status));
    expect(texts(body.podIps)).toEqual(ips);
    expect(body.ready).toBe(ready);
  });

  test('containers are required', () => {
    expect(readTexts([pod('nodeName: a')]).diagnostics.map(({ text }) => text)).toEqual([
      'spec.containers: Required value',
    ]);
  });
});

test('Node', () => {
  const { body } = readOne(
    'Node',
    'apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24, "fd00:10:244:1::/64"], unschedulable: true}\n' +
      'status: {addresses: [{type: InternalIP, address: 10.0.0.11}, {type: ExternalIP, address: 203.0.113.1}, {type: Hostname, address: a}]}\n',
  );
  expect(texts(body.podCidrs)).toEqual(['10.244.1.0/24', 'fd00:10:244:1::/64']);
  expect(texts(body.internalIps)).toEqual(['10.0.0.11']);
  expect(texts(body.externalIps)).toEqual(['203.0.113.1']);
  expect(body.unschedulable).toBe(true);
  const single = readOne(
    'Node',
    'apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.244.1.0/24}\n',
  );
  expect(texts(single.body.podCidrs)).toEqual(['10.244.1.0/24']);
});

test('Endpoints', () => {
  const { body } = readOne(
    'Endpoints',
    'apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\nsubsets:\n- addresses: [{ip: 10.0.0.1, nodeName: n, targetRef: {kind: Pod, name: p}}]\n' +
      '  notReadyAddresses: [{ip: 10.0.0.2, hostname: h}, {hostname: i}]\n  ports: [{port: 8080}, {name: dns, port: 53, protocol: UDP}]\n',
  );
  expect(body.subsets).toEqual([
    {
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          ready: true,
          nodeName: 'n',
          zoneHints: [],
          nodeHints: [],
          target: { kind: 'Pod', name: 'p', namespace: 'shop' },
          path: ['subsets', 0, 'addresses', 0],
        },
        {
          addresses: ['10.0.0.2'],
          ready: false,
          hostname: 'h',
          zoneHints: [],
          nodeHints: [],
          path: ['subsets', 0, 'notReadyAddresses', 0],
        },
      ],
      ports: [
        { name: '', protocol: 'tcp', port: 8080, path: ['subsets', 0, 'ports', 0] },
        { name: 'dns', protocol: 'udp', port: 53, path: ['subsets', 0, 'ports', 1] },
      ],
    },
  ]);
});

test('EndpointSlice', () => {
  const { body } = readOne(
    'EndpointSlice',
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\naddressType: IPv4\nports: [{name: http, port: 80}, {}]\n' +
      'endpoints:\n- addresses: [10.0.0.1]\n- {addresses: [10.0.0.2], conditions: {ready: false, serving: true, terminating: true}, zone: z, hints: {forZones: [{name: z}], forNodes: [{name: n}]}}\n',
  );
  expect(body.addressType).toBe('IPv4');
  expect(body.ports.map(({ name, port }) => [name, port])).toEqual([
    ['http', 80],
    ['', undefined],
  ]);
  expect(body.endpoints).toEqual([
    { addresses: ['10.0.0.1'], zoneHints: [], nodeHints: [], path: ['endpoints', 0] },
    {
      addresses: ['10.0.0.2'],
      ready: false,
      serving: true,
      terminating: true,
      zone: 'z',
      zoneHints: ['z'],
      nodeHints: ['n'],
      path: ['endpoints', 1],
    },
  ]);
});

test('every kind that has a file has a reader', () => {
  const policy = ['v1alpha1', 'v1alpha2'].map((version) => `policy.networking.k8s.io/${version}`);
  const other = ['discovery.k8s.io/v1', 'networking.k8s.io/v1', 'multicluster.x-k8s.io/v1alpha1', ...policy];
  const gateway = ['gateway.networking.k8s.io/v1', 'gateway.networking.x-k8s.io/v1alpha1'];
  const core = ['v1', 'apps/v1', 'batch/v1', ...other, ...gateway];
  const istio = ['networking.istio.io/v1', 'security.istio.io/v1'];
  const cnis = ['projectcalico.org/v3', 'crd.projectcalico.org/v1', 'cilium.io/v2'];
  const kinds = readdirSync('src/k8s/kinds')
    .map((file) => file.replace(/\.ts$/, ''))
    .filter((file) => file !== 'pod-spec' && file !== 'workload')
    .map((file) => file.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()))
    .map((kind) =>
      kind.replace(/^(Http|Grpc|Tls|Tcp|Udp)(?=Route)|Tls(?=Policy)/, (word) => word.toUpperCase()),
    );
  expect(kinds.length).toBeGreaterThan(30);
  for (const kind of kinds) {
    // Istio has a Gateway, and Calico a NetworkPolicy, too.
    const written = kind.replace(/^(?:Istio(?=Gateway$)|Calico)/, '');
    const found = [...core, ...istio, ...cnis].map((apiVersion) => readerOf(apiVersion, written)?.kind);
    expect(found).toContain(kind);
  }
});
