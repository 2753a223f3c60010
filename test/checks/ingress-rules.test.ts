/** Rules about Ingresses, where one example does not show what they must tell apart. */

import { expect, test } from 'vitest';
import { ingress } from '../../src/checks/example-ingresses.ts';
import { manifests, object, service, workload } from '../../src/checks/example-manifests.ts';
import { tlsSecret } from '../../src/checks/example-secrets.ts';
import { check } from './check-text.ts';
import { found } from './found.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
const NEW = service('new', 'selector: {app: new}', 'ports: [{port: 80}]');
const tls = (host: string) => ({ host, spec: [`tls: [{hosts: ["${host}"], secretName: shop-tls}]`] });

test('a certificate for another host covers no host of tls', () => {
  const text = (host: string) => manifests(WEB, tlsSecret('shop-tls'), ingress('shop', 'web', tls(host)));
  expect(found('ingress-tls-host', text('shop.example.com'))).toEqual([]);
  expect(found('ingress-tls-host', text('shop.example.org'))).toEqual([
    'Ingress default/shop spec.tls[0].hosts[0]',
  ]);
});

test('a Secret of another type is a warning, one without a certificate an error, one without data nothing', () => {
  const severities = (secret: string) =>
    check(manifests(WEB, ingress('shop', 'web', tls('shop.example.com')), secret))
      .findings.filter(({ rule }) => rule === 'ingress-tls-secret-invalid')
      .map(({ severity }) => severity);
  expect(severities(tlsSecret('shop-tls', 'Opaque'))).toEqual(['warning']);
  expect(severities(tlsSecret('shop-tls').replace(/tls.crt: \S+,/, 'tls.crt: eA==,'))).toEqual(['error']);
  expect(severities(object('v1', 'Secret', 'shop-tls', ['type: kubernetes.io/tls']))).toEqual([]);
});

test('annotations of other controllers, misspelt ones and removed ones', () => {
  const told = (key: string, value: string) =>
    check(
      manifests(
        WEB,
        ingress('shop', 'web', { nginx: {} }).replace(
          '{name: shop}',
          `{name: shop, annotations: {${key}: "${value}"}}`,
        ),
      ),
    ).findings.filter(({ rule }) => rule === 'ingress-nginx-annotation-unknown');
  const prefix = 'nginx.ingress.kubernetes.io';
  expect(told(`${prefix}/ssl-redirct`, 'true')[0]?.help).toBe(`did you mean ${prefix}/ssl-redirect?`);
  expect(told(`${prefix}/global-rate-limit`, '5')[0]?.message).toContain('was removed');
  expect(told('ingress.kubernetes.io/ssl-redirect', 'true')[0]?.help).toBe(`write ${prefix}/ssl-redirect`);
  expect(told(`${prefix}/whitelist-source-range`, '10.0.0.0/8')).toEqual([]);
  expect(told('example.com/owner', 'shop')).toEqual([]);
});

const canary = (more: Readonly<Record<string, string>>, of: { readonly path?: string } = {}) =>
  ingress('canary', 'new', { nginx: { canary: 'true', 'canary-weight': '10', ...more }, ...of });

test('a canary of another path is without a main, and its type is no matter', () => {
  const text = manifests(WEB, NEW, ingress('shop', 'web', { nginx: {} }), canary({}, { path: '/new' }));
  expect(found('ingress-nginx-canary-without-main', text)).toHaveLength(1);
  expect(found('ingress-nginx-canary-path-type', text)).toEqual([]);
});

test('a canary that neither weight, header nor cookie chooses', () => {
  const text = (weight: string, more: Readonly<Record<string, string>> = {}) =>
    manifests(WEB, NEW, ingress('shop', 'web', { nginx: {} }), canary({ 'canary-weight': weight, ...more }));
  const rule = 'ingress-nginx-canary-weight';
  expect(found(rule, text('0'))).toHaveLength(1);
  expect(found(rule, text('0', { 'canary-by-cookie': 'beta' }))).toEqual([]);
  expect(found(rule, text('100'))).toEqual([]);
  expect(found(rule, text('101'))).toHaveLength(1);
});

test('a rule for every host beside a default backend without rules', () => {
  const all = object('networking.k8s.io/v1', 'Ingress', 'all', [
    'spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}',
  ]);
  const every = ingress('every', 'web', { host: '""', nginx: {} });
  expect(found('ingress-nginx-catch-all-conflict', manifests(WEB, all, every))).toEqual([
    'Ingress default/every spec.rules[0].http.paths[0]',
  ]);
});

const LABELS = 'app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller';
const INSTALL = [
  workload('controller', {
    namespace: 'ingress-nginx',
    labels: LABELS,
    container: ['args: [/nginx-ingress-controller, --configmap=ingress-nginx/controller]'],
  }).replace('image: controller', 'image: registry.k8s.io/ingress-nginx/controller:v1.15.1'),
  object('v1', 'Service', 'ingress-nginx/controller', [
    `spec: {type: LoadBalancer, selector: {${LABELS}}, ports: [{port: 80}]}`,
  ]),
];
const config = (data: string) => object('v1', 'ConfigMap', 'ingress-nginx/controller', [`data: {${data}}`]);

test('an allow list works where the controller is told who the client is', () => {
  const shop = ingress('shop', 'web', { nginx: { 'whitelist-source-range': '198.51.100.0/24' } });
  const text = (data: string) => manifests(WEB, shop, ...INSTALL, config(data));
  const rule = 'ingress-nginx-allowlist-source';
  expect(found(rule, text('a: b'))).toHaveLength(1);
  expect(found(rule, text('use-proxy-protocol: "true"'))).toEqual([]);
  expect(found(rule, text('use-forwarded-headers: "true"'))).toEqual([]);
  // Without the controller in the input nobody knows how clients come in.
  expect(found(rule, manifests(WEB, shop))).toEqual([]);
});

test('two Secrets for a host are no conflict in two classes', () => {
  const secured = (name: string, of: string) =>
    ingress(name, 'web', {
      path: `/${name}`,
      spec: [`ingressClassName: ${of}`, `tls: [{hosts: [shop.example.com], secretName: ${name}}]`],
    });
  const rule = 'ingress-tls-secret-conflict';
  expect(found(rule, manifests(WEB, secured('a', 'x'), secured('b', 'x')))).toHaveLength(1);
  expect(found(rule, manifests(WEB, secured('b', 'x'), secured('a', 'x')))).toEqual(
    found(rule, manifests(WEB, secured('a', 'x'), secured('b', 'x'))),
  );
  expect(found(rule, manifests(WEB, secured('a', 'x'), secured('b', 'y')))).toEqual([]);
});
