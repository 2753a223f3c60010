/** `explain cluster` on fixtures: each fact with its source, and the published schema. */

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';
import type { ClusterAnswer, FactSource, ServiceAnswer } from '../../src/query/cluster-answer.ts';
import { explainCluster } from '../../src/query/explain-cluster.ts';
import type { SourceFile } from '../../src/source/file.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { schema, isAnswer, isClosedAnswer } = publishedSchema('explain-cluster');

test.each(readdirSync('fixtures/trace'))('the answer about fixtures/trace/%s fits the schema', (fixture) => {
  const answer: unknown = JSON.parse(JSON.stringify(explainCluster(snapshotOf(`trace/${fixture}`))));
  expect(problems(isAnswer, answer)).toEqual([]);
  expect(problems(isClosedAnswer, answer)).toEqual([]);
  expect((answer as ClusterAnswer).pods.length).toBeGreaterThan(0);
});

test('what is wrong with an answer is found', () => {
  const answer = explainCluster(snapshotOf('trace/shop'));
  const [pod] = answer.pods;
  expect(problems(isAnswer, { ...answer, pods: [{ ...pod, readiness: { value: 'fine' } }] })).toEqual([
    "/pods/0/readiness must have required property 'source'",
    '/pods/0/readiness/value must be equal to one of the allowed values',
  ]);
  expect(problems(isClosedAnswer, { ...answer, extra: 1 })).toEqual([' must NOT have additional properties']);
});

/** The words of each type. The compiler asks for a key for each member, and for no other. */
const SOURCES: Record<FactSource, 0> = { manifest: 0, profile: 0, detected: 0, assumed: 0 };
const TYPES: Record<ServiceAnswer['type'], 0> = {
  ClusterIP: 0,
  NodePort: 0,
  LoadBalancer: 0,
  ExternalName: 0,
};

test('every word of a type is a word of the schema', () => {
  const { $defs, properties } = schema as unknown as {
    $defs: { factSource: { enum: string[] } };
    properties: { services: { items: { properties: { type: { enum: string[] } } } } };
  };
  expect($defs.factSource.enum.sort()).toEqual(Object.keys(SOURCES).sort());
  expect(properties.services.items.properties.type.enum.sort()).toEqual(Object.keys(TYPES).sort());
});

const APP: SourceFile = {
  name: 'app.yaml',
  text: `apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec:
  nodeName: node-a
  containers:
  - {name: web, image: x, ports: [{name: http, containerPort: 8080}]}
status:
  podIP: 10.1.1.7
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: x}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.0.77
  selector: {app: web}
  ports:
  - {port: 80, targetPort: http, nodePort: 30080}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: crd.antrea.io/v1beta1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {appliedTo: [{podSelector: {}}], ingress: []}
`,
};
const PROFILE: SourceFile = {
  name: 'k8snet.yaml',
  text: `kubernetes: "1.33"
nodes:
- name: node-a
  addresses: [192.0.2.11]
  podCIDRs: [10.1.1.0/24]
  mtu: 9001
`,
};

/** An answer about APP with the profile, and with flags. */
function explained(): ClusterAnswer {
  const flags = { cni: 'flannel', set: ['clusterDomain=example.org'] };
  return explainCluster(loadSnapshot({ files: [APP], profile: { file: PROFILE, flags } }));
}

