/**
 * Traefik's provider of Ingresses. Expected values: traefik/traefik:pkg/provider/kubernetes/ingress/kubernetes_test.go (rules
 * and left-out routers), docs/content/reference/routing-configuration/http/routing/rules-and-priority.md (priority is the
 * length of the rule), docs/content/reference/install-configuration/providers/kubernetes/kubernetes-ingress.md (options).
 */

import { describe, expect, test } from 'vitest';
import { backendName, type RouteTable, type Routing, routeName } from '../../src/index.ts';
import { askTable, tableOfController } from './ingress-world.ts';

interface Written {
  readonly name: string;
  readonly host?: string;
  readonly paths?: readonly (readonly [path: string, type: string, service: string])[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly defaultBackend?: string;
}

const service = (name: string, spec: object = {}, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', annotations },
  spec: { clusterIP: '10.96.0.9', selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'example.com/app' }] },
});
const backend = (name: string) => ({ service: { name, port: { number: 80 } } });

function ingress({ name, host, paths, annotations = {}, defaultBackend }: Written): object {
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    `traefik.ingress.kubernetes.io/${key}`,
    value,
  ]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'default', annotations: Object.fromEntries(prefixed) },
    spec: {
      ingressClassName: 'traefik',
      ...(defaultBackend === undefined ? {} : { defaultBackend: backend(defaultBackend) }),
      ...(paths === undefined
        ? {}
        : {
            rules: [
              {
                ...(host === undefined ? {} : { host }),
                http: {
                  paths: paths.map(([path, pathType, to]) => ({ path, pathType, backend: backend(to) })),
                },
              },
            ],
          }),
    },
  };
}

const traefik = (...args: readonly string[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'traefik', namespace: 'traefik' },
  spec: {
    selector: { matchLabels: { app: 'traefik' } },
    template: {
      metadata: { labels: { app: 'traefik' } },
      spec: { containers: [{ name: 'traefik', image: 'docker.io/traefik:v3.5.0', args }] },
    },
  },
});

const APP = [service('a'), pod('a'), service('b'), pod('b'), service('empty')];

const tableOf = (...items: readonly object[]) => tableOfController('traefik', [...APP, ...items]);
const ask = (table: RouteTable, url: string, method = 'GET') =>
  askTable(table, url, { method, clientIp: '203.0.113.9' });
const to = ({ backend: found, status }: Routing) => (found === undefined ? status : backendName(found));
const HOST = 'shop.example.com';

test('rules are written as Traefik writes them, by host, in the order of their priority', () => {
  const table = tableOf(
    ingress({
      name: 'x',
      host: HOST,
      paths: [
        ['/bar', 'Prefix', 'a'],
        ['/', 'Prefix', 'b'],
        ['/e', 'Exact', 'a'],
      ],
    }),
    ingress({ name: 'w', host: '*.example.com', paths: [['/', 'Prefix', 'b']] }),
  );
  expect(table.hosts.map(({ entries }) => entries.map(({ matcher }) => matcher))).toEqual([
    ['PathPrefix("/")'],
    ['PathPrefix("/bar")', 'PathPrefix("/")', 'Path("/e")'],
  ]);
});

test('the longest rule wins, though a shorter one is exact', () => {
  const table = tableOf(
    ingress({
      name: 'x',
      host: HOST,
      paths: [
        ['/e', 'Exact', 'a'],
        ['/', 'Prefix', 'b'],
      ],
    }),
  );
  const routing = ask(table, `https://${HOST}/e`);
  expect(to(routing)).toBe('default/b:80');
  expect(routing.losers.map(({ route, reason }) => [routeName(route), reason])).toEqual([
    [`default/x ${HOST} /e Exact`, 'its rule has 38 characters, 43 win'],
  ]);
});

test('a wildcard host, whose rule is longer, wins over the exact one', () => {
  const table = tableOf(
    ingress({ name: 'x', host: HOST, paths: [['/', 'Prefix', 'a']] }),
    ingress({ name: 'w', host: '*.example.com', paths: [['/', 'Prefix', 'b']] }),
  );
  expect(to(ask(table, `https://${HOST}/`))).toBe('default/b:80');
  expect(to(ask(table, 'https://a.b.example.com/'))).toBe(404);
});

test('router.priority takes the place of the length', () => {
  const table = tableOf(
    ingress({
      name: 'x',
      host: HOST,
      paths: [['/', 'Prefix', 'a']],
      annotations: { 'router.priority': '100' },
    }),
    ingress({ name: 'y', host: HOST, paths: [['/long', 'Prefix', 'b']] }),
  );
  expect(to(ask(table, `https://${HOST}/long`))).toBe('default/a:80');
});

test('a prefix is a beginning of the text, unless strictPrefixMatching is set', () => {
  const written = ingress({ name: 'x', host: HOST, paths: [['/app', 'Prefix', 'a']] });
  const strict = traefik(
    '--providers.kubernetesingress.strictPrefixMatching=true',
    '--entryPoints.websecure.http.tls=true',
  );
  const asked = (table: RouteTable) =>
    ['/app', '/app/', '/app/x', '/apple'].map((path) => to(ask(table, `https://${HOST}${path}`)));
  const a = 'default/a:80';
  expect(asked(tableOf(written))).toEqual([a, a, a, a]);
  expect(asked(tableOf(written, strict))).toEqual([a, a, a, 404]);
});

