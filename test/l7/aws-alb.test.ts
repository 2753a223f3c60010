/**
 * The AWS Load Balancer Controller. Expected values: kubernetes-sigs/aws-load-balancer-controller:pkg/ingress/
 * model_build_listener_rules_test.go (order and patterns), docs/guide/ingress/annotations.md (groups, listeners, targets).
 */

import { expect, test } from 'vitest';
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

test('actions and conditions say that they are not modelled', () => {
  const table = tableOf(ingress('x', HOST, [['/', 'Prefix', 'a']], { 'actions.a': '{}' }));
  expect(ask(table, `http://${HOST}/`).unmodelled[0]?.text).toContain('actions.a is not modelled');
});