describe('sources', () => {
  test('objects are counted: read, skipped, not modelled', () => {
    const { objects, input } = explained();
    expect(input).toEqual({ mode: 'authored', files: 1 });
    expect(objects.read).toEqual([
      { kind: 'Deployment', count: 1 },
      { kind: 'Pod', count: 1 },
      { kind: 'Service', count: 1 },
    ]);
    expect(objects.skipped).toEqual([{ kind: 'ConfigMap', count: 1 }]);
    expect(objects.unmodelled).toMatchObject([
      { kind: 'NetworkPolicy', namespace: 'shop', name: 'deny', at: { file: 'app.yaml', line: 34 } },
    ]);
  });

  test('an object that tells of the cluster as a whole was read, whatever its kind', () => {
    const data = `data: {net-conf.json: '{"Network": "10.244.0.0/16", "Backend": {"Type": "host-gw"}}'}`;
    const text = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-flannel-cfg, namespace: kube-flannel}\n${data}\n`;
    const { objects } = explainCluster(
      loadSnapshot({ files: [{ name: APP.name, text: APP.text + text }], profile: { flags: { set: [] } } }),
    );
    expect(objects.read).toContainEqual({ kind: 'ConfigMap', count: 1 });
    expect(objects.skipped).toEqual([{ kind: 'ConfigMap', count: 1 }]);
  });

  test.each([
    { key: 'kubernetes', value: '1.33', source: 'profile', line: 1 },
    { key: 'clusterDomain', value: 'example.org', source: 'profile', line: undefined },
    { key: 'cni.name', value: 'flannel-vxlan', source: 'profile', line: undefined },
    { key: 'cni.enforcesPolicy', value: false, source: 'profile', line: undefined },
    { key: 'proxy.mode', value: 'iptables', source: 'assumed', line: undefined },
  ])('setting $key', ({ key, value, source, line }) => {
    const setting = explained().settings.find((one) => one.key === key);
    expect(setting).toMatchObject({ value, source });
    expect(setting?.at?.line).toBe(line);
  });

  test('a node of the profile', () => {
    expect(explained().nodes).toMatchObject([
      {
        name: 'node-a',
        source: 'profile',
        addresses: { value: ['192.0.2.11'], source: 'profile', at: { file: 'k8snet.yaml', line: 4 } },
        podCidrs: { value: ['10.1.1.0/24'], source: 'profile', at: { line: 5 } },
        mtu: { value: 9001, source: 'profile', at: { line: 6 } },
      },
    ]);
  });

  test('pods: written facts at their lines, the others assumed', () => {
    const { pods } = explained();
    expect(pods.find(({ name }) => name === 'web-0')).toMatchObject({
      node: { value: 'node-a', source: 'manifest', at: { line: 5 } },
      addresses: { value: ['10.1.1.7'], source: 'manifest', at: { line: 9 } },
      readiness: { value: 'ready', source: 'assumed', assumption: 'A_READY' },
      ports: [{ name: 'http', port: 8080, protocol: 'tcp' }],
    });
    expect(pods.find(({ name }) => name === 'api#1')).toMatchObject({
      nameSource: 'assumed',
      workload: { kind: 'Deployment', name: 'api' },
      at: { file: 'app.yaml', line: 11 },
      node: { value: 'node-a', source: 'assumed', assumption: 'A_NODES' },
      addresses: { source: 'assumed', assumption: 'A_POD_IP' },
    });
  });

  test('Services: written and invented addresses, node ports, endpoints', () => {
    const { services } = explained();
    expect(services.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'default/kubernetes',
      'kube-system/kube-dns',
      'shop/web',
    ]);
    expect(services.at(-1)).toMatchObject({
      clusterIps: { value: ['10.96.0.77'], source: 'manifest', at: { line: 25 } },
      ports: [
        { port: 80, targetPort: 'http', nodePort: { value: 30080, source: 'manifest', at: { line: 28 } } },
      ],
      endpoints: { total: 1, ready: 1 },
    });
    expect(services[0]).toMatchObject({ clusterIps: { value: ['10.96.0.1'], source: 'assumed' } });
    expect(services[0]?.at).toBeUndefined();
  });

  test('invented nodes are assumed', () => {
    const { nodes } = explainCluster(snapshotOf('trace/shop'));
    expect(nodes.map(({ name, source }) => [name, source])).toEqual([
      ['node-a', 'assumed'],
      ['node-b', 'assumed'],
    ]);
  });
});
