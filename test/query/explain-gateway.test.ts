/** `explain gateway` and `explain route`: tables, conditions, requests and faults, at file:line. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';
import { explainGateway } from '../../src/query/gateway/explain-gateway.ts';
import { explainRoute } from '../../src/query/gateway/explain-route.ts';
import type { GatewayQuestion } from '../../src/query/gateway/request.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import type { Renderer, View } from '../../src/render/renderer.ts';
import { gatewayRenderer } from '../../src/render/text/explain-gateway.ts';
import { routeRenderer } from '../../src/render/text/explain-route.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const gatewaySchema = publishedSchema('explain-gateway');
const routeSchema = publishedSchema('explain-route');

function gateway(question: GatewayQuestion = {}) {
  const answer = explainGateway(snapshotOf('trace/shop-gateway'), question);
  expect(problems(gatewaySchema.isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer;
}

function route(question: GatewayQuestion = {}) {
  const answer = explainRoute(snapshotOf('trace/shop-gateway'), question);
  expect(problems(routeSchema.isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer;
}

const VIEW: View = { width: 80, color: 0, unicode: true, level: 'default' };

function widthOf<Answer>(renderer: Renderer<Answer>, answer: Answer): number {
  const text = renderer.render(answer, VIEW);
  return Math.max(...text.split('\n').map((line) => line.length));
}

describe('text', () => {
  test.each([
    ['gateway', {}],
    ['gateway-weights', { name: 'edge', url: 'https://shop.example.com/api/items?x=1' }],
    ['gateway-redirect', { url: 'http://shop.example.com/' }],
    ['gateway-refused', { url: 'tcp://db.example.com:5432', via: 'infra/gtw/edge' }],
  ] as const)('%s', async (name, question) => {
    const answer = gateway(question);
    const text = gatewayRenderer.render(answer, VIEW);
    await expect(text).toMatchFileSnapshot(`../../fixtures/render/explain-gateway/expected.${name}.txt`);
    expect(widthOf(gatewayRenderer, answer)).toBeLessThanOrEqual(80);
  });

  test.each([
    ['route', {}],
    ['route-not-granted', { name: 'shop/shop', url: 'https://shop.example.com/api/orders', method: 'POST' }],
  ] as const)('%s', async (name, question) => {
    const answer = route(question);
    const text = routeRenderer.render(answer, VIEW);
    await expect(text).toMatchFileSnapshot(`../../fixtures/render/explain-gateway/expected.${name}.txt`);
    expect(widthOf(routeRenderer, answer)).toBeLessThanOrEqual(80);
  });
});

describe('a request', () => {
  test('goes to several backends by weight, one of which has no endpoint', () => {
    const { request, losers } = gateway({ url: 'https://shop.example.com/api/items?x=1' });
    expect(request).toMatchObject({
      via: 'Gateway/infra/edge',
      listener: 'https',
      status: 200,
      backend: null,
      weights: { 'shop/api:80': 0.9, '503': 0.1 },
      matched: 'shop/shop#0',
      at: { line: 31 },
      rewrittenPath: '/items?x=1',
      requestHeaders: { 'x-forwarded-prefix': '/api' },
      tlsSecret: 'infra/wildcard',
    });
    expect(losers).toMatchObject([
      { rule: 'shop/shop#2', beatenBy: 'shop/shop#0', reason: '/api is longer' },
    ]);
  });

  // geps/gep-709.
  test('to a Service of another namespace needs a grant, which the help spells out', () => {
    const { request, findings } = gateway({ url: 'https://shop.example.com/api/orders', method: 'POST' });
    expect(request).toMatchObject({ status: 500, matched: 'shop/shop#1' });
    expect(findings).toMatchObject([
      {
        code: 'gateway-reference-not-granted',
        sources: [{ line: 51 }],
        help: [{ text: expect.stringContaining('kind: HTTPRoute, namespace: shop') }],
      },
    ]);
  });

  test('from a pod to a Service is one of the mesh', () => {
    const { request } = route({ url: 'http://web', from: 'shop/web' });
    expect(request).toMatchObject({ via: 'mesh', status: 200, backend: 'shop/web:80' });
  });

  test.each([
    ['http://shop.example.com:81/', 'refused'],
    ['https://other.org/', 'rejected'],
    ['tcp://db.example.com:5432', 'refused'],
  ])('%s is %s, without a status', (url, connection) => {
    const { request } = gateway({ url });
    expect(request).toMatchObject({ connection, backend: null });
    expect(request?.status).toBeUndefined();
  });
});

test('conditions are those of a controller, faults stand at their lines', () => {
  const { gateways, findings } = gateway();
  const states = gateways[0]?.listeners.map(({ name, conditions, attachedRoutes }) => [
    name,
    conditions[0]?.reason,
    attachedRoutes,
  ]);
  expect(states).toEqual([
    ['http', 'Accepted', 1],
    ['https', 'Accepted', 1],
    ['postgres', 'ProtocolConflict', 0],
    ['twice', 'ProtocolConflict', 0],
  ]);
  expect(findings.map(({ code, sources }) => `${code} ${sources?.[0]?.line}`)).toEqual([
    'gateway-listener-conflict 35',
    'gateway-listener-conflict 41',
    'gateway-route-not-admitted 65',
    'selector-matches-no-pod 30',
    'gateway-reference-not-granted 51',
    'gateway-backend-port 55',
  ]);
});

test.each([
  { name: 'other' },
  { url: 'ftp://x/' },
  { url: 'http://x/', headers: ['x'] },
  { url: 'http://x/', clientIp: 'x' },
  { url: 'http://x/', via: 'gtw/other' },
])('%j is a usage error', (question) => expect(() => gateway(question)).toThrow(UsageError));

test.each(['shop', 'shop/shop', 'httproute/shop', 'shop/httproute/shop'])('route %s', (name) => {
  expect(route({ name }).routes.map((each) => `${each.namespace}/${each.name}`)).toEqual(['shop/shop']);
});

// GEP-3793.
test('a route that asks for default Gateways is not told to be attached to nothing', () => {
  const text = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {useDefaultGateways: All, rules: [{backendRefs: [{name: web, port: 80}]}]}
`;
  const snapshot = loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });
  const codes = explainRoute(snapshot, {}).findings.map(({ code }) => code);
  expect(codes).toContain('unmodelled');
  expect(codes).not.toContain('gateway-route-parent-missing');
});
