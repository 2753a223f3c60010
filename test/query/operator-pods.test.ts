/** Pods that an operator makes are in no manifest: a selector for them is no slip. */

import { expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';
import { matrixQuestion } from '../../src/query/matrix/matrix.ts';

const policy = (labels: string) => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: monitoring}
spec:
  podSelector: {matchLabels: {app: grafana}}
  ingress: [{from: [{podSelector: {matchLabels: {${labels}}}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: grafana, namespace: monitoring, labels: {app: grafana}}
spec: {containers: [{name: c, image: example.com/grafana}]}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: k8s, namespace: monitoring}
spec: {replicas: 2}
`;

function told(labels: string): readonly (readonly [code: string, text: string])[] {
  const files = [{ name: 'all.yaml', text: policy(labels) }];
  const snapshot = loadSnapshot({ files, profile: { flags: { set: [] } } });
  return matrixQuestion(snapshot, {}).diagnostics.map(({ code, text }) => [code, text]);
}

// prometheus-operator labels its pods with the name of the object and with the name of the program
// (prometheus-operator/prometheus-operator:pkg/prometheus/server/statefulset.go).
test.each(['app.kubernetes.io/name: prometheus', 'prometheus: k8s'])('%s may be its pods', (labels) => {
  expect(told(labels)).toContainEqual([
    'unmodelled',
    'networkpolicy/monitoring/p admits no pod of the manifests by this peer: Prometheus monitoring/k8s may make such pods; its operator is not modelled',
  ]);
});

test('other labels are not', () => {
  expect(told('app: loki').map(([code]) => code)).toContain('netpol-peer-matches-nothing');
});
