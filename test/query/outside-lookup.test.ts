/** Names that a client outside, or a node, opens: docs/semantics/pod-view.md, rules V34 to V36. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

const FILE = 'fixtures/dns/outside/manifests/app.yaml';

function trace(from: string, to: string, set: readonly string[] = []): TraceAnswer {
  const files = [{ name: FILE, text: readFileSync(FILE, 'utf8') }];
  const snapshot = loadSnapshot({ files, profile: { flags: { set } } });
  const node = from === 'internet' ? { node: 'node-a' } : {};
  return traceQuestion(snapshot, { from, to, dns: true, ...node });
}

const legs = ({ paths: [path] }: TraceAnswer) => path?.legs.map(({ purpose }) => purpose);
const resolved = ({ paths: [path] }: TraceAnswer) => path?.legs[0]?.hops.at(-1)?.steps.at(-1)?.text;
const codes = (answer: TraceAnswer) => answer.assumptions.map(({ code }) => code);

test.each([
  {
    to: 'https://shop.example.com/api/items',
    purposes: ['lookup', 'request', 'proxied'],
    end: { disposition: 'accepted', backends: ['shop/api-0'] },
  },
  {
    to: 'shop.example.com:443',
    purposes: ['lookup', 'request'],
    end: { disposition: 'accepted', backends: ['shop/edge-0'] },
    note: 'https://shop.example.com/ as the target follows a request to its Service',
  },
  // A rule without paths, and no default backend.
  {
    to: 'https://a.apps.example.com',
    purposes: ['lookup', 'request'],
    end: { disposition: 'no-l7-route', reason: 'path-no-match', symptom: 'http-404' },
  },
])('internet → $to: the host of an Ingress names the load balancer', ({ to, purposes, end, note }) => {
  const answer = trace('internet', to);
  expect(legs(answer)).toEqual(purposes);
  expect(resolved(answer)).toMatch(/ → 198\.51\.100\.7$/);
  expect(answer.paths[0]).toMatchObject(end);
  expect(codes(answer)).toContain('A_EXTERNAL_DNS');
  const asked = answer.diagnostics.find(({ code }) => code === 'request-not-asked');
  expect(asked?.text.includes(note ?? '')).toBe(note === undefined ? undefined : true);
});

test('dns.upstream wins over what the manifests mean', () => {
  const answer = trace('internet', 'https://shop.example.com', [
    'dns.upstream={shop.example.com.: [{type: A, data: 192.0.2.80}]}',
  ]);
  expect(resolved(answer)).toBe('shop.example.com → 192.0.2.80');
  expect(codes(answer)).not.toContain('A_EXTERNAL_DNS');
});

test.each([
  [
    'https://nowhere.example.org',
    'nowhere.example.org is outside the cluster, where names are taken not to exist',
  ],
  [
    'edge.shop.svc.cluster.local:443',
    'edge.shop.svc.cluster.local is a name of the cluster: nobody outside can look it up',
  ],
  [
    'https://gate.example.com',
    'gate.example.com is another name for lb-1.cloud.example.net, whose address is not known',
  ],
])('internet → %s is not found, and says what to set', (to, text) => {
  const answer = trace('internet', to);
  expect(answer.paths[0]).toMatchObject({ disposition: 'name-not-found', legs: [{ purpose: 'lookup' }] });
  expect(answer.diagnostics[0]?.text).toBe(text);
  expect(answer.diagnostics[0]?.help?.length).toBeGreaterThan(0);
});

test('a pod finds the public name behind its search list', () => {
  const answer = trace('shop/edge-0', 'https://shop.example.com');
  expect(resolved(answer)).toBe('shop.example.com → 198.51.100.7');
  expect(codes(answer)).toContain('A_EXTERNAL_DNS');
});

test('a node asks its own resolver, which knows no name of the cluster', () => {
  const answer = trace('node/node-a', 'edge.shop.svc.cluster.local:443');
  expect(answer.paths[0]).toMatchObject({ disposition: 'name-not-found' });
  expect(answer.diagnostics[0]?.text).toBe(
    'node node-a asks its resolver, which does not know edge.shop.svc.cluster.local',
  );
  expect(resolved(trace('node/node-a', 'https://shop.example.com'))).toBe('shop.example.com → 198.51.100.7');
});
