import { describe, expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';

/** `text @line,line` of each unknown-field diagnostic. */
function unknownFields(text: string): readonly string[] {
  const snapshot = loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });
  void snapshot.objects;
  return snapshot.diagnostics
    .filter(({ code }) => code === 'unknown-field')
    .map(({ text: said, sources, help = [] }) =>
      [
        said,
        sources.map(({ at }) => ('document' in at ? at.path.join('.') : '')).join(' '),
        ...help.map((one) => one.text),
      ].join(' | '),
    );
}

// The words of k8s.io/apimachinery:pkg/runtime/serializer/json (strict decoding), as `kubectl apply` prints them.
describe('fields that a kind does not have', () => {
  test('are told once an object, in the words of the API server', () => {
    const service = `apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  selctor: {app: a}
  ports: [{port: 80, targetport: 8080}]
`;
    expect(unknownFields(service)).toEqual([
      'unknown field "spec.selctor", unknown field "spec.ports[0].targetport" | spec.selctor spec.ports.0.targetport | did you mean selector?',
    ]);
  });

  test('in the template of a workload', () => {
    const cronJob = `apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '* * * * *'
  jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: i, port: 80}]}}}}
`;
    expect(unknownFields(cronJob)).toEqual([
      'unknown field "spec.jobTemplate.spec.template.spec.containers[0].port" | spec.jobTemplate.spec.template.spec.containers.0.port | did you mean ports?',
    ]);
  });

  test('in a policy, where what is left would mean everyone', () => {
    const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a}
spec:
  podSelector: {matchlabels: {app: a}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: b}}}]
    port: [{port: 80}]
`;
    expect(unknownFields(policy)).toEqual([
      'unknown field "spec.podSelector.matchlabels", unknown field "spec.ingress[0].port" | spec.podSelector.matchlabels spec.ingress.0.port | did you mean matchLabels?',
    ]);
  });

  test('in a policy of the whole cluster; peers and ports that are not known are refused as such', () => {
    const policy = `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: a}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  egress:
  - action: Deny
    to: [{networks: [192.0.2.0/24]}, {serviceAccounts: {}}]
    protocols: [{tcp: {destinationport: {number: 80}}}, {icmp: {}}]
`;
    expect(unknownFields(policy)).toEqual([
      'unknown field "spec.egress[0].protocols[0].tcp.destinationport" | spec.egress.0.protocols.0.tcp.destinationport | did you mean destinationPort?',
    ]);
  });

  test.each([
    [
      'labels and annotations have any key',
      'metadata: {name: a, labels: {x: y}, annotations: {z: w}}\nspec: {containers: []}',
    ],
    [
      'names of an object are fields like any other',
      'metadata: {name: a}\nspec: {nodeSelector: {constructor: x}, containers: []}',
    ],
  ])('%s', (_name, rest) => {
    expect(unknownFields(`apiVersion: v1\nkind: Pod\n${rest}\n`)).toEqual([]);
  });

  test('a field named like a property of every object is unknown, too', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {constructor: x, containers: []}\n';
    expect(unknownFields(pod)).toEqual(['unknown field "spec.constructor" | spec.constructor']);
  });
});
