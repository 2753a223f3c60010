/**
 * The AWS Load Balancer Controller. Expected values: kubernetes-sigs/aws-load-balancer-controller:pkg/ingress/
 * model_build_listener_rules_test.go (order and patterns), docs/guide/ingress/annotations.md (groups, listeners, targets).
 */

import { describe, expect, test } from 'vitest';
import { backendName, type Routing } from '../../src/index.ts';
import { askTable, tableOfController } from './ingress-world.ts';

type Path = readonly [path: string, type: string, service: string];

const service = (name: string, type = 'NodePort') => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type, selector: { app: name }, ports: [{ port: 80 }] },
});
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'example.com/app' }] },
});

function ingress(name: string, host: string, paths: readonly Path[], annotations: object = {}): object {
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    `alb.ingress.kubernetes.io/${key}`,
    value,
  ]);
  const http = {
    paths: paths.map(([path, pathType, to]) => ({
      path,
      pathType,
      backend: { service: { name: to, port: { number: 80 } } },
    })),
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'default', annotations: Object.fromEntries(prefixed) },
    spec: { ingressClassName: 'alb', rules: [host === '' ? { http } : { host, http }] },
  };
}

const APP = [service('a'), pod('a'), service('b'), pod('b'), service('empty')];

const tableOf = (...items: readonly object[]) => tableOfController('aws-alb', [...APP, ...items]);
const ask = askTable;
const to = ({ backend, status }: Routing) => (backend === undefined ? status : backendName(backend));
const HOST = 'shop.example.com';
const [A, B] = ['default/a:80', 'default/b:80'];

test('exact paths, then prefixes by length, then the rest as they stand', () => {
  const table = tableOf(
    ingress('x', HOST, [
      ['/*', 'ImplementationSpecific', 'a'],
      ['/p', 'Prefix', 'a'],
      ['/p/long', 'Prefix', 'b'],
      ['/p/long/e', 'Exact', 'a'],
    ]),
  );
  expect(table.hosts[0]?.entries.map(({ matcher }) => matcher)).toEqual([
    '/p/long/e',
    '/p/long, /p/long/*',
    '/p, /p/*',
    '/*',
  ]);
  const answers = ['/p/long/e', '/p/long/x', '/p', '/p/', '/px'].map((path) =>
    to(ask(table, `http://${HOST}${path}`)),
  );
  expect(answers).toEqual([A, B, A, A, A]);
});

test('rules of a group are tried in the order of group.order, whatever is more specific', () => {
  const group = { 'group.name': 'shared' };
  const broad = (order: string) =>
    ingress('z', '', [['/', 'Prefix', 'a']], { ...group, 'group.order': order });
  const narrow = ingress('m', HOST, [['/api', 'Prefix', 'b']], { ...group, 'group.order': '10' });
  expect(to(ask(tableOf(broad('-1'), narrow), `http://${HOST}/api`))).toBe(A);
  expect(to(ask(tableOf(broad('20'), narrow), `http://${HOST}/api`))).toBe(B);
});

test('Ingresses without a group have a load balancer each: a host goes to the one that has it', () => {
  const table = tableOf(
    ingress('all', '', [['/', 'Prefix', 'a']]),
    ingress('shop', '*.example.com', [['/api', 'Prefix', 'b']]),
  );
  expect(to(ask(table, `http://${HOST}/api`))).toBe(B);
  expect(to(ask(table, `http://${HOST}/`))).toBe(404);
  expect(to(ask(table, 'http://other.example.org/api'))).toBe(A);
});

test('a backend that is not there, or has no endpoint, is 503', () => {
  const table = tableOf(
    ingress('x', HOST, [
      ['/m', 'Prefix', 'missing'],
      ['/e', 'Prefix', 'empty'],
      ['/', 'Prefix', 'a'],
    ]),
  );
  expect(['/m', '/e', '/'].map((path) => to(ask(table, `http://${HOST}${path}`)))).toEqual([503, 503, A]);
});

