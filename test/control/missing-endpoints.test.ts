import { expect, test } from 'vitest';
import { explainNoEndpoints } from '../../src/control/missing-endpoints.ts';
import type { DiagnosticSource } from '../../src/diagnostics/diagnostic.ts';
import { lineText } from '../../src/source/file.ts';
import { locate } from '../../src/source/ref.ts';
import { servicePort, type World, worldOf, worldOfFixture } from '../cluster/world.ts';

const FILE = 'control/no-endpoints.yaml';
const world = worldOfFixture(FILE);

function explain(key: string, from: World = world) {
  const { reason, diagnostic } = explainNoEndpoints(from.control, servicePort(from, key));
  expect(diagnostic).toMatchObject({ code: reason, severity: 'error' });
  return {
    reason,
    text: diagnostic.text,
    places: diagnostic.sources.map(({ at, role, label }) => `${lineAt(at)} | ${role}: ${label}`),
    help: diagnostic.help?.map(({ text }) => text) ?? [],
  };
}

/** `9 app: api`. */
function lineAt(at: DiagnosticSource['at']): string {
  const { line } = locate(at);
  const file = 'document' in at ? at.document.file : at.file;
  return `${line} ${lineText(file, line)?.trim()}`;
}

test('a selector that nearly matches a workload', () => {
  expect(explain('shop/api')).toEqual({
    reason: 'selector-matches-no-pod',
    text: 'The selector matches 0 of 3 pods in shop:',
    places: [
      '9 app: api | primary: closest: Deployment api, app=api-server',
      '26 labels: | context: app=api-server, tier=backend',
    ],
    // Not the other way round: the Deployment selects its own pods by app: api-server.
    help: ['app: api-server'],
  });
});

test('a selector that nothing comes near', () => {
  expect(explain('shop/stranger')).toMatchObject({
    reason: 'selector-matches-no-pod',
    places: ['180 component: billing | primary: nothing in shop comes near'],
    help: [],
  });
});

test('a selector whose pods are in another namespace', () => {
  expect(explain('shop/cache')).toEqual({
    reason: 'selector-in-other-namespace',
    text: 'The selector matches no pod in shop, but in infra; a Service selects in its own namespace only:',
    places: [
      '63 app: redis | primary: matches Pod infra/redis-0',
      '73 labels: | context: app=redis, role=cache',
    ],
    help: ['move Service cache to namespace infra'],
  });
});

test('a selector whose workload has no replicas', () => {
  expect(explain('shop/sleepy')).toMatchObject({
    reason: 'selector-matches-no-pod',
    text: 'The selector matches Deployment sleepy, which has no pods in shop:',
    places: ['98 replicas: 0 | primary: no replicas', '87 selector: | context: app=sleepy'],
  });
});

test('a target port that no pod names so', () => {
  expect(explain('shop/named:http')).toEqual({
    reason: 'target-port-name-unknown',
    text: 'None of the 2 selected pods declares a TCP port named http:',
    places: [
      '50 targetPort: http | primary: pods declare web (8080/TCP), grpc (9090/TCP)',
      '34 - name: web | context: web',
      '36 - name: grpc | context: grpc',
    ],
    help: [],
  });
});

test('a target port that the pods name so for another protocol', () => {
  expect(explain('shop/named:dns')).toMatchObject({
    reason: 'target-port-name-unknown',
    text: 'None of the 2 selected pods declares a UDP port named web:',
  });
});

test('pods that are not ready', () => {
  expect(explain('shop/sick')).toEqual({
    reason: 'pods-not-ready',
    text: 'The one selected pod of shop/sick is not ready:',
    places: ['117 selector: | context: selects sick-1', '138 status: "False" | primary: sick-1: not ready'],
    help: [],
  });
});

test('pods that are on no node', () => {
  const pending = worldOf(`
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {nodeSelector: {kubernetes.io/os: windows}, containers: [{name: c, image: i}]}
`);
  expect(explain('default/s', pending)).toMatchObject({
    reason: 'pods-not-ready',
    text: 'The one selected pod of default/s is not ready (1 on no node):',
    places: [
      '5 spec: {selector: {app: a}, ports: [{port: 80}]} | primary: selects a',
      '7 apiVersion: v1 | context: a: on no node',
    ],
  });
});

test('neither selector nor slice', () => {
  expect(explain('shop/manual')).toMatchObject({
    reason: 'no-slice',
    text: 'Service shop/manual has no selector, and no EndpointSlice or Endpoints object belongs to it:',
    places: ['145 spec: | primary: no selector'],
  });
});

test('a slice whose port has another name', () => {
  expect(explain('shop/renamed:postgres')).toMatchObject({
    reason: 'no-slice',
    text: "No EndpointSlice of shop/renamed has a port named postgres (TCP); a slice's port belongs to the Service port of that name:",
    places: ['155 ports: | primary: slices have pg (TCP)'],
  });
});

test('slices of which no endpoint is ready', () => {
  const stored = worldOf(
    `
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {clusterIP: 10.96.0.5, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: s-1, labels: {kubernetes.io/service-name: s}}
addressType: IPv4
ports: [{port: 80}]
endpoints:
- {addresses: [10.1.0.1], conditions: {ready: false}}
- {addresses: [10.1.0.2], conditions: {ready: false}}
`,
    'input: stored',
  );
  expect(explain('default/s', stored)).toMatchObject({
    reason: 'pods-not-ready',
    text: 'None of the 2 endpoints of default/s is ready:',
    places: [
      '13 - {addresses: [10.1.0.1], conditions: {ready: false}} | primary: not ready',
      '14 - {addresses: [10.1.0.2], conditions: {ready: false}} | context: not ready',
    ],
  });
});
