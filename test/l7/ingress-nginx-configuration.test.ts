/**
 * The controller's own flags and ConfigMap, as its manifests install it. Expected values: kubernetes/ingress-nginx
 * docs/user-guide/nginx-configuration/configmap.md, rootfs/etc/nginx/template/nginx.tmpl, rootfs/etc/nginx/lua/lua_ingress.lua;
 * addresses by nginx's ngx_http_realip_module with `real_ip_recursive on`.
 */

import { describe, expect, test } from 'vitest';
import { ingressTables, loadSnapshot, parseRequest, type Routing, type Snapshot } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';

const APP = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.0.77, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}}
spec: {containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
`;

const ingress = (spec: string, annotations = '') => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: default, annotations: {${annotations}}}
spec:
  ${spec}
  tls: [{hosts: [shop.example.com]}]
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;

const controller = (args: readonly string[], data: Readonly<Record<string, string>>) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:0123
        args: ${JSON.stringify(['/nginx-ingress-controller', ...args])}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: ingress-nginx}
data: ${JSON.stringify(data)}
`;

const CONFIG = '--configmap=$(POD_NAMESPACE)/settings';

function load(...texts: readonly string[]): Snapshot {
  const text = [APP, ...texts].join('');
  return loadSnapshot({ files: [{ name: 'all.yaml', text }], profile: { flags: { set: [] } } });
}

interface Asked {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peer?: string;
}

function ask(snapshot: Snapshot, asked: Asked = {}): Routing | undefined {
  const { url = 'http://shop.example.com/', headers = {}, peer } = asked;
  const request = parseRequest(url);
  const table = ingressTables(snapshot.control).tables.find((each) => each.controller === 'ingress-nginx');
  const clientIp = peer === undefined ? undefined : parseIp(peer);
  if (request === undefined) throw new Error(url);
  return table?.route({
    ...request,
    headers: new Map(Object.entries(headers)),
    ...(clientIp === undefined ? {} : { clientIp }),
  });
}

const CLASS = 'ingressClassName: nginx';

describe('flags', () => {
  test('--watch-ingress-without-class takes an Ingress that names no class', () => {
    expect(ask(load(ingress(''), controller([], {})))).toBeUndefined();
    const watching = controller(['--watch-ingress-without-class=true'], {});
    expect(ask(load(ingress(''), watching))).toMatchObject({ status: 308 });
    expect(ask(load(ingress(''), controller(['--watch-ingress-without-class'], {})))?.status).toBe(308);
    expect(
      ask(load(ingress(''), controller(['--watch-ingress-without-class', 'false'], {}))),
    ).toBeUndefined();
  });

  test('--controller-class and --ingress-class are its names', () => {
    const named = controller(['--controller-class=example.com/edge', '--ingress-class=edge'], {});
    const edge =
      '---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: e}\nspec: {controller: example.com/edge}\n';
    expect(ask(load(ingress('ingressClassName: e'), edge, named))?.status).toBe(308);
    const old = ingress('', 'kubernetes.io/ingress.class: edge');
    expect(ask(load(old, named))?.status).toBe(308);
  });

  test('--default-backend-service takes what no rule does, while it has endpoints', () => {
    const flag = (name: string) => controller([`--default-backend-service=default/${name}`], {});
    const other = { url: 'http://other.example.com/x' };
    expect(ask(load(ingress(CLASS), flag('web')), other)).toMatchObject({
      status: 200,
      backend: { service: 'default/web' },
    });
    expect(ask(load(ingress(CLASS), flag('none')), other)).toMatchObject({ status: 404 });
    expect(ask(load(ingress(CLASS)), other)).toMatchObject({ status: 404 });
  });

  test('--watch-namespace leaves the others out', () => {
    const of = (namespace: string) =>
      ask(load(ingress(CLASS), controller([`--watch-namespace=${namespace}`], {})))?.status;
    expect(of('default')).toBe(308);
    expect(of('$(POD_NAMESPACE)')).toBe(404);
  });

  test('--health-check-path is answered by the catch-all', () => {
    const snapshot = load(ingress(CLASS), controller(['--health-check-path=/live'], {}));
    expect(ask(snapshot, { url: 'http://10.0.0.1/live' })?.status).toBe(200);
    expect(ask(snapshot, { url: 'http://10.0.0.1/healthz' })?.status).toBe(404);
  });

  test('what the profile says wins', () => {
    const text = [
      APP,
      ingress(''),
      controller(['--watch-ingress-without-class=true', CONFIG], { 'use-forwarded-headers': 'true' }),
    ].join('');
    const snapshot = loadSnapshot({
      files: [{ name: 'all.yaml', text }],
      profile: { flags: { set: ['ingressController.watchIngressWithoutClass=false'] } },
    });
    expect(snapshot.cluster.profile.ingressController).toMatchObject({
      watchIngressWithoutClass: false,
      useForwardedHeaders: true,
    });
  });
});

describe('the ConfigMap', () => {
  const withConfig = (data: Readonly<Record<string, string>>, annotations = '') =>
    load(ingress(CLASS, annotations), controller([CONFIG], data));

  test('another ConfigMap is not read', () => {
    const other = load(ingress(CLASS), controller([], { 'ssl-redirect': 'false' }));
    expect(ask(other)?.status).toBe(308);
  });

  test('gives the TLS redirect, which an annotation overrides', () => {
    expect(ask(withConfig({ 'ssl-redirect': 'false' }))?.status).toBe(200);
    const asked = 'nginx.ingress.kubernetes.io/ssl-redirect: "true"';
    expect(ask(withConfig({ 'ssl-redirect': 'false' }, asked))?.status).toBe(308);
    expect(ask(withConfig({ 'http-redirect-code': '301' }))?.status).toBe(301);
    expect(ask(withConfig({ 'http-redirect-code': '303' }))?.status).toBe(308);
    expect(ask(withConfig({ 'no-tls-redirect-locations': '/.well-known,/' }))?.status).toBe(200);
  });

  test('gives service-upstream', () => {
    const routing = ask(withConfig({ 'service-upstream': 'true' }), { url: 'https://shop.example.com/' });
    expect(routing?.backend?.endpoints.map(({ ip }) => ip.text)).toEqual(['10.96.0.77']);
  });

  test.each([
    // The peer is believed, and so is whom it names, up to the first of the list.
    ['203.0.113.7, 198.51.100.2', {}, '203.0.113.7'],
    ['not an address', {}, '10.0.0.9'],
    [undefined, {}, '10.0.0.9'],
    // Only the balancer is believed: who stands last is the client.
    ['203.0.113.7, 198.51.100.2', { 'proxy-real-ip-cidr': '10.0.0.0/8' }, '198.51.100.2'],
    ['203.0.113.7', { 'proxy-real-ip-cidr': '192.0.2.0/24' }, '10.0.0.9'],
  ])('use-forwarded-headers: X-Forwarded-For %s with %j is from %s', (chain, more, client) => {
    const snapshot = withConfig({ 'use-forwarded-headers': 'true', 'ssl-redirect': 'false', ...more });
    const headers = chain === undefined ? {} : { 'x-forwarded-for': chain };
    const sent = ask(snapshot, { headers, peer: '10.0.0.9' })?.requestHeaders;
    expect(sent?.get('X-Real-IP')).toBe(client);
    expect(sent?.get('X-Forwarded-For')).toBe(client);
  });

  test('without it the header is replaced', () => {
    const headers = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'x',
    };
    const asked = { headers, peer: '10.0.0.9' };
    expect(ask(withConfig({}), asked)).toMatchObject({
      status: 308,
      redirect: 'https://shop.example.com',
    });
    const sent = ask(withConfig({ 'ssl-redirect': 'false' }), asked)?.requestHeaders;
    expect(sent?.get('X-Forwarded-For')).toBe('10.0.0.9');
    expect(sent?.get('X-Forwarded-Proto')).toBe('http');
    expect(sent?.get('Host')).toBe('shop.example.com');
  });

  test('compute-full-forwarded-for continues it; the forwarded host is the host at the backend', () => {
    const snapshot = withConfig({ 'use-forwarded-headers': 'true', 'compute-full-forwarded-for': 'true' });
    const headers = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'www.example.com',
    };
    const routing = ask(snapshot, { headers, peer: '10.0.0.9' });
    expect(routing).toMatchObject({ status: 200, rewrittenHost: 'www.example.com' });
    expect(routing?.requestHeaders?.get('X-Forwarded-For')).toBe('203.0.113.7, 10.0.0.9');
    expect(routing?.requestHeaders?.get('X-Forwarded-Host')).toBe('www.example.com');
  });

  test('lists of ranges are for Ingresses without their own', () => {
    const url = 'https://shop.example.com/';
    const guarded = withConfig({ 'whitelist-source-range': '203.0.113.0/24' });
    expect(ask(guarded, { url, peer: '10.0.0.9' })?.status).toBe(403);
    expect(ask(guarded, { url, peer: '203.0.113.7' })?.status).toBe(200);
    const own = 'nginx.ingress.kubernetes.io/whitelist-source-range: "10.0.0.0/8"';
    const open = withConfig({ 'whitelist-source-range': '203.0.113.0/24' }, own);
    expect(ask(open, { url, peer: '10.0.0.9' })?.status).toBe(200);
  });

  test('a flag that is not modelled is told with every request, unless it says what is so anyway', () => {
    const told = (flag: string) =>
      ask(load(ingress(CLASS), controller([flag], {})))?.unmodelled.map(({ text }) => text.split(' ')[0]);
    expect(told('--annotations-prefix=example.com')).toEqual(['--annotations-prefix']);
    expect(told('--enable-ssl-passthrough')).toEqual(['--enable-ssl-passthrough']);
    expect(told('--http-port=80')).toEqual([]);
    const proxied = withConfig({ 'use-proxy-protocol': 'true' });
    expect(ask(proxied)?.unmodelled).toHaveLength(1);
  });

  test('what is not modelled says so, at its line', () => {
    const { control } = withConfig({ 'use-proxy-protocol': 'true', 'http-snippet': 'x', 'use-gzip': 'true' });
    const [table] = ingressTables(control).tables;
    expect(table?.findings.map(({ code, text }) => [code, text.split(' ')[0]])).toEqual([
      ['unmodelled', 'use-proxy-protocol'],
      ['unmodelled', 'http-snippet'],
    ]);
  });
});
