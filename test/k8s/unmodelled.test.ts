import { expect, test } from 'vitest';
import { selectorMatches } from '../../src/k8s/selector.ts';
import { unmodelledObjects } from '../../src/k8s/unmodelled.ts';
import { UNMODELLED_KINDS } from '../../src/k8s/unmodelled-kinds.ts';
import { readTexts } from './objects.ts';

const PODS = [
  new Map([
    ['app', 'web'],
    ['tier', 'front'],
  ]),
  new Map([['app', 'db']]),
  new Map<string, string>(),
];

/** `shop: yes no no`: whose pods, and which of app=web, app=db, none it may touch. */
function touches(type: string, spec: string, namespace = 'shop'): readonly string[] {
  const [apiVersion, kind] = type.split(' ');
  const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a, namespace: ${namespace}}\n${spec}\n`;
  return unmodelledObjects(readTexts([text])).map(({ concern, subject }) => {
    const { selector } = subject;
    const each = PODS.map((labels) =>
      selector === 'unknown' ? '?' : selectorMatches(selector, labels) ? 'yes' : 'no',
    );
    return `${concern} ${subject.namespace ?? '*'}: ${each.join(' ')}`;
  });
}

test.each<[string, string, string]>([
  [
    'networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy',
    'spec: {podSelector: {matchLabels: {app: web}}}',
    'policy shop: yes no no',
  ],
  [
    'networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy',
    'spec: {podSelector: {}}',
    'policy shop: yes yes yes',
  ],
  [
    'networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy',
    'spec: {podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db]}]}}',
    'policy shop: yes no yes',
  ],
  [
    'networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy',
    'spec: {podSelector: {matchExpressions: [{key: app}]}}',
    'policy shop: ? ? ?',
  ],
  [
    'networking.k8s.aws/v1alpha1 ClusterNetworkPolicy',
    'spec: {subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}}',
    'policy *: no yes no',
  ],
  [
    'networking.k8s.aws/v1alpha1 ClusterNetworkPolicy',
    'spec: {subject: {namespaces: {}}}',
    'policy *: yes yes yes',
  ],
  [
    'crd.antrea.io/v1beta1 ClusterNetworkPolicy',
    'spec: {appliedTo: [{podSelector: {matchLabels: {app: db}}}]}',
    'policy *: no yes no',
  ],
  ['crd.antrea.io/v1beta1 NetworkPolicy', 'spec: {appliedTo: [{group: g}]}', 'policy shop: ? ? ?'],
  ['k8s.ovn.org/v1 EgressFirewall', 'spec: {egress: []}', 'policy shop: yes yes yes'],
  ['k8s.ovn.org/v1 EgressIP', 'spec: {podSelector: {matchLabels: {app: web}}}', 'egress *: yes no no'],
  ['cilium.io/v2 CiliumLocalRedirectPolicy', 'spec: {}', 'services *: ? ? ?'],
  ['split.smi-spec.io/v1alpha4 TrafficSplit', 'spec: {service: a}', 'mesh *: ? ? ?'],
  [
    'networking.istio.io/v1alpha3 EnvoyFilter',
    'spec: {workloadSelector: {labels: {app: web}}}',
    'mesh shop: yes no no',
  ],
  ['extensions.istio.io/v1alpha1 WasmPlugin', 'spec: {url: oci://a}', 'mesh shop: yes yes yes'],
])('%s %s', (type, spec, expected) => {
  expect(touches(type, spec)).toEqual([expected]);
});

test('configuration in Istio’s root namespace is for the whole mesh', () => {
  expect(touches('extensions.istio.io/v1alpha1 WasmPlugin', 'spec: {}', 'istio-system')).toEqual([
    'mesh *: yes yes yes',
  ]);
});

test.each(['example.com/v1 NetworkPolicy', 'v1 ConfigMap', 'gateway.networking.k8s.io/v1 HTTPRoute'])(
  '%s changes nothing here',
  (type) => {
    expect(touches(type, 'spec: {}')).toEqual([]);
  },
);

test('a kind of a group is listed once', () => {
  const names = UNMODELLED_KINDS.flatMap(({ kind, groups }) => groups.map((group) => `${group}/${kind}`));
  expect(new Set(names).size).toBe(names.length);
});
