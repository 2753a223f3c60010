/** Rules about the Gateway API, where one example does not show what they must tell apart. */

import { expect, test } from 'vitest';
import {
  backendTlsPolicy,
  gateway,
  gatewayObject,
  httpRoute,
  WEB_REFS,
  WEB_SERVICE,
} from '../../src/checks/example-gateways.ts';
import { manifests, object, service, workload } from '../../src/checks/example-manifests.ts';
import { tlsSecret } from '../../src/checks/example-secrets.ts';
import { check } from './check-text.ts';
import { found } from './found.ts';

const API = service('api', 'selector: {app: api}', 'ports: [{port: 80}]');
const OTHER = { ...WEB_REFS, backends: '{name: api, port: 80}' };

test('that a route gets nothing is told below the tie that is why', () => {
  const text = manifests(gateway('edge'), WEB_SERVICE, API, httpRoute('a', WEB_REFS), httpRoute('b', OTHER));
  const { findings } = check(text, { set: ['check.rules.gateway-route-shadowed=on'] });
  const tie = findings.find(({ rule }) => rule === 'gateway-tie-by-age');
  expect(tie).toMatchObject({ object: 'HTTPRoute default/b' });
  expect(tie?.related.map(({ role }) => role)).toContain('effect');
  expect(findings.filter(({ rule }) => rule === 'gateway-route-shadowed')).toEqual([]);
});

test.each([
  ['ConfigMap', '', 'error'],
  ['HTTPRoute', 'gateway.networking.k8s.io', 'error'],
  ['Bucket', 'example.com', 'warning'],
])(
  'a backend of kind %s in group %j: whether it is one the implementation says, if the group is its own',
  (kind, group, severity) => {
    const backends = `{kind: ${kind}, group: "${group}", name: web}`;
    const text = manifests(gateway('edge'), WEB_SERVICE, httpRoute('web', { ...WEB_REFS, backends }));
    const hits = check(text).findings.filter(({ rule }) => rule === 'gateway-kind');
    expect(hits.map((hit) => hit.severity)).toEqual([severity]);
  },
);

test('two routes that lead to the same backends are no tie', () => {
  const text = manifests(gateway('edge'), WEB_SERVICE, httpRoute('a', WEB_REFS), httpRoute('b', WEB_REFS));
  expect(found('gateway-tie-by-age', text)).toEqual([]);
});

test('a Service that selects nothing is told, and the route that leads there below it', () => {
  const text = manifests(gateway('edge'), WEB_SERVICE, workload('api'), httpRoute('web', WEB_REFS));
  const { findings } = check(text);
  const cause = findings.find(({ rule }) => rule === 'service-no-backends');
  expect(cause?.related.find(({ role }) => role === 'effect')?.object).toBe('HTTPRoute default/web');
  expect(findings.filter(({ rule }) => rule === 'gateway-no-endpoints')).toEqual([]);
});

const EDGE = gateway(
  'edge',
  '{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web-tls}]}}',
);
const redirect = (parent: string, to: string) =>
  gatewayObject(
    'HTTPRoute',
    'redirect',
    `parentRefs: [{name: edge, sectionName: ${parent}}], hostnames: [shop.example.com], rules: [{filters: [{type: RequestRedirect, requestRedirect: {${to}}}]}]`,
  );

test.each([
  ['https', 'scheme: https', 1],
  ['https', 'scheme: https, hostname: shop.example.com', 1],
  ['https', 'scheme: https, hostname: www.example.com', 0],
  ['https', 'path: {type: ReplaceFullPath, replaceFullPath: /new}', 0],
  ['https', 'statusCode: 301', 1],
  ['http', 'scheme: https', 0],
  ['http', 'scheme: http', 1],
])('at listener %s a redirect to {%s} leads to itself: %i', (parent, to, count) => {
  expect(found('gateway-redirect-loop', manifests(EDGE, redirect(parent, to)))).toHaveLength(count);
});

test('what a definition of the input serves is no old version', () => {
  const route = gatewayObject(
    'TCPRoute',
    'db',
    'rules: [{backendRefs: [{name: db, port: 5432}]}]',
    'v1alpha2',
  );
  const crd = object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'tcproutes.gateway.networking.k8s.io',
    [
      'spec: {group: gateway.networking.k8s.io, names: {kind: TCPRoute}, versions: [{name: v1alpha2, served: true}]}',
    ],
  );
  expect(found('gateway-version', route)).toEqual(['TCPRoute default/db apiVersion']);
  expect(found('gateway-version', manifests(route, crd))).toEqual([]);
});

test('a certificate that somebody issues is not missed', () => {
  const text = (annotations: string) =>
    manifests(
      tlsSecret('other-tls'),
      EDGE.replace('{name: edge}', `{name: edge, annotations: {${annotations}}}`),
    );
  expect(found('gateway-cert-missing', text('a: b'))).toHaveLength(1);
  expect(found('gateway-cert-missing', text('cert-manager.io/issuer: letsencrypt'))).toEqual([]);
});

test('a Secret of another type serves nothing', () => {
  expect(found('gateway-cert-missing', manifests(tlsSecret('web-tls', 'Opaque'), EDGE))).toEqual([
    'Gateway default/edge spec.listeners[1].tls.certificateRefs[0]',
  ]);
});

test('a policy for another port leaves the one of TLS plain', () => {
  const tls = service(
    'web',
    'selector: {app: web}',
    'ports: [{name: https, port: 443}, {name: admin, port: 444}]',
  );
  const text = (section: string) =>
    manifests(
      gateway('edge'),
      tls,
      httpRoute('web', { parent: '{name: edge}', backends: '{name: web, port: 443}' }),
      backendTlsPolicy('web', `sectionName: ${section}`),
    );
  expect(found('gateway-tls-backend-plain', text('admin'))).toHaveLength(1);
  expect(found('gateway-tls-backend-plain', text('https'))).toEqual([]);
});
