/** Rules about Istio, where one example does not show what they must tell apart. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { manifests, object, service, workload } from '../../src/checks/example-manifests.ts';
import { destinationRule, istioObject, VERSIONS, virtualService } from '../../src/checks/example-meshes.ts';
import { namespace } from '../../src/checks/example-policies.ts';
import { check } from './check-text.ts';
import { found } from './found.ts';

const sidecar = (name: string, ...spec: readonly string[]) =>
  istioObject('networking', 'Sidecar', name, [...spec, 'egress: [{hosts: ["./*"]}]']);

test('a Sidecar for some pods and one for the whole namespace are no conflict', () => {
  const web = workload('web');
  const some = sidecar('some', 'workloadSelector: {labels: {app: web}}');
  const rule = 'istio-sidecar-conflict';
  expect(found(rule, manifests(web, some, sidecar('all')))).toEqual([]);
  expect(found(rule, manifests(web, sidecar('b'), sidecar('a')))).toEqual(['Sidecar default/b spec']);
});

test('what a Sidecar does not import goes past the mesh, or is refused', () => {
  const text = (mode: string) =>
    manifests(
      namespace('default', 'istio-injection: enabled'),
      workload('web', { container: ['env: [{name: DB_URL, value: "http://db.data:8080"}]'] }),
      service('data/db', 'selector: {app: db}', 'ports: [{name: http, port: 8080}]'),
      sidecar('default', ...(mode === '' ? [] : [`outboundTrafficPolicy: {mode: ${mode}}`])),
    );
  const messageOf = (mode: string) =>
    check(text(mode), { set: ['check.rules.istio-sidecar-scope=on'] }).findings.find(
      ({ rule }) => rule === 'istio-sidecar-scope',
    )?.message;
  expect(messageOf('')).toContain('goes past the mesh');
  expect(messageOf('REGISTRY_ONLY')).toContain('is refused');
});

test.each([
  ['/api', '/', true],
  ['/api/', '/', false],
  ['/api/', '/v1', true],
  ['/api', '/v1', false],
  ['/', '/v1/', false],
])('prefix %s with rewrite %s makes bad paths: %s', (prefix, uri, isBad) => {
  const rules = `http: [{match: [{uri: {prefix: ${prefix}}}], rewrite: {uri: ${uri}}, route: [{destination: {host: my-service}}]}]`;
  const text = manifests(VERSIONS, virtualService('web', 'hosts: [my-service]', rules));
  expect(found('istio-rewrite-slash', text)).toHaveLength(isBad ? 1 : 0);
});

test('a subset without pods is told at the subset, and the share that it loses below it', () => {
  const text = manifests(
    VERSIONS,
    destinationRule(
      'web',
      'host: my-service',
      'subsets: [{name: v1, labels: {version: v1}}, {name: v3, labels: {version: v3}}]',
    ),
    virtualService(
      'web',
      'hosts: [my-service]',
      'http: [{route: [{destination: {host: my-service, subset: v1}, weight: 75}, {destination: {host: my-service, subset: v3}, weight: 25}]}]',
    ),
  );
  const { findings } = check(text);
  const cause = findings.find(({ rule }) => rule === 'istio-subset-empty');
  expect(cause?.related.find(({ role }) => role === 'effect')?.message).toContain('25 %');
  expect(findings.map(({ rule }) => rule)).not.toContain('istio-weight-empty');
});

test('plain HTTP servers of two Gateways are one, those of TLS are not', () => {
  const shop = (name: string, port: string) =>
    istioObject('networking', 'Gateway', name, [
      'selector: {istio: ingressgateway}',
      `servers: [{port: {${port}}, hosts: [shop.example.com], ${port.includes('HTTPS') ? 'tls: {mode: SIMPLE, credentialName: c}' : ''}}]`,
    ]);
  const both = (port: string) => found('istio-gateway-conflict', manifests(shop('b', port), shop('a', port)));
  expect(both('number: 80, name: http, protocol: HTTP')).toEqual([]);
  expect(both('number: 443, name: https, protocol: HTTPS')).toEqual([
    'Gateway default/b spec.servers[0].hosts[0]',
  ]);
});

test('annotations with ports that are none', () => {
  const text = (value: string) =>
    workload('web').replace(
      'metadata: {labels: {app: web}}',
      `metadata: {labels: {app: web}, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "${value}"}}`,
    );
  expect(found('istio-annotation', text('3306,mysql'))).toHaveLength(1);
  expect(found('istio-annotation', text('3306, 5432'))).toEqual([]);
  expect(found('istio-annotation', text('*'))).toEqual([]);
});

test.each([
  ['{uri: {prefix: /}}', '', true],
  ['{uri: {regex: "/.*"}}', '', false],
  ['{uri: {prefix: /}}', 'match: [{uri: {prefix: /api}, ignoreUriCase: true}], ', true],
  ['{uri: {prefix: /api}}', 'match: [{uri: {prefix: /api}, ignoreUriCase: true}], ', false],
  ['{uri: {prefix: /}, method: {exact: GET}}', '', false],
  ['{uri: {prefix: /api}, port: 80}', 'match: [{uri: {exact: /api/v1}, port: 80}], ', true],
])('a rule behind one that matches %s (its own: %s) is hidden: %s', (first, second, isHidden) => {
  const to = 'route: [{destination: {host: my-service}}]';
  const rules = `http: [{match: [${first}], ${to}}, {${second}${to}}]`;
  const text = manifests(VERSIONS, virtualService('web', 'hosts: [my-service]', rules));
  expect(found('istio-route-unreachable', text)).toHaveLength(isHidden ? 1 : 0);
});

test('a VirtualService with rules of TLS alone keeps none of HTTP from its host', () => {
  const tls =
    'tls: [{match: [{port: 443, sniHosts: [my-service]}], route: [{destination: {host: my-service}}]}]';
  const http = 'http: [{route: [{destination: {host: my-service}}]}]';
  const two = (first: string) =>
    manifests(
      VERSIONS,
      virtualService('a', 'hosts: [my-service]', first),
      virtualService('b', 'hosts: [my-service]', http),
    );
  expect(found('istio-virtualservice-conflict', two(tls))).toEqual([]);
  expect(found('istio-virtualservice-conflict', two(http))).toHaveLength(1);
});

const WAYPOINT = readFileSync('fixtures/trace/waypoint/manifests/waypoint.yaml', 'utf8');

test("a waypoint's Gateway is in order: HBONE, without routes, of a class and with pods that istiod makes", () => {
  const names = check(WAYPOINT).findings.map(({ rule }) => rule);
  for (const rule of [
    'gateway-listener-invalid',
    'gateway-listener-no-routes',
    'gateway-class-unknown',
    'netpol-peer-matches-nothing',
    'netpol-port-unlisted',
    'istio-no-proxy',
  ]) {
    expect(names, rule).not.toContain(rule);
  }
});

test('in ambient mode rules of a VirtualService need a waypoint', () => {
  const text = (labels: string) =>
    manifests(
      namespace('default', `istio.io/dataplane-mode: ambient${labels}`),
      workload('my'),
      service('my-service', 'selector: {app: my}', 'ports: [{name: http, port: 80}]'),
      virtualService('web', 'hosts: [my-service]', 'http: [{route: [{destination: {host: my-service}}]}]'),
      object('gateway.networking.k8s.io/v1', 'Gateway', 'waypoint', [
        'spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}',
      ]),
    );
  expect(found('istio-no-proxy', text(''))).toEqual(['VirtualService default/web spec']);
  expect(found('istio-no-proxy', text(', istio.io/use-waypoint: waypoint'))).toEqual([]);
});
