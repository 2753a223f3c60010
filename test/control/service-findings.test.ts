/**
 * Services that somebody got wrong: the answer is defined all the same (by the rules of kube-proxy and the
 * API server), and a finding stands at the field.
 */

import { describe, expect, test } from 'vitest';
import { serviceFindings } from '../../src/control/service-findings.ts';
import { loadSnapshot, proxyVerdict, type Snapshot } from '../../src/index.ts';
import { locate, printPath } from '../../src/source/ref.ts';

const NODES = `apiVersion: k8snet.dev/v1
kind: Profile
cni: {name: flannel}
nodes:
- {name: node-a, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24]}
- {name: node-b, addresses: [10.0.0.12], podCIDRs: [10.244.2.0/24]}
`;

const pod = (name: string, ports: string, more = '') => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}}
spec: {nodeName: node-a, ${more}containers: [{name: web, ports: [${ports}]}]}
status: {podIP: 10.244.1.${name.length + 4}}
`;

const service = (name: string, spec: string, more = '') => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: ${spec}
${more}`;

function read(...documents: readonly string[]): Snapshot {
  return loadSnapshot({
    files: [{ name: 'web.yaml', text: documents.join('') }],
    profile: { file: { name: 'k8snet.yaml', text: NODES }, flags: { set: [] } },
  });
}

/** `code severity Kind-relative path @line`, for each place the first source. */
function findings(snapshot: Snapshot, name = 'web'): readonly string[] {
  const found = snapshot.control.serviceByKey.get(`default/${name}`);
  if (found === undefined) throw new Error(`no Service ${name}`);
  return serviceFindings(snapshot.control, found).map(({ diagnostic: { code, severity, sources } }) => {
    const at = sources[0]?.at;
    if (at === undefined || !('document' in at)) return `${code} ${severity}`;
    return `${code} ${severity} ${printPath(at.path)}`;
  });
}

const verdict = (snapshot: Snapshot, destination: string, port: number, node = 'node-a') =>
  proxyVerdict(snapshot, { node, source: '203.0.113.9', destination, port, protocol: 'tcp' });

describe('node ports', () => {
  const both = [
    pod('web', '{containerPort: 80}'),
    service('a', '{type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}'),
    service('b', '{type: NodePort, selector: {app: web}, ports: [{port: 81, nodePort: 30080}]}'),
  ];

  test('two Services with one: the API server refuses the second, which is left without', () => {
    const { cluster, diagnostics } = read(...both);
    expect(cluster.services.filter(({ origin }) => origin).map(({ nodePorts }) => nodePorts)).toEqual([
      [30080],
      [undefined],
    ]);
    const [conflict] = diagnostics.filter(({ code }) => code === 'service-node-port-conflict');
    expect(conflict?.severity).toBe('error');
    expect(conflict?.sources.map(({ at }) => 'document' in at && locate(at).line)).toEqual([16, 11]);
  });

  test('for two protocols one number will do', () => {
    const { diagnostics } = read(
      service('a', '{type: NodePort, ports: [{port: 53, nodePort: 30053}]}'),
      service('b', '{type: NodePort, ports: [{port: 53, nodePort: 30053, protocol: UDP}]}'),
    );
    expect(diagnostics).toEqual([]);
  });

  test('equal to a host port: a warning at the host port, with the node port', () => {
    const snapshot = read(
      pod('web', '{containerPort: 80}'),
      pod('other', '{containerPort: 9000, hostPort: 30080}').replace('app: web', 'app: other'),
      service('web', '{type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}'),
    );
    expect(findings(snapshot)).toEqual(['host-port-shadowed warning spec.containers[0].ports[0].hostPort']);
    expect(verdict(snapshot, '10.0.0.11', 30080).backends).toEqual(['10.244.1.7:80']);
  });
});

test('one external address and port of two Services: the first in the order of names wins', () => {
  const spec = '{selector: {app: web}, externalIPs: [198.51.100.9], ports: [{port: 80, targetPort: TARGET}]}';
  const snapshot = read(
    pod('web', '{containerPort: 80}'),
    service('web', spec.replace('TARGET', '81')),
    service('rival', spec.replace('TARGET', '82')),
  );
  expect(findings(snapshot)).toEqual(['service-external-ip-conflict warning spec.externalIPs']);
  expect(verdict(snapshot, '198.51.100.9', 80).backends).toEqual(['10.244.1.7:82']);
});

test('type LoadBalancer without status: pending, reached by its node port alone', () => {
  const spec = '{type: LoadBalancer, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}';
  const snapshot = read(pod('web', '{containerPort: 80}'), service('web', spec));
  expect(findings(snapshot)).toEqual(['load-balancer-pending info spec.type']);
  expect(verdict(snapshot, '10.0.0.12', 30080, 'node-b').verdict).toBe('accept');
});

describe('endpoints', () => {
  test('no selector and no slice: refused', () => {
    const snapshot = read(service('web', '{clusterIP: 10.96.0.50, ports: [{port: 80}]}'));
    expect(findings(snapshot)).toEqual(['no-slice error spec']);
    expect(verdict(snapshot, '10.96.0.50', 80).verdict).toBe('reject');
  });

  test('a slice whose port has another name: refused, and the port is pointed at', () => {
    const slice = `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: https, port: 8443}]
endpoints: [{addresses: [10.244.1.9]}]
`;
    const spec = '{clusterIP: 10.96.0.50, ports: [{name: http, port: 80}]}';
    const snapshot = read(service('web', spec), slice);
    expect(findings(snapshot)).toEqual([
      'no-slice error spec.ports',
      'endpoints-port-name error endpoints[0]',
    ]);
    expect(verdict(snapshot, '10.96.0.50', 80).verdict).toBe('reject');
  });

  test('a target port that some pods lack: the others get everything', () => {
    const snapshot = read(
      pod('web', '{name: http, containerPort: 80}'),
      pod('old', '{containerPort: 80}'),
      service('web', '{clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80, targetPort: http}]}'),
    );
    expect(findings(snapshot)).toEqual(['service-target-port-partial warning spec.ports[0].targetPort']);
    expect(verdict(snapshot, '10.96.0.50', 80).backends).toEqual(['10.244.1.7:80']);
  });

  test('a target port that no pod has: refused', () => {
    const snapshot = read(
      pod('web', '{containerPort: 80}'),
      service('web', '{clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80, targetPort: http}]}'),
    );
    expect(findings(snapshot)[0]).toMatch(/^target-port-name-unknown error/);
    expect(verdict(snapshot, '10.96.0.50', 80).verdict).toBe('reject');
  });

  test('policy Local and a node without an endpoint: that node drops', () => {
    const spec =
      '{type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}';
    const snapshot = read(pod('web', '{containerPort: 80}'), service('web', spec));
    expect(findings(snapshot)).toEqual(['service-local-policy-gap warning spec.externalTrafficPolicy']);
    expect(verdict(snapshot, '10.0.0.11', 30080).verdict).toBe('accept');
    expect(verdict(snapshot, '10.0.0.12', 30080, 'node-b').verdict).toBe('drop');
  });
});

test('a Service that is right has none', () => {
  const snapshot = read(
    pod('web', '{containerPort: 80}'),
    service('web', '{selector: {app: web}, ports: [{port: 80}]}'),
  );
  expect(findings(snapshot)).toEqual([]);
});