describe('a backend that is not there', () => {
  const written = ingress({
    name: 'x',
    host: HOST,
    paths: [
      ['/', 'Prefix', 'a'],
      ['/missing', 'Prefix', 'c'],
      ['/empty', 'Prefix', 'empty'],
    ],
  });

  test('has no router: the next one takes the request', () => {
    const table = tableOf(written);
    for (const path of ['/missing', '/empty']) {
      const routing = ask(table, `https://${HOST}${path}`);
      expect(to(routing)).toBe('default/a:80');
      expect(routing.losers[0]?.reason).toContain('it has no router');
    }
  });

  test('answers 503 without endpoints where allowEmptyServices is set', () => {
    const set = ['--providers.kubernetesingress.allowEmptyServices=true', '--entrypoints.websecure.http.tls'];
    const table = tableOf(written, traefik(...set));
    expect(ask(table, `https://${HOST}/empty`).status).toBe(503);
    expect(to(ask(table, `https://${HOST}/missing`))).toBe('default/a:80');
  });

  test('answers 404 where it is the only one', () => {
    const only = ingress({ name: 'x', host: HOST, paths: [['/', 'Prefix', 'c']] });
    expect(ask(tableOf(only), `https://${HOST}/`)).toMatchObject({
      status: 404,
      reason: `default/x ${HOST} / Prefix has no router: there is no Service default/c`,
    });
  });
});

describe('default backends', () => {
  test('of an Ingress without rules come last', () => {
    const table = tableOf(
      ingress({ name: 'all', defaultBackend: 'b' }),
      ingress({ name: 'x', host: HOST, paths: [['/app', 'Prefix', 'a']] }),
    );
    expect(to(ask(table, `https://${HOST}/app`))).toBe('default/a:80');
    expect(to(ask(table, `https://${HOST}/`))).toBe('default/b:80');
    expect(to(ask(table, 'https://other.example.org/'))).toBe('default/b:80');
  });

  test('of an Ingress with rules are not used', () => {
    const written = ingress({ name: 'x', host: HOST, paths: [['/app', 'Prefix', 'a']], defaultBackend: 'b' });
    expect(to(ask(tableOf(written), `https://${HOST}/`))).toBe(404);
  });
});

describe('entry points', () => {
  const plain: Written = { name: 'x', host: HOST, paths: [['/', 'Prefix', 'a']] };
  const asked = (...items: readonly object[]) =>
    ['http', 'https'].map((scheme) => to(ask(tableOf(...items), `${scheme}://${HOST}/`)));
  const a = 'default/a:80';

  test('of the chart take both, and what an annotation says', () => {
    expect(asked(ingress(plain))).toEqual([a, a]);
    expect(asked(ingress({ ...plain, annotations: { 'router.tls': 'true' } }))).toEqual([404, a]);
    expect(asked(ingress({ ...plain, annotations: { 'router.entrypoints': 'web' } }))).toEqual([a, 404]);
    expect(asked(ingress({ ...plain, annotations: { 'router.entrypoints': 'websecure' } }))).toEqual([
      404,
      a,
    ]);
  });

  test('without TLS of their own need router.tls for https', () => {
    expect(asked(ingress(plain), traefik())).toEqual([a, 404]);
    expect(asked(ingress({ ...plain, annotations: { 'router.tls': 'true' } }), traefik())).toEqual([404, a]);
  });

  test('can redirect all of web', () => {
    const table = tableOf(ingress(plain), traefik('--entryPoints.web.http.redirections.entryPoint.to=:443'));
    expect(ask(table, `http://${HOST}/x?y=1`)).toMatchObject({
      status: 301,
      redirect: `https://${HOST}/x?y=1`,
    });
    expect(ask(table, `http://${HOST}/x`, 'POST').status).toBe(308);
  });
});

test('a path of type ImplementationSpecific is matched as the annotation says', () => {
  const matched = (pathmatcher: string, path: string) =>
    tableOf(
      ingress({
        name: 'x',
        host: HOST,
        paths: [[path, 'ImplementationSpecific', 'a']],
        annotations: { 'router.pathmatcher': pathmatcher },
      }),
    );
  expect(to(ask(matched('Path', '/p'), `https://${HOST}/p/x`))).toBe(404);
  expect(to(ask(matched('PathPrefix', '/p'), `https://${HOST}/p/x`))).toBe('default/a:80');
  expect(to(ask(matched('PathRegexp', '/[0-9]+$'), `https://${HOST}/42`))).toBe('default/a:80');
  expect(ask(matched('PathRegexp', '/(?=x)'), `https://${HOST}/x`).unmodelled[0]?.text).toContain(
    'no regular expression',
  );
});

test('a Service says how it is dialled', () => {
  const written = ingress({ name: 'x', host: HOST, paths: [['/', 'Prefix', 'n']] });
  const native = service('n', {}, { 'traefik.ingress.kubernetes.io/service.nativelb': 'true' });
  const direct = ask(tableOf(written, native, pod('n')), `https://${HOST}/`);
  expect(direct.backend?.endpoints.map(({ ip, port }) => [ip.text, port])).toEqual([['10.96.0.9', 80]]);
  const secure = service('n', {}, { 'traefik.ingress.kubernetes.io/service.serversscheme': 'https' });
  expect(ask(tableOf(written, secure, pod('n')), `https://${HOST}/`)).toMatchObject({
    backendProtocol: 'HTTPS',
    requestHeaders: new Map([
      ['X-Real-Ip', '203.0.113.9'],
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Forwarded-Host', HOST],
      ['X-Forwarded-Port', '443'],
      ['X-Forwarded-Proto', 'https'],
    ]),
  });
});

test('middlewares say that they are not modelled', () => {
  const annotations = { 'router.middlewares': 'default-strip@kubernetescrd' };
  const table = tableOf(ingress({ name: 'x', host: HOST, paths: [['/', 'Prefix', 'a']], annotations }));
  expect(ask(table, `https://${HOST}/`).unmodelled.map(({ code }) => code)).toEqual(['unmodelled']);
});
