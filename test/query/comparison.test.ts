/** One question under several CNIs and proxies, and to several targets. */

import { expect, test } from 'vitest';
import { compareTraces, readComparison } from '../../src/query/comparison.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { comparisonRenderer } from '../../src/render/text/comparison.ts';
import { worldInput } from '../dataplane/two-nodes.ts';
import { problems, publishedSchema } from './published-schema.ts';

const VIEW = { width: 80, color: 0, unicode: true, level: 'default' } as const;
const { isClosedAnswer } = publishedSchema('trace-comparison');

test('CNIs differ in the devices and in whom the server sees', () => {
  const input = worldInput({ cni: '{}', backend: 'b1' });
  const comparison = readComparison('cni=flannel,flannel/host-gw,calico/bgp,cilium');
  const answer = compareTraces(input, { from: 'node/node-a', to: '10.244.2.7:8080', dns: false }, comparison);
  expect(answer.rows.map(({ value, peer, ttl }) => `${value} ${peer} ${ttl}`)).toEqual([
    'flannel 10.244.1.0 63',
    'flannel/host-gw 10.0.0.11 63',
    'calico/bgp 10.0.0.11 63',
    'cilium 10.244.1.1 63',
  ]);
  expect(answer.rows[0]?.road).toEqual(['node-a: flannel.1, eth0', 'node-b: eth0, flannel.1, cni0, veth~b1']);
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  const text = comparisonRenderer.render(answer, VIEW);
  expect(text).toContain('same for all: verdict reachable');
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
});

test('one application, several front doors: the source that each shows', () => {
  const input = worldInput({ cni: '{name: flannel}', backend: 'a2' });
  const comparison = readComparison('to=10.0.0.11:30080,10.0.0.11:8443,10.0.0.12:30080');
  const { rows } = compareTraces(input, { from: '203.0.113.9', to: '', dns: false }, comparison);
  expect(
    rows.map(({ value, peer, rewrites }) => [value, peer, rewrites.map((text) => text.split(' ')[0])]),
  ).toEqual([
    ['10.0.0.11:30080', '10.244.1.1', ['dnat', 'masquerade']],
    ['10.0.0.11:8443', '203.0.113.9', ['dnat']],
    ['10.0.0.12:30080', '10.244.2.0', ['dnat', 'masquerade']],
  ]);
});

test.each(['cni', 'cni=flannel', 'cnis=a,b', ''])('--compare %j is refused', (text) => {
  expect(() => readComparison(text)).toThrow(UsageError);
});
