/** The cases follow kubernetes/kubernetes: pkg/controller/endpointslicemirroring/reconciler_test.go, utils_test.go. */

import { describe, expect, test } from 'vitest';
import { endpoints, type World, worldOf } from '../cluster/world.ts';

const SERVICE = `---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.5, ports: [{port: 80, name: http}]}
`;
const endpointsObject = (subsets: string, metadata = '') => `---
apiVersion: v1
kind: Endpoints
metadata: {name: web${metadata}}
subsets: ${subsets}
`;
const mirrored = (subsets: string, metadata = '') => worldOf(SERVICE + endpointsObject(subsets, metadata));
const PORT = '[{name: http, port: 8080}]';

/** `family port address…` of each slice; what is not ready in brackets. */
function slices({ control }: World): readonly string[] {
  return control.slicesOf('default/web').map(({ family, ports, endpoints: entries }) => {
    const addresses = entries.map(({ ready, addresses: [ip] }) => (ready ? ip?.text : `(${ip?.text})`));
    return [family, ports.map(({ port }) => port).join('+'), ...addresses].join(' ');
  });
}

test('one slice for each family and set of ports', () => {
  const world = mirrored(`
- {addresses: [{ip: 10.0.0.1}, {ip: "fd00::0001"}], ports: ${PORT}}
- {addresses: [{ip: 10.0.0.2}], ports: [{name: http, port: 9090}]}
- {addresses: [{ip: 10.0.0.3}], ports: ${PORT}}
`);
  expect(slices(world)).toEqual(['4 8080 10.0.0.1 10.0.0.3', '6 8080 fd00::1', '4 9090 10.0.0.2']);
});

test('labels of the object, and those that say whose and by whom', () => {
  const world = mirrored(`[{addresses: [{ip: 10.0.0.1}], ports: ${PORT}}]`, ', labels: {team: web}');
  expect(Object.fromEntries(world.control.slicesOf('default/web')[0]?.labels ?? [])).toEqual({
    team: 'web',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
  });
});

describe('conditions', () => {
  test('ready by the list; serving and terminating are not written', () => {
    const world = mirrored(
      `[{addresses: [{ip: 10.0.0.1}], notReadyAddresses: [{ip: 10.0.0.2}], ports: ${PORT}}]`,
    );
    expect(slices(world)).toEqual(['4 8080 10.0.0.1 (10.0.0.2)']);
    expect(world.control.slicesOf('default/web')[0]?.endpoints).toMatchObject([
      { ready: true, serving: true, terminating: false, zone: undefined, zoneHints: [] },
      { ready: false, serving: true, terminating: false },
    ]);
  });

  test('an address in both lists is not ready', () => {
    const world = mirrored(
      `[{addresses: [{ip: 10.0.0.1}], notReadyAddresses: [{ip: 10.0.0.1}], ports: ${PORT}}]`,
    );
    expect(slices(world)).toEqual(['4 8080 (10.0.0.1)']);
  });
});

test('of a subset 1000 addresses are taken, the ready ones first', () => {
  const list = (third: number, count: number) =>
    Array.from({ length: count }, (_, i) => `{ip: 10.${third}.${Math.floor(i / 250)}.${i % 250}}`).join(', ');
  const world = mirrored(
    `[{addresses: [${list(1, 999)}], notReadyAddresses: [${list(2, 5)}], ports: ${PORT}}]`,
  );
  const [slice, ...others] = world.control.slicesOf('default/web');
  expect(others).toEqual([]);
  expect(slice?.endpoints.length).toBe(1000);
  expect(slice?.endpoints.filter(({ ready }) => !ready).map(({ addresses: [ip] }) => ip?.text)).toEqual([
    '10.2.0.0',
  ]);
});

test.each([
  [', labels: {endpointslice.kubernetes.io/skip-mirror: "true"}', []],
  [', labels: {endpointslice.kubernetes.io/skip-mirror: "false"}', ['10.0.0.1:8080']],
  [', annotations: {control-plane.alpha.kubernetes.io/leader: "{}"}', []],
  [', annotations: {example.com/leader: "{}"}', ['10.0.0.1:8080']],
])('an object with%s is mirrored to %j', (metadata, expected) => {
  const world = mirrored(`[{addresses: [{ip: 10.0.0.1}], ports: ${PORT}}]`, metadata);
  expect(endpoints(world, 'default/web:http')).toEqual(expected);
});

test('nothing is mirrored for an object without a Service, nor without an address', () => {
  expect(worldOf(endpointsObject(`[{addresses: [{ip: 10.0.0.1}]}]`)).control.slicesOf('default/web')).toEqual(
    [],
  );
  expect(slices(mirrored(`[{addresses: [], ports: ${PORT}}]`))).toEqual([]);
});
