/** What a proxy sees of a Service: kubernetes/kubernetes:pkg/proxy/serviceport.go, pkg/proxy/util. */

import { describe, expect, test } from 'vitest';
import { ip, servicePort, worldOf } from '../cluster/world.ts';

const service = (spec: string, { name = 'web', metadata = '', status = '' } = {}) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}${metadata}}
spec: {${spec}}
status: {${status}}
`;
const keys = (text: string, profile = '') =>
  worldOf(text, profile)
    .control.servicePorts.map(({ key }) => key)
    .filter((key) => key.startsWith('default/web'));

describe('Services that a proxy skips', () => {
  test.each([
    ['headless', service('clusterIP: None, ports: [{port: 80}]')],
    ['ExternalName', service('type: ExternalName, externalName: a.example, ports: [{port: 80}]')],
    [
      'another proxy',
      service('ports: [{port: 80}]', {
        metadata: ', labels: {service.kubernetes.io/service-proxy-name: ""}',
      }),
    ],
  ])('%s', (_, text) => {
    expect(keys(text)).toEqual([]);
  });

  test('stored without an address', () => {
    expect(keys(service('clusterIP: "", ports: [{port: 80}]'), 'input: stored')).toEqual([]);
  });
});

test('keys carry the port’s name if it has one, and are in order', () => {
  const text =
    service('ports: [{name: http, port: 80}, {name: admin, port: 81}]') +
    service('ports: [{port: 80}]', { name: 'web-2' });
  expect(keys(text)).toEqual(['default/web-2', 'default/web:admin', 'default/web:http']);
});

test.each([
  ['type: LoadBalancer', true],
  ['type: NodePort', true],
  ['externalIPs: [192.0.2.1]', true],
  ['type: ClusterIP', false],
])('%s is externally accessible: %s', (spec, expected) => {
  expect(
    servicePort(worldOf(service(`${spec}, ports: [{port: 80}]`)), 'default/web').externallyAccessible,
  ).toBe(expected);
});

test('addresses of a load balancer count unless it is a proxy or a name', () => {
  const status =
    'loadBalancer: {ingress: [{ip: 198.51.100.1}, {ip: 198.51.100.2, ipMode: Proxy}, {hostname: lb.example}, {ip: 198.51.100.3, ipMode: VIP}]}';
  const world = worldOf(
    service('type: LoadBalancer, loadBalancerSourceRanges: [" 10.0.0.0/8 "], ports: [{port: 80}]', {
      status,
    }),
  );
  const found = servicePort(world, 'default/web');
  expect(found.loadBalancerVips.map(({ text }) => text)).toEqual(['198.51.100.1', '198.51.100.3']);
  expect(found.loadBalancerSourceRanges.map(({ text }) => text)).toEqual(['10.0.0.0/8']);
});

test('the health check port counts for a load balancer with policy Local only', () => {
  const portOf = (spec: string) =>
    servicePort(
      worldOf(service(`${spec}, healthCheckNodePort: 32000, ports: [{port: 80}]`), 'input: stored'),
      'default/web',
    ).healthCheckNodePort;
  expect(portOf('clusterIP: 10.96.0.5, type: LoadBalancer, externalTrafficPolicy: Local')).toBe(32000);
  expect(portOf('clusterIP: 10.96.0.5, type: LoadBalancer, externalTrafficPolicy: Cluster')).toBeUndefined();
  expect(portOf('clusterIP: 10.96.0.5, type: NodePort, externalTrafficPolicy: Local')).toBeUndefined();
});

test('policies and affinity as written, else the API’s defaults', () => {
  const found = servicePort(
    worldOf(service('internalTrafficPolicy: Local, sessionAffinity: ClientIP, ports: [{port: 80}]')),
    'default/web',
  );
  expect(found).toMatchObject({
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Cluster',
    sessionAffinitySeconds: 10800,
  });
  const plain = servicePort(worldOf(service('ports: [{port: 80}]')), 'default/web');
  expect(plain).toMatchObject({ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' });
  expect(plain.sessionAffinitySeconds).toBeUndefined();
});

test('Service ports are found by each of their addresses', () => {
  const status = 'loadBalancer: {ingress: [{ip: 198.51.100.1}]}';
  const { control } = worldOf(
    service(
      'type: LoadBalancer, clusterIP: 10.96.0.5, externalIPs: [192.0.2.1], ports: [{name: a, port: 80}, {name: b, port: 81}]',
      { status },
    ) + service('clusterIP: 10.96.0.6, externalIPs: [192.0.2.1], ports: [{port: 82}]', { name: 'web-2' }),
  );
  const at = (text: string) => control.servicePortsAt(ip(text)).map(({ key }) => key);
  expect(at('10.96.0.5')).toEqual(['default/web:a', 'default/web:b']);
  expect(at('198.51.100.1')).toEqual(['default/web:a', 'default/web:b']);
  expect(at('192.0.2.1')).toEqual(['default/web-2', 'default/web:a', 'default/web:b']);
  expect(at('10.96.0.7')).toEqual([]);
  expect(control.servicePortsOf('default/web').map(({ portName }) => portName)).toEqual(['a', 'b']);
});
