/** `url:` assertions where Gateways take requests, alone and beside Ingresses. */

import { expect, test } from 'vitest';
import { loadSnapshot, readTestFile, runAssertions, testAnswer } from '../../src/index.ts';
import { problems, publishedSchema } from '../query/published-schema.ts';

const { isClosedAnswer } = publishedSchema('test');

const GATEWAY = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {selector: {app: none}, ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: example
  listeners:
    - {name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /api}}], backendRefs: [{name: web, port: 80}]}
    - {matches: [{path: {type: PathPrefix, value: /empty}}], backendRefs: [{name: empty, port: 80}]}
    - matches: [{path: {type: Exact, value: /old}}]
      filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /new}}}]
`;
const INGRESS = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: admin, namespace: shop}
spec:
  rules:
    - host: admin.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;

function results(manifests: string, tests: readonly string[]) {
  const text = `apiVersion: k8snet.dev/v1\nkind: Test\nnamespace: shop\ntests:\n${tests.map((each) => `- ${each}\n`).join('')}`;
  const file = readTestFile({ name: 'a.k8snet.yaml', text }, () => {});
  const snapshot = loadSnapshot({
    files: [{ name: 'in.yaml', text: manifests }],
    profile: { flags: { set: ['namespace=shop'] } },
  });
  return runAssertions(snapshot, file?.assertions ?? []);
}

const told = (manifests: string, tests: readonly string[]) =>
  results(manifests, tests).map(({ status, actual }) => `${status}: ${actual}`);

test('a backend, a status and a Location of a Gateway', () => {
  expect(
    told(GATEWAY, [
      '{url: "http://shop.example.com/api/items", expect: svc/web:80}',
      '{url: "http://shop.example.com/api/items", expect: web}',
      '{url: "http://shop.example.com/empty", expect: 503}',
      '{url: "http://shop.example.com/", expect: 404}',
      '{url: "http://shop.example.com/old", expect: "http://shop.example.com/new"}',
    ]).map((each) => each.split(':')[0]),
  ).toEqual(['passed', 'passed', 'passed', 'passed', 'passed']);
});

test('what does not hold says which rule answers, and fits the schema', () => {
  const tests = results(GATEWAY, ['{url: "http://shop.example.com/api", expect: svc/empty}']);
  expect(tests).toMatchObject([
    {
      status: 'failed',
      actual: 'shop/web:80',
      request: { request: { controller: 'Gateway/shop/edge', matched: 'shop/web#0', status: 200 } },
    },
  ]);
  expect(problems(isClosedAnswer, testAnswer(tests, 1))).toEqual([]);
});

test('an Ingress that names the host is asked, and the Gateway for all others', () => {
  expect(
    told(`${GATEWAY}${INGRESS}`, [
      '{url: "http://admin.example.com/", expect: web}',
      '{url: "http://shop.example.com/api", expect: web}',
      '{url: "http://admin.example.com/api", controller: spec, expect: web}',
    ]),
  ).toEqual(['passed: shop/web:80', 'passed: shop/web:80', 'passed: shop/web:80']);
});

test('a host that a route names is its own, though there are rules of Istio', () => {
  const mesh = `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec: {hosts: [web], http: [{route: [{destination: {host: web}}]}]}
`;
  expect(told(`${GATEWAY}${mesh}`, ['{url: "http://shop.example.com/api", expect: web}'])).toEqual([
    'passed: shop/web:80',
  ]);
});

test('where nothing takes requests the question has no answer', () => {
  expect(
    told('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n', ['{url: "http://a/", expect: 404}']),
  ).toEqual(['unanswered: there is no Ingress or Gateway to take requests']);
});
