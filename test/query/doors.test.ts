/** Doors that look open: what nobody behind them can be shown to take is said, not passed over. */

import { expect, test } from 'vitest';
import { ask, snapshotOf } from './ask.ts';

const FLANNEL = { cni: 'flannel' };
const about = (answer: ReturnType<typeof ask>) =>
  answer.diagnostics.map(({ code, text }) => `${code}: ${text}`);
const decisive = (answer: ReturnType<typeof ask>) =>
  answer.assumptions.filter((assumption) => assumption.decisive).map(({ code }) => code);

test('a node port that no Service has: the node would have to listen', () => {
  const answer = ask('trace/doors', { from: 'internet', to: 'node/node-a:30081' }, FLANNEL);
  expect(about(answer)).toEqual([
    'no-such-port: no Service has node port 30081; a process of node-a would have to listen there',
  ]);
  expect(answer.assumptions.map(({ code }) => code)).toContain('A_LISTENS');
});

test('a host port leads to its pod, on its own node alone', () => {
  const answer = ask('trace/doors', { from: 'internet', to: 'node/node-a:8443' }, FLANNEL);
  expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', backends: ['default/api'] });
  expect(about(answer)).toEqual([
    'client-address: the client address is kept: a host port changes the destination only',
  ]);
  const other = ask('trace/doors', { from: 'internet', to: 'node/node-b:8443' }, FLANNEL);
  expect(other.paths[0]?.backends).toEqual(['node/node-b']);
});

test('the address of a load balancer from outside: it chooses the node, unless the question does', () => {
  const asked = { from: 'internet', to: '198.51.100.20:80' };
  const entries = (answer: ReturnType<typeof ask>) =>
    answer.paths.map(({ weight, legs }) => [weight, legs[0]?.hops[2]?.place.name]);
  expect(entries(ask('trace/doors', asked, FLANNEL))).toEqual([
    ['1/2', 'node-a'],
    ['1/2', 'node-b'],
  ]);
  const through = ask('trace/doors', { ...asked, node: 'node-b' }, FLANNEL);
  expect(through.paths[0]).toMatchObject({ disposition: 'accepted', backends: ['default/api'] });
  expect(entries(through)).toEqual([['1/1', 'node-b']]);
});

test('a Service without a door: the packet gets nowhere, whatever --node says', () => {
  const answer = ask('trace/doors', { from: 'internet', to: 'svc/unnamed', node: 'node-a' }, FLANNEL);
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-route' });
  expect(about(answer)).toContain(
    'no-door: nobody outside reaches port 80 of Service default/unnamed: type ClusterIP has an address inside the cluster only',
  );
});

test('a pod is not reached from outside, and its node has its range', () => {
  const answer = ask('trace/doors', { from: 'internet', to: 'pod/api' }, FLANNEL);
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-route' });
  expect(answer.paths[0]?.reason).toBeUndefined();
});

test('a UDP packet that the own OUTPUT drops is refused to the program', () => {
  const answer = ask('trace/doors', { from: 'node/node-b', to: 'svc/local', dns: false }, FLANNEL);
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-local-endpoint', symptom: 'not-permitted' });
});

test('where a Local policy decides, an invented place decides with it', () => {
  const answer = ask('trace/doors', { from: 'web', to: 'svc/local', dns: false }, FLANNEL);
  expect(decisive(answer)).toContain('A_NODES');
});

test('of several ports each needs a name', () => {
  const { diagnostics, control } = snapshotOf('trace/doors');
  expect(control.servicePortsOf('default/unnamed').map(({ port }) => port)).toEqual([80]);
  expect(diagnostics.map(({ text }) => text)).toEqual([
    'spec.ports[0].name: Required value',
    'spec.ports[1].name: Required value',
  ]);
});

test.each([
  ['google.com:443', 'google.com is outside the cluster, where names are taken not to exist'],
  [
    'svc/elsewhere:5432',
    'default/elsewhere is another name for db.example.com, which is outside the cluster and taken not to exist; the lone alias ends the search',
  ],
])('%s', (to, text) => {
  const answer = ask('trace/doors', { from: 'web', to }, FLANNEL);
  expect(answer.paths[0]).toMatchObject({ disposition: 'name-not-found' });
  expect(answer.paths[0]?.reason).toBeUndefined();
  expect(answer.diagnostics[0]?.text).toBe(text);
});

test('a Service without an address of the family', () => {
  const answer = ask('trace/doors', { from: 'web', to: 'svc/api', family: 6 }, FLANNEL);
  expect(answer.diagnostics[0]?.text).toBe('Service default/api has no IPv6 address');
});

test('a name in /etc/hosts of the pod', () => {
  const answer = ask('trace/doors', { from: 'web', to: 'legacy.corp:8080' }, FLANNEL);
  const [step] = answer.paths[0]?.legs[0]?.hops[0]?.steps ?? [];
  expect(step).toMatchObject({ kind: 'resolve', text: 'legacy.corp → 203.0.113.80' });
  expect(step?.because?.[0]).toMatchObject({ line: 8, path: 'spec.hostAliases[0]' });
  expect(decisive(answer)).toEqual([]);
});
