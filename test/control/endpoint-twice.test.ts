/**
 * One address in two slices. Expected: kubernetes/kubernetes:pkg/proxy/endpointslicecache.go addEndpoints at v1.35.4
 * (`!exists || isLocal`) and at v1.37.2 (`!exists || !terminating`).
 */

import { expect, test } from 'vitest';
import { categorizeEndpoints } from '../../src/control/usable-endpoints.ts';
import { servicePort, worldOf } from '../cluster/world.ts';

const slice = (name: string, node: string, conditions: string) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.1.5], nodeName: ${node}, conditions: {${conditions}}}]
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}
`;
const ENDING = 'ready: false, serving: true, terminating: true';
const RUNNING = 'ready: true, serving: true, terminating: false';

/** On each node, the node and state of the entry that it uses. */
function used(kubernetes: string, slices: string) {
  const port = servicePort(worldOf(SERVICE + slices, `kubernetes: "${kubernetes}"`), 'default/web');
  return ['a', 'b', 'c'].map((name) => {
    const { allReachable } = categorizeEndpoints(port, { name, labels: new Map() }, 4);
    return allReachable?.map(({ node, terminating }) => `${node} ${terminating ? 'terminating' : 'running'}`);
  });
}

test.each([
  ['ending first', slice('x', 'a', ENDING) + slice('z', 'b', RUNNING)],
  ['running first', slice('x', 'b', RUNNING) + slice('z', 'a', ENDING)],
])('%s: since 1.36 the running one counts everywhere; before, a node takes its own entry', (_, slices) => {
  expect(used('1.36', slices)).toEqual([['b running'], ['b running'], ['b running']]);
  expect(used('1.35', slices)).toEqual([['a terminating'], ['b running'], ['b running']]);
});

test('two entries on one node are one endpoint, whatever the version', () => {
  const slices = slice('x', 'a', ENDING) + slice('z', 'a', RUNNING);
  for (const version of ['1.35', '1.36']) {
    expect(used(version, slices)).toEqual([['a running'], ['a running'], ['a running']]);
  }
});
