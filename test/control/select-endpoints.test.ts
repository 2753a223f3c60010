/**
 * The EndpointSlice controller. The cases follow kubernetes/endpointslice: utils_test.go (TestFindPort,
 * TestPodToEndpoint), reconciler_test.go (TestReconcileEndpointSlicesNamedPorts) and
 * util/controller_utils_test.go (TestShouldSetHostname, TestShouldPodBeInEndpoints).
 */

import { describe, expect, test } from 'vitest';
import { endpoints, servicePort, type World, worldOf } from '../cluster/world.ts';

const service = (spec: string, name = 'web') => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {clusterIP: 10.96.0.5, selector: {app: web}, ${spec}}
`;
interface PodText {
  readonly spec?: string;
  readonly status?: string;
  readonly metadata?: string;
}
const READY = 'conditions: [{type: Ready, status: "True"}]';
const livePod = (
  name: string,
  podIp: string,
  { spec = '', status = READY, metadata = '' }: PodText = {},
) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}${metadata}}
spec: {nodeName: w1, ${spec === '' ? 'containers: [{name: c, image: i}]' : spec}}
status: {phase: Running, podIP: ${podIp}, ${status}}
`;
const stored = (text: string) => worldOf(text, 'input: stored');
const states = (world: World, key: string) =>
  servicePort(world, key).endpoints.map(({ ip, ready, serving, terminating }) =>
    [ip.text, ready && 'ready', serving && 'serving', terminating && 'terminating'].filter(Boolean).join(' '),
  );

test('pods with every label of the selector, in their namespace, in string order of the address', () => {
  const other = livePod('other', '10.1.0.9').replace('{app: web}', '{app: api}');
  const elsewhere = livePod('far', '10.1.0.8').replace('name: far', 'name: far, namespace: shop');
  const world = stored(
    service('ports: [{port: 80, targetPort: 22}]') +
      livePod('a', '10.2.2.2') +
      livePod('b', '10.2.2.22') +
      other +
      elsewhere,
  );
  // kube-proxy sorts by "ip:port" as text.
  expect(endpoints(world, 'default/web')).toEqual(['10.2.2.22:22', '10.2.2.2:22']);
  expect(servicePort(world, 'default/web').endpoints[1]).toMatchObject({ pod: 'default/a', node: 'w1' });
});

describe('conditions', () => {
  const ports = 'ports: [{port: 80}]';
  const going = { metadata: ', deletionTimestamp: "2026-01-01T00:00:00Z"' };
  const pods =
    livePod('a', '10.1.0.1') +
    livePod('b', '10.1.0.2', { status: 'conditions: [{type: Ready, status: "False"}]' }) +
    livePod('c', '10.1.0.3', going) +
    livePod('d', '10.1.0.4', { status: 'conditions: []' }) +
    livePod('e', '10.1.0.5').replace('phase: Running', 'phase: Succeeded') +
    livePod('f', '10.1.0.6').replace('phase: Running', 'phase: Failed');

  test('ready is ready and staying; ended pods are out', () => {
    expect(states(stored(service(ports) + pods), 'default/web')).toEqual([
      '10.1.0.1 ready serving',
      '10.1.0.2',
      '10.1.0.3 serving terminating',
      '10.1.0.4',
    ]);
  });

  test('publishNotReadyAddresses makes every one ready', () => {
    expect(states(stored(service(`${ports}, publishNotReadyAddresses: true`) + pods), 'default/web')).toEqual(
      ['10.1.0.1 ready serving', '10.1.0.2 ready', '10.1.0.3 ready serving terminating', '10.1.0.4 ready'],
    );
  });
});

