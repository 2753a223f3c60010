/**
 * The traced cluster, run by the kernel: two nodes with bridge, vxlan and the rules of the trace. Real
 * connections must end where the trace says, seen by the server as whom it says.
 */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { traceQuestion } from '../../src/index.ts';
import { snapshotOf } from '../query/ask.ts';
import { type ClusterLab, raiseCluster } from './cluster-lab.ts';
import { whyNoNamespaces } from './namespaces.ts';

const reason = whyNoNamespaces();
const snapshot = snapshotOf('trace/walk-s4', { cni: 'flannel' });
let lab: ClusterLab | undefined;

beforeEach((context) => context.skip(reason !== undefined, reason));
beforeAll(async () => {
  if (reason === undefined) lab = await raiseCluster(snapshot);
});
afterAll(() => lab?.down());

test.each([
  ['pod to ClusterIP on the other node', 'default/a1', '10.96.0.50', 80],
  ['pod to ClusterIP on its own node', 'default/a1', '10.96.0.60', 80],
  ['pod to pod on the other node', 'default/a1', '10.244.2.7', 8080],
  ['pod to pod on its own node', 'default/a1', '10.244.1.6', 8080],
  ['pod to itself through its Service', 'default/b1', '10.96.0.50', 80],
  ['node to ClusterIP on the other node', 'node-a', '10.96.0.50', 80],
  ['node to its own pod', 'node-a', '10.244.1.6', 8080],
  ['node to a pod on the other node', 'node-a', '10.244.2.7', 8080],
  ['pod to a Service without endpoints', 'default/a1', '10.96.0.70', 80],
  ['node to a Service without endpoints', 'node-a', '10.96.0.70', 80],
  ['pod to its own node port, endpoint on its bridge', 'default/a1', '10.0.0.11', 30080],
  ['pod to the other node port', 'default/a1', '10.0.0.12', 30080],
  ['node to its own node port', 'node-a', '10.0.0.11', 30080],
  ['node to its own node port without endpoints', 'node-a', '10.0.0.11', 30081],
  ['pod to a node port without endpoints', 'default/a1', '10.0.0.11', 30081],
])('%s', (_, from, to, port) => {
  const source = from.includes('/') ? from : `node/${from}`;
  const answer = traceQuestion(snapshot, { from: source, to: `${to}:${port}`, dns: false });
  const [path] = answer.paths;
  const connection = lab?.connect(from, to, port);
  const symptom = { connected: 'connected', ECONNREFUSED: 'refused', timeout: 'timeout' }[
    connection?.result ?? ''
  ];
  expect(symptom).toBe(path?.symptom);
  expect(connection?.peer).toBe(path?.serverSees?.peer);
  const taken = path?.legs
    .at(-1)
    ?.hops.at(-1)
    ?.steps.find(({ kind }) => kind === 'accept');
  expect(connection?.backend?.replace(' ', ':')).toBe(taken?.packet?.dst);
});

test('conntrack on the first node knows the connection as the trace shows it', (context) => {
  const found = lab?.connect('default/a1', '10.96.0.50', 80);
  expect(found?.result).toBe('connected');
  let table = '';
  try {
    table = lab?.inside('node-a', ['conntrack', '-L', '-p', 'tcp', '--orig-dst', '10.96.0.50']) ?? '';
  } catch {
    context.skip('conntrack is not installed');
  }
  expect(table).toMatch(
    /src=10\.244\.1\.5 dst=10\.96\.0\.50 .*dport=80 src=10\.244\.2\.7 dst=10\.244\.1\.5 sport=8080/,
  );
});
