/**
 * Whole reconciliations. The cases follow kubernetes/endpointslice: reconciler_test.go (TestReconcileManyPods,
 * TestReconcile1Pod, TestReconcileTopology, TestReconcile_TrafficDistribution) and utils_test.go
 * (TestSetEndpointSliceLabels).
 */

import { describe, expect, test } from 'vitest';
import { codesAt, type World, worldOf } from '../cluster/world.ts';

interface ServiceText {
  readonly spec?: string;
  readonly metadata?: string;
}

const service = ({
  spec = 'clusterIP: 10.96.0.5, ipFamilies: [IPv4]',
  metadata = '',
}: ServiceText = {}) => `---
apiVersion: v1
kind: Service
metadata: {name: web${metadata}}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080, appProtocol: h2c}], ${spec}}
`;

function pod(name: string, ips: readonly string[], { node = 'n0', spec = '' } = {}): string {
  return `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}}
spec: {nodeName: ${node}, containers: [{name: c, image: i}]${spec}}
status:
  phase: Running
  podIPs: [${ips.map((ip) => `{ip: "${ip}"}`).join(', ')}]
  conditions: [{type: Ready, status: "True"}]
`;
}

function node(name: string, zone: string): string {
  return `---
apiVersion: v1
kind: Node
metadata: {name: ${name}, labels: {topology.kubernetes.io/zone: ${zone}}}
status: {allocatable: {cpu: 100m}, conditions: [{type: Ready, status: "True"}]}
`;
}

const stored = (...texts: readonly string[]) => worldOf(texts.join(''), 'input: stored');
const slices = ({ control }: World) => control.slicesOf('default/web');

test('at most 100 endpoints in a slice', () => {
  const pods = Array.from({ length: 250 }, (_, i) =>
    pod(`pod${i}`, [`10.1.${i % 4}.${1 + Math.floor(i / 4)}`]),
  );
  expect(slices(stored(service(), ...pods)).map(({ endpoints }) => endpoints.length)).toEqual([100, 100, 50]);
});

test('a Service without pods has an empty slice for each family', () => {
  const spec = 'clusterIPs: [10.96.0.5, "fd00::5"], ipFamilies: [IPv4, IPv6]';
  expect(slices(stored(service({ spec })))).toMatchObject([
    { family: 4, ports: [], endpoints: [] },
    { family: 6, ports: [], endpoints: [] },
  ]);
});

test('each family has the addresses of the pods in it', () => {
  const spec = 'clusterIPs: ["fd00::5", 10.96.0.5], ipFamilies: [IPv6, IPv4]';
  const world = stored(service({ spec }), pod('a', ['10.1.0.1', 'fd00:1::01']), pod('b', ['10.1.0.2']));
  const addresses = slices(world).map(({ endpoints }) => endpoints.flatMap((each) => each.addresses));
  expect(addresses.map((each) => each.map(({ text }) => text))).toEqual([
    ['fd00:1::1'],
    ['10.1.0.1', '10.1.0.2'],
  ]);
  expect(slices(world)[0]?.ports).toEqual([
    { name: 'http', protocol: 'tcp', port: 8080, appProtocol: 'h2c' },
  ]);
});

test.each([
  ['clusterIP: 10.96.0.5', [4]],
  ['clusterIP: "fd00::5"', [6]],
  ['clusterIP: None', [4, 6]],
  ['clusterIP: None, ipFamilies: [IPv6]', [6]],
])('stored with {%s} it has slices of families %j', (spec, families) => {
  expect(slices(stored(service({ spec }))).map(({ family }) => family)).toEqual(families);
});

describe('labels', () => {
  const own = {
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  };
  const labelsOf = (text: ServiceText) => Object.fromEntries(slices(stored(service(text)))[0]?.labels ?? []);

  test('are the Service’s and the controller’s', () => {
    expect(labelsOf({ metadata: ', labels: {team: web}' })).toEqual({ team: 'web', ...own });
  });

  test('tell Services without a cluster address', () => {
    expect(labelsOf({ spec: 'clusterIP: None' })).toEqual({ 'service.kubernetes.io/headless': '', ...own });
  });

  test('that are reserved are not taken over', () => {
    const metadata =
      ', labels: {kubernetes.io/service-name: bad, endpointslice.kubernetes.io/managed-by: actor, service.kubernetes.io/headless: "", team: web}';
    expect(labelsOf({ metadata })).toEqual({ team: 'web', ...own });
  });
});

test('pods on their node’s network with one address are one endpoint', () => {
  const host = { spec: ', hostNetwork: true' };
  const world = stored(service(), pod('a', ['10.0.0.1'], host), pod('b', ['10.0.0.1'], host));
  expect(slices(world)[0]?.endpoints.map((endpoint) => endpoint.pod)).toEqual(['default/b']);
});

test('a pod whose Node is missing is left out, and that is said', () => {
  const world = stored(
    service(),
    node('n0', 'z'),
    pod('a', ['10.1.0.1']),
    pod('b', ['10.1.0.2'], { node: 'n9' }),
  );
  expect(slices(world)[0]?.endpoints.map((endpoint) => endpoint.pod)).toEqual(['default/a']);
  expect(world.diagnostics.find(({ code }) => code === 'node-missing')?.text).toBe(
    'default/web leaves out pod b: there is no Node n9',
  );
});