describe('named target ports', () => {
  const named = (port: number, { protocol = 'TCP', name = 'http' } = {}) =>
    `containers: [{name: c, image: i, ports: [{name: ${name}, containerPort: ${port}, protocol: ${protocol}}]}]`;
  const http = service('ports: [{port: 80, targetPort: http}]');

  test('are resolved pod by pod', () => {
    const world = stored(
      http +
        livePod('a', '10.1.0.1', { spec: named(8080) }) +
        livePod('b', '10.1.0.2', { spec: named(9090) }),
    );
    expect(endpoints(world, 'default/web')).toEqual(['10.1.0.1:8080', '10.1.0.2:9090']);
    expect(world.control.slicesOf('default/web').length).toBe(2);
  });

  test('need the same protocol', () => {
    const world = stored(http + livePod('a', '10.1.0.1', { spec: named(8080, { protocol: 'UDP' }) }));
    expect(endpoints(world, 'default/web')).toEqual([]);
  });

  test('a pod without the port is an endpoint all the same, of no use to the proxy', () => {
    const world = stored(http + livePod('a', '10.1.0.1', { spec: named(8080, { name: 'other' }) }));
    expect(endpoints(world, 'default/web')).toEqual([]);
    expect(world.control.slicesOf('default/web')).toMatchObject([
      { ports: [], endpoints: [{ pod: 'default/a' }] },
    ]);
  });

  test('are looked for in containers, then in sidecars, not in other init containers', () => {
    const spec = (restart: string) =>
      `initContainers: [{name: s, image: i${restart}, ports: [{name: http, containerPort: 7}]}], containers: [{name: c, image: i}]`;
    const side = stored(http + livePod('a', '10.1.0.1', { spec: spec(', restartPolicy: Always') }));
    expect(endpoints(side, 'default/web')).toEqual(['10.1.0.1:7']);
    expect(endpoints(stored(http + livePod('a', '10.1.0.1', { spec: spec('') })), 'default/web')).toEqual([]);
  });

  test('two ports of a Service can lead to different pods', () => {
    const world = stored(
      service('ports: [{name: a, port: 80, targetPort: http}, {name: b, port: 81, targetPort: admin}]') +
        livePod('a', '10.1.0.1', { spec: named(8080) }) +
        livePod('b', '10.1.0.2', { spec: named(9090, { name: 'admin' }) }),
    );
    expect(endpoints(world, 'default/web:a')).toEqual(['10.1.0.1:8080']);
    expect(endpoints(world, 'default/web:b')).toEqual(['10.1.0.2:9090']);
  });
});

test('a number needs no declaration', () => {
  const world = stored(service('ports: [{port: 80, targetPort: 12345}]') + livePod('a', '10.1.0.1'));
  expect(endpoints(world, 'default/web')).toEqual(['10.1.0.1:12345']);
});

test('a pod has an endpoint in each family of the Service that it has an address of', () => {
  const pod = livePod('a', '10.1.0.1').replace(
    'podIP: 10.1.0.1',
    'podIPs: [{ip: 10.1.0.1}, {ip: "fd00::0:1"}]',
  );
  const world = stored(
    service(
      'ports: [{port: 80, targetPort: 80}], clusterIPs: [10.96.0.5, "fd00:96::5"], ipFamilies: [IPv4, IPv6]',
    ) +
      pod +
      livePod('b', '10.1.0.2'),
  );
  expect(endpoints(world, 'default/web')).toEqual(['10.1.0.1:80', '10.1.0.2:80', '[fd00::1]:80']);
});

test.each([
  ['hostname: one, subdomain: web', 'one'],
  ['hostname: one, subdomain: other', undefined],
  ['hostname: one', undefined],
  ['subdomain: web', undefined],
])('%s gives the endpoint the hostname %s', (spec, expected) => {
  const world = stored(
    service('ports: [{port: 80}]') +
      livePod('a', '10.1.0.1', { spec: `${spec}, containers: [{name: c, image: i}]` }),
  );
  expect(world.control.slicesOf('default/web')[0]?.endpoints[0]?.hostname).toBe(expected);
});

describe('a pod whose Node is missing from a dump that has Nodes', () => {
  const node = '---\napiVersion: v1\nkind: Node\nmetadata: {name: w2}\n';

  test('is left out, unless every address is published', () => {
    const text = livePod('a', '10.1.0.1') + node;
    expect(endpoints(stored(service('ports: [{port: 80, targetPort: 80}]') + text), 'default/web')).toEqual(
      [],
    );
    const published = service('ports: [{port: 80, targetPort: 80}], publishNotReadyAddresses: true');
    expect(endpoints(stored(published + text), 'default/web')).toEqual(['10.1.0.1:80']);
  });

  test('is an endpoint where the dump has no Nodes at all', () => {
    const text = service('ports: [{port: 80, targetPort: 80}]') + livePod('a', '10.1.0.1');
    expect(endpoints(stored(text), 'default/web')).toEqual(['10.1.0.1:80']);
  });
});

test('invented replicas are endpoints too', () => {
  const world = worldOf(`${service('ports: [{port: 80, targetPort: http}]')}---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
`);
  expect(
    servicePort(world, 'default/web')
      .endpoints.map(({ pod, port }) => `${pod} ${port}`)
      .sort(),
  ).toEqual(['default/web#1 8080', 'default/web#2 8080']);
});
