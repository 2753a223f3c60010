import { describe, expect, test } from 'vitest';
import { codesAt, endpoints, servicePort, worldOf, worldOfFixture } from '../cluster/world.ts';

const FILE = 'control/endpoints-by-hand.yaml';

describe('Endpoints by hand', () => {
  const world = worldOfFixture(FILE);

  test('are mirrored for a Service without a selector', () => {
    const found = servicePort(world, 'default/by-hand').endpoints;
    expect(found.map(({ ip, port, ready, node }) => [ip.text, port, ready, node])).toEqual([
      ['10.0.0.1', 8080, true, undefined],
      ['10.0.0.2', 8080, true, 'node-b'],
      ['10.0.0.3', 8080, false, undefined],
    ]);
    expect(world.control.slicesOf('default/by-hand')[0]?.endpoints[1]?.hostname).toBe('primary');
  });

  test('are replaced by the controller for a Service with one, which is said', () => {
    expect(endpoints(world, 'default/my-service')).toEqual([]);
    expect(codesAt(world.diagnostics)).toEqual([`endpoints-overwritten ${FILE}:14`]);
  });

  test.each([
    [
      'with the label of the controller',
      '{name: web, labels: {endpoints.kubernetes.io/managed-by: endpoint-controller}}',
      '[{addresses: [{ip: 10.1.0.9}], ports: [{port: 8080}]}]',
    ],
    ['without an address', '{name: web}', '[]'],
  ])('%s are what the controller wrote: nothing is said', (_name, metadata, subsets) => {
    const written = `---
apiVersion: v1
kind: Endpoints
metadata: ${metadata}
subsets: ${subsets}
`;
    const service = `---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;
    expect(codesAt(worldOf(service + written).diagnostics)).toEqual([]);
  });

  test('that ask not to be mirrored are not', () => {
    expect(endpoints(world, 'default/skipped')).toEqual([]);
  });
});

const service = (spec: string) => `---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.5, ports: [{port: 80, targetPort: 8080}], ${spec}}
`;
const slice = (
  name: string,
  { labels = '', address = '10.1.0.9', port = 'port: 8080', rest = '' } = {},
) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}, labels: {kubernetes.io/service-name: web${labels}}}
addressType: IPv4
ports: [{${port}}]
endpoints: [{addresses: [${address}]${rest}}]
`;
const pod = (podIp: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: web-1, labels: {app: web}}
spec: {nodeName: w1, containers: [{name: c, image: i}]}
status: {phase: Running, podIP: ${podIp}, conditions: [{type: Ready, status: "True"}]}
`;
const CONTROLLER = ', endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io';
const SELECTED = service('selector: {app: web}');

describe('slices', () => {
  test('by hand count beside those of the selector', () => {
    expect(endpoints(worldOf(SELECTED + pod('10.1.0.1') + slice('mine')), 'default/web')).toEqual([
      '10.1.0.1:8080',
      '10.1.0.9:8080',
    ]);
  });

  test('of the controller are the facts', () => {
    const text = SELECTED + pod('10.1.0.1') + slice('web-x', { labels: CONTROLLER });
    expect(endpoints(worldOf(text), 'default/web')).toEqual(['10.1.0.9:8080']);
  });

  test('in stored input are the facts, whoever made them', () => {
    expect(
      endpoints(worldOf(SELECTED + pod('10.1.0.1') + slice('x'), 'input: stored'), 'default/web'),
    ).toEqual(['10.1.0.9:8080']);
    expect(endpoints(worldOf(SELECTED + pod('10.1.0.1'), 'input: stored'), 'default/web')).toEqual([
      '10.1.0.1:8080',
    ]);
  });

  test('of another namespace or Service belong to that one', () => {
    const text =
      service('') +
      slice('x').replace('name: x', 'name: x, namespace: shop') +
      slice('y').replace('service-name: web', 'service-name: other');
    expect(endpoints(worldOf(text), 'default/web')).toEqual([]);
  });

  test('a mirrored Endpoints object is not mirrored again', () => {
    const object =
      '---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.1.0.9}], ports: [{port: 8080}]}]\n';
    const mirrored = slice('m', {
      labels: ', endpointslice.kubernetes.io/managed-by: endpointslicemirroring-controller.k8s.io',
    });
    const world = worldOf(service('') + object + mirrored);
    expect(world.control.slicesOf('default/web').length).toBe(1);
    expect(endpoints(world, 'default/web')).toEqual(['10.1.0.9:8080']);
  });
});

test('Endpoints that the controller wrote stand for pods that the dump has not', () => {
  const object = `---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets:
- addresses: [{ip: 10.1.0.7, nodeName: w1, targetRef: {kind: Pod, name: web-1, namespace: default}}]
  ports: [{port: 8080}]
`;
  const world = worldOf(SELECTED + object);
  expect(endpoints(world, 'default/web')).toEqual(['10.1.0.7:8080']);
  expect(world.diagnostics).toEqual([]);
  expect(endpoints(worldOf(SELECTED + object + pod('10.1.0.1')), 'default/web')).toEqual(['10.1.0.1:8080']);
});

describe('what a proxy makes of a slice', () => {
  const read = (options: Parameters<typeof slice>[1], extra = '') =>
    worldOf(service('') + slice('x', options) + extra);

  test('the API’s defaults: ready, serving, not terminating, on no node', () => {
    expect(servicePort(read({}), 'default/web').endpoints).toMatchObject([
      { ready: true, serving: true, terminating: false, node: undefined, zoneHints: [], nodeHints: [] },
    ]);
  });

  test('conditions, node and hints as written', () => {
    const rest =
      ', nodeName: w9, conditions: {ready: false, serving: true, terminating: true}, hints: {forZones: [{name: z}], forNodes: [{name: n1}]}';
    expect(servicePort(read({ rest }), 'default/web').endpoints).toMatchObject([
      { ready: false, serving: true, terminating: true, node: 'w9', zoneHints: ['z'], nodeHints: ['n1'] },
    ]);
  });

  test('the first address only', () => {
    expect(endpoints(read({ address: '10.1.0.9, 10.1.0.10' }), 'default/web')).toEqual(['10.1.0.9:8080']);
  });

  test.each([
    ['name: http, port: 8080', []],
    ['port: 8080, protocol: UDP', []],
    ['port: 8080, name: ""', ['10.1.0.9:8080']],
    ['protocol: TCP', []],
  ])('a port {%s} belongs to the Service port of its name and protocol: %j', (port, expected) => {
    expect(endpoints(read({ port }), 'default/web')).toEqual(expected);
  });

  test('slices of headless Services and of names are not watched', () => {
    expect(endpoints(read({ labels: ', service.kubernetes.io/headless: ""' }), 'default/web')).toEqual([]);
    const fqdn = slice('f', { address: 'db.example.com' }).replace('addressType: IPv4', 'addressType: FQDN');
    expect(endpoints(worldOf(service('') + fqdn), 'default/web')).toEqual([]);
  });

  test('of an address in several slices, the one that stays wins', () => {
    const going = slice('a', { rest: ', conditions: {ready: false, serving: true, terminating: true}' });
    for (const text of [going + slice('b'), slice('b') + going]) {
      expect(servicePort(worldOf(service('') + text), 'default/web').endpoints).toMatchObject([
        { terminating: false },
      ]);
    }
  });

  test('the pod is told by its reference, else by its address', () => {
    const named = slice('x', {
      address: '10.1.0.77',
      rest: ', targetRef: {kind: Pod, name: web-1, namespace: default}',
    });
    expect(servicePort(worldOf(service('') + named + pod('10.1.0.1')), 'default/web').endpoints[0]?.pod).toBe(
      'default/web-1',
    );
    const byAddress = slice('x', { address: '10.1.0.1' });
    expect(
      servicePort(worldOf(service('') + byAddress + pod('10.1.0.1')), 'default/web').endpoints[0],
    ).toMatchObject({
      pod: 'default/web-1',
      // Nobody wrote the node into the slice: for a proxy the endpoint is remote.
      node: undefined,
    });
  });
});
