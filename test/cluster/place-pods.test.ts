import { describe, expect, test } from 'vitest';
import { codesAt, pod, worldOf } from './world.ts';

const node = (name: string, { labels = '', spec = '' } = {}) =>
  `---\napiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {${labels}}}\nspec: {${spec}}\n`;
const deployment = (name: string, replicas: number, podSpec = '') => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: i}]${podSpec}}
`;
const placed = (text: string, profile = '') =>
  Object.fromEntries(
    worldOf(text, profile)
      .cluster.pods.filter(({ namespace }) => namespace === 'default')
      .map(({ name, node: where }) => [name, where]),
  );

test('pods go to the emptiest node, in the order of their names, ties by name', () => {
  expect(placed(deployment('web', 3))).toEqual({ 'web#1': 'node-a', 'web#2': 'node-b', 'web#3': 'node-a' });
});

test('pods that are known to be somewhere fill their node', () => {
  const fixed = ['x', 'y']
    .map(
      (name) =>
        `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {nodeName: a, containers: [{name: c, image: i}]}\n`,
    )
    .join('');
  expect(placed(node('a') + node('b') + fixed + deployment('web', 2))).toEqual({
    x: 'a',
    y: 'a',
    'web#1': 'b',
    'web#2': 'b',
  });
});

test('a known address leads to the node whose range holds it', () => {
  const text = `${node('a', { spec: 'podCIDR: 10.9.1.0/24' })}${node('b', { spec: 'podCIDR: 10.9.2.0/24' })}---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: i}]}
status: {podIP: 10.9.2.77}
`;
  expect(placed(text)).toEqual({ p: 'b' });
});

describe('node selectors', () => {
  const nodes = node('a', { labels: 'disk: hdd' }) + node('b', { labels: 'disk: ssd' });

  test('are met on real nodes', () => {
    expect(placed(nodes + deployment('db', 2, ', nodeSelector: {disk: ssd}'))).toEqual({
      'db#1': 'b',
      'db#2': 'b',
    });
  });

  test('that no real node meets leave the pods Pending: one word for the workload, at the selector', () => {
    const world = worldOf(nodes + deployment('db', 2, ', nodeSelector: {disk: nvme}'));
    expect(pod(world, 'default/db#1')).toMatchObject({ ips: [], readiness: 'not-ready' });
    expect(pod(world, 'default/db#1').node).toBeUndefined();
    expect(codesAt(world.diagnostics)).toEqual(['no-node-fits manifests.yaml:20']);
    expect(world.diagnostics[0]?.text).toBe(
      "no node fits Deployment default/db: 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector; it stays Pending",
    );
  });

  test('every workload of a List is reported', () => {
    const items = ['a', 'b'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { nodeSelector: { 'kubernetes.io/os': 'windows' }, containers: [{ name: 'c', image: 'i' }] },
    }));
    const { diagnostics } = worldOf(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    expect(diagnostics.map(({ text }) => text)).toEqual([
      "no node fits pod default/a: 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector; it stays Pending",
      "no node fits pod default/b: 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector; it stays Pending",
    ]);
  });

  test('that ask invented nodes for unknown labels are taken as met, for known ones compared', () => {
    expect(placed(deployment('db', 1, ', nodeSelector: {disk: ssd, kubernetes.io/os: linux}'))).toEqual({
      'db#1': 'node-a',
    });
    expect(placed(deployment('db', 1, ', nodeSelector: {kubernetes.io/hostname: node-b}'))).toEqual({
      'db#1': 'node-b',
    });
    expect(placed(deployment('db', 1, ', nodeSelector: {kubernetes.io/os: windows}'))).toEqual({
      'db#1': undefined,
    });
    expect(placed(deployment('db', 1, ', nodeSelector: {beta.kubernetes.io/os: windows}'))).toEqual({
      'db#1': undefined,
    });
  });

  test('that ask nodes of the profile are compared with what it gives', () => {
    const profile = 'nodes: [{name: a}, {name: b, labels: {disk: ssd}}]';
    expect(placed(deployment('db', 1, ', nodeSelector: {disk: ssd}'), profile)).toEqual({ 'db#1': 'b' });
    expect(placed(deployment('db', 1, ', nodeSelector: {disk: nvme}'), profile)).toEqual({
      'db#1': undefined,
    });
  });
});

describe('cordoned nodes', () => {
  const nodes = node('a', { spec: 'unschedulable: true' }) + node('b');

  test('get no new pods', () => {
    expect(placed(nodes + deployment('web', 2))).toEqual({ 'web#1': 'b', 'web#2': 'b' });
    expect(
      codesAt(worldOf(node('a', { spec: 'unschedulable: true' }) + deployment('web', 1)).diagnostics),
    ).toEqual(['no-node-fits manifests.yaml:15', 'no-node-fits manifests.yaml:5']);
  });

  test('get those of DaemonSets', () => {
    const agent = deployment('agent', 1).replace('Deployment', 'DaemonSet').replace('  replicas: 1\n', '');
    expect(placed(nodes + agent)).toEqual({ 'agent#1': 'a', 'agent#2': 'b' });
    const picky = agent.replace('image: i}]', 'image: i}], nodeSelector: {gpu: "true"}');
    expect(placed(nodes + picky)).toEqual({});
    expect(worldOf(nodes + picky).diagnostics).toEqual([]);
  });
});

test('an ended pod takes no room, a Pending one is not placed', () => {
  const live = (name: string, status: string) =>
    `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: i}]}\nstatus: {${status}}\n`;
  const text = node('a') + node('b') + live('done', 'phase: Succeeded') + live('waits', 'phase: Pending');
  expect(placed(text + deployment('web', 1))).toEqual({ 'web#1': 'a', done: undefined, waits: undefined });
});