describe('hints', () => {
  // node-0 in zone-a has pod-0, node-1 in zone-b pods 1 to 3, node-2 in zone-c pods 4 and 5.
  const cluster = ['zone-a', 'zone-b', 'zone-c'].map((zone, index) => node(`node-${index}`, zone)).join('');
  const pods = [0, 1, 1, 1, 2, 2].map((host, i) =>
    pod(`pod${i}`, [`1.2.3.${4 + i}`], { node: `node-${host}` }),
  );
  const auto = ', annotations: {service.kubernetes.io/topology-mode: Auto}';

  function hints(text: { readonly distribution?: string; readonly metadata?: string }, profile = '') {
    const spec = `clusterIP: 10.96.0.5${text.distribution === undefined ? '' : `, trafficDistribution: ${text.distribution}`}`;
    const { metadata = '' } = text;
    const world = worldOf(
      [service({ spec, metadata }), cluster, ...pods].join(''),
      `input: stored\n${profile}`,
    );
    const entries = slices(world).flatMap(({ endpoints }) => endpoints);
    const counted = (names: readonly string[]) => {
      const counts: Record<string, number> = {};
      for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    };
    return {
      zones: counted(entries.flatMap(({ zoneHints }) => zoneHints)),
      nodes: counted(entries.flatMap(({ nodeHints }) => nodeHints)),
      crossing: entries.filter(({ zone, zoneHints: [hint] }) => hint !== undefined && hint !== zone).length,
    };
  }

  const none = { zones: {}, nodes: {}, crossing: 0 };
  const ownZones = { zones: { 'zone-a': 1, 'zone-b': 3, 'zone-c': 2 }, nodes: {}, crossing: 0 };
  const ownNodes = { ...ownZones, nodes: { 'node-0': 1, 'node-1': 3, 'node-2': 2 } };
  const spread = { zones: { 'zone-a': 2, 'zone-b': 2, 'zone-c': 2 }, nodes: {}, crossing: 1 };

  test.each([
    ['nothing', {}, none],
    ['PreferClose', { distribution: 'PreferClose' }, ownZones],
    ['PreferSameZone', { distribution: 'PreferSameZone' }, ownZones],
    ['PreferSameNode', { distribution: 'PreferSameNode' }, ownNodes],
    ['the annotation', { metadata: auto }, spread],
    ['both, where the annotation wins', { metadata: auto, distribution: 'PreferClose' }, spread],
  ])('by %s', (_, text, expected) => {
    expect(hints(text)).toEqual(expected);
  });

  test('by version', () => {
    expect(hints({ distribution: 'PreferSameZone' }, 'kubernetes: "1.33"')).toEqual(none);
    expect(hints({ distribution: 'PreferClose' }, 'kubernetes: "1.33"')).toEqual(ownZones);
    expect(hints({ distribution: 'PreferClose' }, 'kubernetes: "1.30"')).toEqual(none);
  });

  test('why there are none is said at the field', () => {
    const text = service({ spec: 'clusterIP: 10.96.0.5, trafficDistribution: PreferSameNode' });
    const world = worldOf(text + pod('a', ['10.1.0.1']), 'input: stored\nkubernetes: "1.33"');
    expect(world.diagnostics.map(({ code, text: said }) => [code, said])).toEqual([
      [
        'topology-hints-disabled',
        'default/web asks for topology hints and gets none: this version of Kubernetes does not know PreferSameNode',
      ],
    ]);
    expect(codesAt(world.diagnostics)).toEqual(['topology-hints-disabled manifests.yaml:5']);
  });

  test('why there are none is said at the annotation', () => {
    const world = stored(service({ metadata: auto }), pod('a', ['10.1.0.1']));
    expect(codesAt(world.diagnostics)).toEqual(['topology-hints-disabled manifests.yaml:4']);
  });

  test('a distribution that the API server does not know is reported and not heeded', () => {
    const world = stored(service({ spec: 'clusterIP: 10.96.0.5, trafficDistribution: PreferFar' }));
    expect(world.diagnostics.map(({ text }) => text)).toEqual([
      'spec.trafficDistribution: Unsupported value: "PreferFar": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ]);
  });

  test('a zone label of the profile counts for invented pods', () => {
    const nodes = ['a', 'b'].map(
      (zone) => `- {name: ${zone}, labels: {topology.kubernetes.io/zone: zone-${zone}}}`,
    );
    const deployment =
      '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}\n';
    const world = worldOf(
      service({ spec: 'trafficDistribution: PreferSameZone' }) + deployment,
      `nodes:\n${nodes.join('\n')}`,
    );
    const found = slices(world).flatMap(({ endpoints }) => endpoints);
    expect(found.map(({ node: host, zoneHints }) => `${host} ${zoneHints}`).sort()).toEqual([
      'a zone-a',
      'b zone-b',
    ]);
  });
});