test('listeners and the redirect', () => {
  const both = { 'listen-ports': '[{"HTTP": 80}, {"HTTPS":443}]' };
  const paths: readonly Path[] = [['/', 'Prefix', 'a']];
  const asked = (annotations: object) => {
    const table = tableOf(ingress('x', HOST, paths, annotations));
    return ['http', 'https'].map((scheme) => to(ask(table, `${scheme}://${HOST}/x?q=1`)));
  };
  expect(asked({})).toEqual([A, 0]);
  expect(asked({ 'certificate-arn': 'arn:aws:acm:x' })).toEqual([0, A]);
  expect(asked(both)).toEqual([A, A]);
  const redirecting = tableOf(ingress('x', HOST, paths, { ...both, 'ssl-redirect': '443' }));
  expect(ask(redirecting, `http://${HOST}/x?q=1`)).toMatchObject({
    status: 301,
    redirect: `https://${HOST}:443/x?q=1`,
  });
});

test('a Service without node ports is refused where targets are nodes', () => {
  const paths: readonly Path[] = [['/', 'Prefix', 'c']];
  const refusals = (annotations: object) =>
    tableOf(service('c', 'ClusterIP'), pod('c'), ingress('x', HOST, paths, annotations)).refusals.map(
      ({ text }) => text,
    );
  expect(refusals({})).toEqual([expect.stringContaining('Service default/c of type ClusterIP has none')]);
  expect(refusals({ 'target-type': 'ip' })).toEqual([]);
});

test('conditions say that they are not modelled', () => {
  const table = tableOf(ingress('x', HOST, [['/', 'Prefix', 'a']], { 'conditions.a': '[]' }));
  expect(ask(table, `http://${HOST}/`).unmodelled[0]?.text).toContain('conditions.a is not modelled');
});

// docs/guide/ingress/annotations.md `actions.${action-name}`.
describe('actions', () => {
  const both = { 'listen-ports': '[{"HTTP": 80}, {"HTTPS":443}]' };
  const acting = (action: string | undefined, annotations: object = both) => {
    const item = ingress('x', HOST, [['/api', 'Prefix', 'a']], {
      ...annotations,
      ...(action === undefined ? {} : { 'actions.act': action }),
    }) as { spec: { rules: { http: { paths: object[] } }[] } };
    item.spec.rules[0]?.http.paths.push({
      path: '/',
      pathType: 'Prefix',
      backend: { service: { name: 'act', port: { name: 'use-annotation' } } },
    });
    return tableOf(item);
  };
  const answer = (action: string | undefined, url = `http://${HOST}/x?q=1`) => {
    const { status, redirect, backend, weights } = ask(acting(action), url);
    return [status, redirect, backend === undefined ? undefined : backendName(backend), weights];
  };

  test('a redirect to https is no rule at the listener of https', () => {
    const text =
      '{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}';
    expect(answer(text).slice(0, 2)).toEqual([301, `https://${HOST}:443/x?q=1`]);
    expect(answer(text, `https://${HOST}/x`)[0]).toBe(404);
    expect(answer(text, `https://${HOST}/api`)[2]).toBe(A);
  });

  test('parts of a redirect are those of the request unless they are written', () => {
    const text =
      '{"type":"redirect","redirectConfig":{"host":"new.example","path":"/old/#{path}","query":"#{query}&x=1","statusCode":"HTTP_302"}}';
    expect(answer(text).slice(0, 2)).toEqual([302, 'http://new.example:80/old/x?q=1&x=1']);
  });

  test('a fixed response is no Service that is missing', () => {
    const table = acting(
      '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"418"}}',
    );
    expect(ask(table, `http://${HOST}/x`).status).toBe(418);
    expect(table.routes.map(({ backend }) => backend.state)).toEqual(['ready', 'action']);
    expect(answer(undefined)[0]).toBe(503);
  });

  test('several target groups share by weight', () => {
    const group = (name: string, weight: string) => `{"serviceName":"${name}","servicePort":"80"${weight}}`;
    const text = (...groups: readonly string[]) =>
      `{"type":"forward","forwardConfig":{"targetGroups":[${groups.join(',')}]}}`;
    const [, , , weights] = answer(text(group('a', ',"weight":20'), group('b', ',"weight":80')));
    expect([...((weights as ReadonlyMap<string, unknown>) ?? [])]).toEqual([
      [A, { numerator: 20, denominator: 100 }],
      [B, { numerator: 80, denominator: 100 }],
    ]);
    expect(answer(text(group('b', '')))[2]).toBe(B);
    expect(acting(text(group('a', ''), group('b', ''))).refusals).toHaveLength(1);
    expect(acting(text(group('a', ',"weight":1'), group('none', ',"weight":1'))).refusals).toHaveLength(1);
  });

  test('a target group of its own is not known', () => {
    const { status, unmodelled } = ask(
      acting('{"type":"forward","targetGroupARN":"arn:aws:x"}'),
      `http://${HOST}/x`,
    );
    expect([status, unmodelled.map(({ code }) => code)]).toEqual([0, ['unmodelled']]);
  });
});

