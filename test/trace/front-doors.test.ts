/**
 * Article example 9: one application, five doors, and the source address that it sees through each; beside it the examples 1 and 3 as they are printed. Addresses are those of rows S9 to S11 and S16 of
 * the measured walks (test/vectors/cni-walks.ts).
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareTraces, type TraceAnswer } from '../../src/index.ts';
import { comparisonRenderer } from '../../src/render/text/comparison.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';
import { lineText } from '../../src/source/file.ts';
import { ask, snapshotOf } from '../query/ask.ts';

function printed(answer: TraceAnswer): string {
  return traceRenderer.render(answer, {
    width: 80,
    color: 0,
    unicode: true,
    level: 'default',
    readLine: (name, line) => lineText({ name, text: readFileSync(name, 'utf8') }, line),
  });
}

test.each([
  {
    door: 'host-network',
    to: 'node/node-a:8080',
    backend: 'default/web-on-host',
    // Nothing is translated: the server is a process of the node.
    last: ['203.0.113.9:40000', '10.0.0.11:8080'],
    why: 'the client address is kept: nothing translates the packet on its way',
  },
  {
    door: 'host-port',
    to: 'node/node-a:8443',
    backend: 'default/web',
    last: ['203.0.113.9:40000', '10.244.1.5:8080'],
    why: 'the client address is kept: a host port changes the destination only',
  },
  {
    door: 'node-port',
    to: 'svc/web-by-node',
    backend: 'default/web',
    last: ['10.244.1.1:61000', '10.244.1.5:8080'],
    why: 'the client address is lost: with externalTrafficPolicy Cluster the first node masquerades what comes from outside, so that the answer comes back by it; Local keeps the address',
  },
  {
    door: 'load-balancer',
    to: 'svc/web-by-balancer',
    backend: 'default/web',
    last: ['203.0.113.9:40000', '10.244.1.5:8080'],
    why: 'the client address is kept: externalTrafficPolicy Local uses endpoints of this node alone, so the answer comes back by it',
  },
  {
    door: 'ingress',
    to: 'http://web.example.com/',
    backend: 'default/web',
    // The controller's own connection; whom it serves it says in a header.
    last: ['10.244.2.9:40001', '10.244.1.5:8080'],
    why: 'the client address is kept: externalTrafficPolicy Local uses endpoints of this node alone, so the answer comes back by it',
  },
])('$door', async ({ door, to, backend, last, why }) => {
  const answer = ask('trace/front-doors', { from: 'internet', to }, { cni: 'flannel' });
  expect(answer.result).toBe('reachable');
  expect(answer.paths).toHaveLength(1);
  const [path] = answer.paths;
  expect(path).toMatchObject({ disposition: 'accepted', backends: [backend], weight: '1/1' });
  const step = path?.legs.at(-1)?.hops.at(-1)?.steps.at(-1);
  expect([step?.packet?.src, step?.packet?.dst]).toEqual(last);
  expect(path?.serverSees?.peer).toBe(last[0]?.replace(/:\d+$/, ''));
  expect(answer.diagnostics.find(({ code }) => code === 'client-address')?.text).toBe(why);
  const reply = path?.legs.at(-1)?.reply?.hops.at(-1)?.steps.at(-1)?.packet;
  expect(reply?.dst).toBe(path?.legs.at(-1)?.hops[0]?.steps[0]?.packet?.src);
  const forwarded = path?.serverSees?.headers?.['X-Forwarded-For'];
  expect(forwarded).toBe(door === 'ingress' ? '203.0.113.9' : undefined);
  await expect(printed(answer)).toMatchFileSnapshot(`../../fixtures/trace/front-doors/expected.${door}.txt`);
});

test('the five of them side by side', async () => {
  const { files } = snapshotOf('trace/front-doors');
  const values = [
    'node/node-a:8080',
    'node/node-a:8443',
    'svc/web-by-node',
    'svc/web-by-balancer',
    'http://web.example.com/',
  ];
  const answer = compareTraces(
    { files, profile: { flags: { set: [], cni: 'flannel' } } },
    { from: 'internet', to: '', dns: true },
    { of: 'to', values },
  );
  expect(answer.rows.map(({ peer, forwardedFor }) => [peer, forwardedFor])).toEqual([
    ['203.0.113.9', undefined],
    ['203.0.113.9', undefined],
    ['10.244.1.1', undefined],
    ['203.0.113.9', undefined],
    ['10.244.2.9', '203.0.113.9'],
  ]);
  const view = { width: 80, color: 0, unicode: true, level: 'default', readLine: () => undefined } as const;
  await expect(comparisonRenderer.render(answer, view)).toMatchFileSnapshot(
    '../../fixtures/trace/front-doors/expected.comparison.txt',
  );
});

test('a node port of a node without the pod, policy Local: nobody there', () => {
  const answer = ask('trace/front-doors', { from: 'internet', to: 'node/node-b:30081' }, { cni: 'flannel' });
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-local-endpoint', symptom: 'timeout' });
  expect(answer.diagnostics[0]).toMatchObject({ code: 'no-local-endpoint', severity: 'error' });
  // A pod is served all the same: for it the policy does not count.
  const pod = ask('trace/front-doors', { from: 'pod/web', to: 'node/node-a:30081' }, { cni: 'flannel' });
  expect(pod.result).toBe('reachable');
});

test.each([
  {
    fixture: 'my-service-endpoints',
    file: 'by-hand',
    to: 'svc/my-service-by-hand',
    disposition: 'exits-cluster',
    dst: '10.0.0.1:8080',
  },
  {
    fixture: 'my-service-dns',
    file: 'short-name',
    to: 'http://my-service',
    disposition: 'accepted',
    dst: ':9376',
  },
  {
    fixture: 'my-service-dns',
    file: 'full-name',
    to: 'my-service.default.svc.cluster.local:80',
    disposition: 'accepted',
    dst: ':9376',
  },
])('$fixture: $to', async ({ fixture, file, to, disposition, dst }) => {
  const answer = ask(`trace/${fixture}`, { from: 'client', to });
  const [path] = answer.paths;
  expect(path?.disposition).toBe(disposition);
  expect(path?.legs.at(-1)?.hops.at(-1)?.steps.at(-1)?.packet?.dst).toMatch(new RegExp(`${dst}$`));
  await expect(printed(answer)).toMatchFileSnapshot(`../../fixtures/trace/${fixture}/expected.${file}.txt`);
});
