/** A URL through a Gateway: its data plane, the rules that are attached, and what each share of the requests meets. */

import { expect, test } from 'vitest';
import type { TraceAnswer, TraceQuestion } from '../../src/index.ts';
import { ask } from './ask.ts';

const FILE = 'fixtures/trace/edge-gateway/manifests/gateway.yaml';

function shop(to: string, question: Partial<TraceQuestion> = {}): TraceAnswer {
  return ask('trace/edge-gateway', { from: 'internet', to, node: 'node-a', ...question }, { cni: 'flannel' });
}

const cause = ({ diagnostics }: TraceAnswer) => diagnostics.find(({ severity }) => severity === 'error');

test('shares of the rule are paths; a missing Service answers its part', () => {
  const answer = shop('https://shop.example.com/api/items?page=2');
  expect(answer.result).toBe('ambiguous');
  const [failed, arrived] = answer.paths;
  expect(failed).toMatchObject({
    weight: '1/4',
    disposition: 'no-l7-route',
    reason: 'backend-service-missing',
    symptom: 'http-500',
  });
  expect(arrived).toMatchObject({
    weight: '3/4',
    backends: ['shop/api-0'],
    disposition: 'accepted',
    l7: { mirroredTo: [{ backend: 'shop/shadow:80' }] },
    serverSees: { path: '/v2/items?page=2', headers: { Host: 'shop.example.com', 'x-edge': 'yes' } },
  });
  const [lookup, request, proxied] = arrived?.legs ?? [];
  expect(lookup?.hops.at(-1)?.steps[0]?.text).toBe('shop.example.com → 198.51.100.9');
  const proxy = request?.hops.at(-1);
  expect(proxy?.place).toMatchObject({ kind: 'proxy', name: 'edge-example#1', namespace: 'infra' });
  const own = proxy?.steps.filter(({ kind }) => !['receive', 'accept'].includes(kind)) ?? [];
  expect(own.map(({ kind, text, where }) => [kind, text, where?.rule])).toEqual([
    ['terminate-tls', 'secret wildcard', `${FILE}:11`],
    ['l7-route', 'PathPrefix /api', `${FILE}:40`],
    ['l7-route', '→ svc/api:80', `${FILE}:52`],
    ['l7-rewrite', 'path /api/items?page=2 ⇒ /v2/items?page=2', undefined],
  ]);
  expect(proxied?.hops.at(-1)?.place.name).toBe('api-0');
  expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line: 53 });
});

test.each([
  { to: 'https://shop.example.com/x', symptom: 'http-404', reason: 'path-no-match', line: 11 },
  { to: 'https://other.example.com/', symptom: 'http-404', reason: 'host-no-match', line: 11 },
  { to: 'https://shop.example.com/private', symptom: 'http-500', reason: undefined, line: 57 },
  {
    to: 'grpcs://shop.example.com/shop.Cart/Get',
    symptom: 'grpc-unimplemented',
    reason: 'path-no-match',
    line: 11,
  },
])('$to: $symptom', ({ to, symptom, reason, line }) => {
  const answer = shop(to);
  expect(answer.paths).toHaveLength(1);
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-l7-route', symptom });
  expect(answer.paths[0]?.reason).toBe(reason);
  expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line });
});

test('a redirect of the plain listener', () => {
  expect(shop('http://shop.example.com/api').paths[0]).toMatchObject({
    disposition: 'answered-by-proxy',
    symptom: 'http-301',
    l7: { status: 301, location: 'https://shop.example.com/api' },
  });
});

test('another server name in the handshake than the Host header', () => {
  const answer = shop('https://shop.example.com/api', { sni: 'shop.example.net' });
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-l7-route', symptom: 'tls-failure' });
});

test('the Gateway as the target: its first listener', () => {
  const answer = shop('infra/gtw/edge');
  expect(answer.question.http).toMatchObject({ host: 'shop.example.com', path: '/' });
  expect(answer.paths[0]).toMatchObject({ symptom: 'http-301' });
  expect(() => shop('infra/gtw/egde')).toThrow('no Gateway egde in namespace infra');
});

test('from a pod, by the address that the status has', () => {
  const question = { from: 'shop/api-0', to: 'https://shop.example.com/api', backend: 'shop/api-0' };
  const answer = ask('trace/edge-gateway', question, { cni: 'flannel' });
  expect(answer.paths[0]?.serverSees?.path).toBe('/v2');
});