test('the rules of an Ingress are at its own listeners', () => {
  const group = { 'group.name': 'shared' };
  const table = tableOf(
    ingress('plain', HOST, [['/plain', 'Prefix', 'a']], { ...group, 'listen-ports': '[{"HTTP": 8080}]' }),
    ingress('secure', HOST, [['/', 'Prefix', 'b']], { ...group, 'certificate-arn': 'arn:aws:acm:x' }),
  );
  const asked = (url: string) => to(ask(table, url));
  expect(asked(`http://${HOST}:8080/plain`)).toBe(A);
  expect(asked(`http://${HOST}:8080/`)).toBe(404);
  expect(asked(`https://${HOST}/plain`)).toBe(B);
  expect(asked(`http://${HOST}/plain`)).toBe(0);
  expect(asked(`http://${HOST}:443/plain`)).toBe(0);
});

test('what the controller refuses keeps it from changing anything', () => {
  const refused = (...items: readonly object[]) => tableOf(...items).refusals.map(({ text }) => text);
  const of = (path: string, pathType: string) => refused(ingress('x', HOST, [[path, pathType, 'a'] as Path]));
  expect(of('/a*', 'Exact')).toHaveLength(1);
  expect(of('/a*', 'Prefix')).toHaveLength(1);
  expect(of('/a*', 'ImplementationSpecific')).toEqual([]);
  const withDefault = (name: string) => ({
    ...ingress(name, HOST, [['/', 'Prefix', 'a']], { 'group.name': 'shared' }),
    spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 'a', port: { number: 80 } } } },
  });
  expect(refused(withDefault('x'), withDefault('y'))).toHaveLength(1);
  expect(refused(ingress('x', HOST, [['/', 'Prefix', 'a']], { 'ssl-redirect': '443' }))).toHaveLength(1);
});

test('without a path there is no condition on it', () => {
  const table = tableOf(ingress('x', HOST, [['', 'ImplementationSpecific', 'a']]));
  expect(to(ask(table, `http://${HOST}/any/path`))).toBe(A);
  const root = tableOf(ingress('x', HOST, [['/', 'ImplementationSpecific', 'a']]));
  expect(to(ask(root, `http://${HOST}/any/path`))).toBe(404);
});

test('IngressClassParams are not followed, and say so', () => {
  const params = {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'IngressClassParams',
    metadata: { name: 'shared' },
    spec: { group: { name: 'shared' } },
  };
  const table = tableOf(params, ingress('x', HOST, [['/', 'Prefix', 'a']]));
  expect(ask(table, `http://${HOST}/`).unmodelled[0]?.text).toContain('IngressClassParams shared');
});
