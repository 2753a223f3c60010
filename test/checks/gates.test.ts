/** The gates against false alarms: a claim about objects that nobody showed is an info (checks.md 5). */

import { expect, test } from 'vitest';
import { check, told } from './check-text.ts';

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
`;
const POD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: maker, containers: [{name: c, image: x}]}
---
`;
const OPERATED = `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db}
spec: {instances: 3}
---
`;
const GRANT = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: maker}
rules: [{apiGroups: [apps], resources: [statefulsets], verbs: [get, create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: maker}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: maker}
subjects: [{kind: ServiceAccount, name: maker}]
---
`;

test('with workloads of the namespace in the input, the claim stands', () => {
  expect(told(check(SERVICE + POD))).toEqual(['service-no-backends Service default/db spec.selector']);
});

test.each([
  ['no workload', SERVICE, 'no workload in namespace default'],
  ['a custom resource', SERVICE + POD + OPERATED, 'Cluster default/db'],
  ['a workload that may make pods', SERVICE + POD + GRANT, 'RoleBinding maker'],
])('%s: an info that says why', (_what, text, reason) => {
  const { findings } = check(text);
  expect(findings).toMatchObject([
    {
      rule: 'reference-outside-input',
      severity: 'info',
      object: 'Service default/db',
      path: 'spec.selector',
      gated: { rule: 'service-no-backends' },
    },
  ]);
  expect(findings[0]?.message).toContain(reason);
});

test.each([
  [
    'by flag',
    {
      settings: {
        assume: { isWhole: true, complete: new Set<string>(), services: [], namespaces: new Map() },
      },
    },
  ],
  ['by profile', { set: ['assume.complete=[default]'] }],
  ['as a dump', { set: ['input=stored'] }],
])('a complete input has no gates: %s', (_how, options) => {
  expect(told(check(SERVICE + POD + OPERATED, options))).toEqual([
    'service-no-backends Service default/db spec.selector',
  ]);
});

test('istio configuration makes no pods', () => {
  const istio =
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [db]}\n';
  expect(told(check(SERVICE + POD + istio))).toContain(
    'service-no-backends Service default/db spec.selector',
  );
});

test('labels that controllers add are there', () => {
  const set = POD.replace('Deployment', 'StatefulSet');
  const service = SERVICE.replace('app: db', 'statefulset.kubernetes.io/pod-name: web-0');
  expect(told(check(service + set))).toEqual([]);
  expect(told(check(service.replace('web-0', 'api-0') + set))).toHaveLength(1);
});
