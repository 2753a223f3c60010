/** Pods that want one host port: the scheduler's plugin NodePorts. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../../src/index.ts';
import { codesAt, worldOf } from '../world.ts';

const node = (name: string) => `---\napiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n`;
const pod = (name: string, ports: string, spec = '') =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: i, ports: [${ports}]}]${spec}}\n`;
const workload = (kind: string, name: string, more = '') => `---
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: c
          image: i
          ports:
            - containerPort: 80
              hostPort: 8080
${more}`;
const placed = (text: string, profile = '') =>
  Object.fromEntries(
    worldOf(text, profile)
      .cluster.pods.filter(({ namespace }) => namespace === 'default')
      .map(({ name, node: where }) => [name, where]),
  );
const port = (hostPort: number, more = '') => `{containerPort: 80, hostPort: ${hostPort}${more}}`;

describe('two pods with one host port', () => {
  test('do not share a node', () => {
    const text = node('a') + node('b') + pod('x', port(8080)) + pod('z', port(8080));
    expect(placed(text)).toEqual({ x: 'a', z: 'b' });
  });

  test('are given a node of their own where nodes are invented', () => {
    const world = worldOf(workload('Deployment', 'web').replace('spec:\n', 'spec:\n  replicas: 3\n'));
    expect(world.cluster.nodes).toHaveLength(3);
    expect(world.diagnostics).toEqual([]);
  });

  test('leave the second Pending where there is one node: a finding at its port, with who has it', () => {
    const text = node('a') + pod('x', port(8080)) + pod('z', port(8080));
    const world = worldOf(text);
    expect(placed(text)).toEqual({ x: 'a', z: undefined });
    expect(codesAt(world.diagnostics)).toEqual(['no-node-fits manifests.yaml:14']);
    expect(world.diagnostics[0]?.text).toBe(
      "no node fits pod default/z: 0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports (host port 8080/tcp, which pod default/x has); it stays Pending",
    );
    const fields = world.diagnostics[0]?.sources.map(({ role, at }) => [
      role,
      'path' in at && at.path.at(-1),
    ]);
    expect(fields).toEqual([
      ['primary', 'hostPort'],
      ['context', 'hostPort'],
    ]);
  });

  test('the node answers with the first one’s pod', () => {
    const text = node('a') + pod('x', port(8080)) + pod('z', port(8080));
    const snapshot = loadSnapshot({ files: [{ name: 'm.yaml', text }], profile: { flags: { set: [] } } });
    const answer = traceQuestion(snapshot, { from: 'internet', to: 'node/a:8080', dns: true });
    expect(
      answer.paths.map(({ disposition, legs }) => [disposition, legs.at(-1)?.hops.at(-1)?.place]),
    ).toMatchObject([['accepted', { name: 'x' }]]);
  });
});

// HostPortInfo.CheckConflict: table of kubernetes/kubernetes:pkg/scheduler/framework/types_test.go TestHostPortInfo_Check.
test.each([
  ['another port', port(8080), port(8081), false],
  ['another protocol', port(8080), port(8080, ', protocol: UDP'), false],
  ['another address', port(8080, ', hostIP: 127.0.0.1'), port(8080, ', hostIP: 127.0.0.2'), false],
  ['every address against one', port(8080, ', hostIP: 127.0.0.1'), port(8080, ', hostIP: 0.0.0.0'), true],
  ['one address against every', port(8080, ', hostIP: 0.0.0.0'), port(8080, ', hostIP: 127.0.0.1'), true],
  ['no address is every address', port(8080), port(8080, ', hostIP: 10.0.0.11'), true],
  [
    '`::` is an address like any other',
    port(8080, ', hostIP: "::"'),
    port(8080, ', hostIP: 10.0.0.11'),
    false,
  ],
])('%s', (_name, first, second, conflicts) => {
  expect(placed(node('a') + pod('x', first) + pod('z', second))['z']).toBe(conflicts ? undefined : 'a');
});

test('a pod in the host’s network wants every port that it declares', () => {
  const text = node('a') + pod('x', '{containerPort: 80}', ', hostNetwork: true') + pod('z', port(80));
  expect(placed(text)).toEqual({ x: 'a', z: undefined });
});

test('of two DaemonSets the second stays Pending on every node', () => {
  const text = node('a') + node('b') + workload('DaemonSet', 'one') + workload('DaemonSet', 'two');
  const world = worldOf(text);
  expect(placed(text)).toEqual({ 'one#1': 'a', 'one#2': 'b', 'two#1': undefined, 'two#2': undefined });
  expect(codesAt(world.diagnostics)).toEqual(['no-node-fits manifests.yaml:38']);
  expect(world.diagnostics[0]?.text).toBe(
    "a does not take DaemonSet default/two: node(s) didn't have free ports for the requested pod ports (host port 8080/tcp, which pod default/one#1 has); it stays Pending",
  );
});

test('a pod that nodeName binds is refused by the kubelet; one that runs is a fact', () => {
  const bound = ', nodeName: a';
  const text = node('a') + pod('x', port(8080), bound) + pod('z', port(8080), bound);
  expect(placed(text)).toEqual({ x: 'a', z: undefined });
  expect(worldOf(text).diagnostics[0]?.text).toMatch(/; it fails with reason NodePorts$/);
  const live = `${text.trimEnd()}\nstatus: {podIP: 10.244.0.9}\n`;
  expect(placed(live)).toEqual({ x: undefined, z: 'a' });
});
