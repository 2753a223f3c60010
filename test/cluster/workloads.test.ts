import { describe, expect, test } from 'vitest';
import { codesAt, pod, worldOf } from './world.ts';

const template = (app: string, rest = '') =>
  `template: {metadata: {labels: {app: ${app}}}, spec: {containers: [{name: c, image: i}]${rest === '' ? '' : `, ${rest}`}}}`;
const workload = (kind: string, name: string, spec = '', apiVersion = 'apps/v1') => `---
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  ${spec}
  ${template(name)}
`;
const names = (text: string, profile = '') =>
  worldOf(text, profile)
    .cluster.pods.filter(({ namespace }) => namespace === 'shop')
    .map(({ name }) => name);

describe('invented replicas', () => {
  test.each([
    ['Deployment', 'replicas: 3', ['web#1', 'web#2', 'web#3']],
    ['Deployment', '', ['web#1']],
    ['Deployment', 'replicas: 0', []],
    ['ReplicaSet', 'replicas: 2', ['web#1', 'web#2']],
    ['StatefulSet', 'replicas: 2', ['web-0', 'web-1']],
    ['StatefulSet', 'replicas: 2\n  ordinals: {start: 5}', ['web-5', 'web-6']],
    ['DaemonSet', '', ['web#1', 'web#2']],
  ])('%s %j', (kind, spec, expected) => {
    expect(names(workload(kind, 'web', spec))).toEqual(expected);
  });

  test('a Job has as many as run at a time, a CronJob those of one run', () => {
    const job = workload('Job', 'sum', 'parallelism: 2', 'batch/v1').replace(/ {2}selector.*\n/, '');
    const cron = `---
apiVersion: batch/v1
kind: CronJob
metadata: {name: night, namespace: shop}
spec: {schedule: "0 1 * * *", jobTemplate: {spec: {${template('night')}}}}
`;
    const world = worldOf(job + cron);
    expect(names(job + cron)).toEqual(['night#1', 'sum#1', 'sum#2']);
    expect(pod(world, 'shop/sum#1').labels).toEqual(
      new Map([
        ['app', 'sum'],
        ['batch.kubernetes.io/job-name', 'sum'],
        ['job-name', 'sum'],
      ]),
    );
    expect(pod(world, 'shop/night#1').workload).toEqual({ kind: 'CronJob', name: 'night' });
  });

  test('two workloads of a name count on', () => {
    expect(names(workload('Deployment', 'web') + workload('ReplicaSet', 'web'))).toEqual(['web#1', 'web#2']);
  });

  test('a StatefulSet leaves out a name that a Pod has', () => {
    const naked =
      '---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-0, namespace: shop}\nspec: {containers: [{name: c, image: i}]}\n';
    const world = worldOf(workload('StatefulSet', 'web', 'replicas: 2') + naked);
    expect(pod(world, 'shop/web-0').workload).toBeUndefined();
    expect(pod(world, 'shop/web-1').workload).toEqual({ kind: 'StatefulSet', name: 'web' });
  });

  test("a StatefulSet's pods know their name and get the labels of the controller", () => {
    const set = workload('StatefulSet', 'web', 'replicas: 1\n  serviceName: peers');
    expect(pod(worldOf(set), 'shop/web-0')).toMatchObject({
      assumed: { name: false, readiness: true },
      spec: { hostname: 'web-0', subdomain: 'peers' },
      labels: new Map([
        ['app', 'web'],
        ['statefulset.kubernetes.io/pod-name', 'web-0'],
        ['apps.kubernetes.io/pod-index', '0'],
      ]),
    });
  });

  test('more pods than a cluster may have are cut, with a word', { timeout: 180_000 }, () => {
    const { cluster, diagnostics } = worldOf(workload('Deployment', 'web', 'replicas: 2000000000'));
    expect(cluster.pods.length).toBe(150_002);
    expect(codesAt(diagnostics)).toEqual(['too-many-pods manifests.yaml:5', 'address-range-full']);
  });
});

const owner = (kind: string, name: string) =>
  `ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, controller: true, uid: u}]`;
const live = (name: string, metadata: string, status = 'phase: Running, podIP: 10.244.1.9') => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, ${metadata}}
spec: {nodeName: w1, containers: [{name: c, image: i}]}
status: {${status}}
`;
const workloadsOf = (text: string) =>
  worldOf(text)
    .cluster.pods.filter(({ namespace }) => namespace === 'shop')
    .map(({ name, workload: own }) => `${name} ${own === undefined ? '-' : `${own.kind}/${own.name}`}`);

describe('live Pods', () => {
  test('replace the replicas of their Deployment, through its ReplicaSet', () => {
    const set = `---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-7d4b9c6f5, namespace: shop, ${owner('Deployment', 'web')}}
