/** What policies leave open together is said, with the place. */

import { expect, test } from 'vitest';
import { locate } from '../../src/source/ref.ts';
import { podYaml, policyYaml, world } from './world.ts';

function cluster(name: string, priority: number, subject: string): string {
  return [
    '---',
    'apiVersion: policy.networking.k8s.io/v1alpha2',
    'kind: ClusterNetworkPolicy',
    `metadata: {name: ${name}}`,
    `spec: {tier: Admin, priority: ${priority}, subject: ${subject}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}`,
  ].join('\n');
}

/** Code and line of everything that is said of the policies. */
function problems(text: string): readonly string[] {
  const snapshot = world(text);
  void snapshot.policies;
  return snapshot.diagnostics.map(({ code, sources: [first] }) =>
    first === undefined ? code : `${code} ${locate(first.at).line}`,
  );
}

const NAMESPACE = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}';
const BOTH = [NAMESPACE, podYaml('shop/web', 'app=web')].join('\n');
const PODS = (labels: string) => `{pods: {namespaceSelector: {}, podSelector: {matchLabels: {${labels}}}}}`;

test('equal priorities that meet on a pod', () => {
  const text = [BOTH, cluster('a', 5, '{namespaces: {}}'), cluster('b', 5, PODS('app: web'))].join('\n');
  expect(problems(text)).toEqual(['netpol-admin-equal-priority 19']);
});

test('equal priorities that never meet, and different ones, are fine', () => {
  const apart = [BOTH, cluster('a', 5, PODS('app: api')), cluster('b', 5, PODS('app: web'))].join('\n');
  expect(problems(apart)).toEqual([]);
  expect(
    problems([BOTH, cluster('a', 5, '{namespaces: {}}'), cluster('b', 6, '{namespaces: {}}')].join('\n')),
  ).toEqual([]);
});

test('labels of a namespace that is not among the objects', () => {
  const selector = (labels: string) =>
    policyYaml(
      'shop/in',
      `podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {${labels}}}}]}]`,
    );
  const bare = podYaml('shop/web', 'app=web');
  expect(problems([bare, selector('team: a')].join('\n'))).toEqual(['reference-outside-input 10']);
  expect(problems([bare, selector('kubernetes.io/metadata.name: shop')].join('\n'))).toEqual([]);
  expect(problems([BOTH, selector('team: a')].join('\n'))).toEqual([]);
});

test('hosts by name match nothing, and that is said', () => {
  const spec =
    '{tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Accept, to: [{domainNames: ["*.example.com"]}]}]}';
  const policy = [
    '---',
    'apiVersion: policy.networking.k8s.io/v1alpha2',
    'kind: ClusterNetworkPolicy',
    'metadata: {name: out}',
    `spec: ${spec}`,
  ].join('\n');
  expect(problems([BOTH, policy].join('\n'))).toEqual(['unmodelled 14']);
});