spec: {replicas: 1, selector: {matchLabels: {app: web}}, ${template('web')}}
`;
    const text =
      workload('Deployment', 'web', 'replicas: 3') +
      set +
      live('web-7d4b9c6f5-abcde', owner('ReplicaSet', 'web-7d4b9c6f5'));
    expect(workloadsOf(text)).toEqual(['web-7d4b9c6f5-abcde Deployment/web']);
  });

  test('a ReplicaSet that is not in the input is told by its name', () => {
    const dump = live('web-7d4b9c6f5-abcde', owner('ReplicaSet', 'web-7d4b9c6f5'));
    expect(workloadsOf(workload('Deployment', 'web', 'replicas: 3') + dump)).toEqual([
      'web-7d4b9c6f5-abcde Deployment/web',
    ]);
    const hashed = live(
      'web-7d4b9c6f5-abcde',
      `labels: {pod-template-hash: 7d4b9c6f5}, ${owner('ReplicaSet', 'web-7d4b9c6f5')}`,
    );
    expect(workloadsOf(hashed)).toEqual(['web-7d4b9c6f5-abcde Deployment/web']);
  });

  test('a ReplicaSet without a Deployment keeps its name, however it looks', () => {
    expect(workloadsOf(live('a-b-c', owner('ReplicaSet', 'a-b')))).toEqual(['a-b-c ReplicaSet/a-b']);
  });

  test.each([
    ['StatefulSet', 'db', 'db-0', 'db-0 StatefulSet/db'],
    ['DaemonSet', 'agent', 'agent-x2x', 'agent-x2x DaemonSet/agent'],
  ])('replace those of a %s', (kind, name, podName, expected) => {
    expect(
      workloadsOf(
        workload(kind, name, kind === 'StatefulSet' ? 'replicas: 3' : '') + live(podName, owner(kind, name)),
      ),
    ).toEqual([expected]);
  });

  test("a CronJob's Job makes no pods beside the CronJob's", () => {
    const cron = `---
apiVersion: batch/v1
kind: CronJob
metadata: {name: night, namespace: shop}
spec: {schedule: "0 1 * * *", jobTemplate: {spec: {${template('night')}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: night-29000000, namespace: shop, ${owner('CronJob', 'night')}}
spec: {${template('night')}}
`;
    expect(workloadsOf(cron)).toEqual(['night#1 CronJob/night']);
    expect(workloadsOf(cron + live('night-29000000-x', owner('Job', 'night-29000000')))).toEqual([
      'night-29000000-x CronJob/night',
    ]);
  });

  test('a ReplicaSet of a Deployment that is not in the input makes the pods of the Deployment', () => {
    const set = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-7d4b9c6f5, namespace: shop, ${owner('Deployment', 'web')}}
spec: {replicas: 1, selector: {matchLabels: {app: web}}, ${template('web')}}
`;
    expect(workloadsOf(set)).toEqual(['web#1 Deployment/web']);
  });

  test('static and naked pods belong to no workload', () => {
    expect(workloadsOf(live('etcd-w1', owner('Node', 'w1')) + live('naked', 'labels: {}'))).toEqual([
      'etcd-w1 -',
      'naked -',
    ]);
  });
});

describe('states', () => {
  test.each([
    ['phase: Running, podIP: 10.244.1.9', 'ready', 1],
    ['phase: Running, podIP: 10.244.1.9, conditions: [{type: Ready, status: "True"}]', 'ready', 1],
    ['phase: Running, podIP: 10.244.1.9, conditions: [{type: Ready, status: "False"}]', 'not-ready', 1],
    ['phase: Pending', 'not-ready', 0],
    ['phase: Succeeded, podIP: 10.244.1.9', 'not-ready', 0],
    ['phase: Failed, podIP: 10.244.1.9', 'not-ready', 0],
  ])('%s is %s', (status, readiness, addresses) => {
    const found = pod(worldOf(live('p', 'labels: {}', status)), 'shop/p');
    expect({ readiness: found.readiness, addresses: found.ips.length }).toEqual({ readiness, addresses });
  });

  test('a pod that is going away may still serve', () => {
    const status = 'phase: Running, podIP: 10.244.1.9, conditions: [{type: Ready, status: "True"}]';
    const found = pod(worldOf(live('p', 'deletionTimestamp: "2026-01-01T00:00:00Z"', status)), 'shop/p');
    expect(found).toMatchObject({ readiness: 'terminating', serving: true });
  });

  test('a stored pod without the condition is not ready; a written one is taken to be', () => {
    const text = live('p', 'labels: {}');
    expect(pod(worldOf(text, 'input: stored'), 'shop/p').readiness).toBe('not-ready');
    expect(pod(worldOf(text), 'shop/p')).toMatchObject({ readiness: 'ready', assumed: { readiness: true } });
  });

  test('stored input has no pods but its own', () => {
    expect(names(workload('Deployment', 'web', 'replicas: 3'), 'input: stored')).toEqual([]);
  });
});

test('ports are those of containers, then of sidecars', () => {
  const found = pod(
    worldOf(`
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  initContainers:
  - {name: once, image: i, ports: [{containerPort: 1}]}
  - {name: side, image: i, restartPolicy: Always, ports: [{containerPort: 2}]}
  containers:
  - {name: main, image: i, ports: [{containerPort: 3}]}
`),
    'default/p',
  );
  expect(found.ports.map(({ containerPort }) => containerPort)).toEqual([3, 2]);
});
