/** The decision with its reasons; who may talk is in the conformance files and in semantics.test.ts. */

import { describe, expect, test } from 'vitest';
import { policyDecision } from '../../src/index.ts';
import { decide, decideDirection } from '../../src/policy/decide.ts';
import { printPath } from '../../src/source/ref.ts';
import { flow, podYaml, policyYaml, world } from './world.ts';

const PODS = [podYaml('shop/web', 'app=web'), podYaml('shop/db', 'app=db'), podYaml('shop/job', '')].join(
  '\n',
);
const adminYaml = (name: string, priority: number, rules: string, tier = 'Admin') =>
  [
    '---',
    'apiVersion: policy.networking.k8s.io/v1alpha2',
    'kind: ClusterNetworkPolicy',
    `metadata: {name: ${name}}`,
    `spec: {tier: ${tier}, priority: ${priority}, subject: {namespaces: {}}, ingress: [${rules}]}`,
  ].join('\n');
const FROM_ALL = 'from: [{namespaces: {}}]';

describe('a verdict', () => {
  test('of a pod that no policy selects is that it is not isolated', () => {
    const snapshot = world(PODS);
    const { action, egress, ingress } = decide(
      snapshot.policies,
      flow(snapshot, ['shop/web', 'shop/db'], [80]),
    );
    expect([action, egress.reason, ingress.reason]).toEqual(['allow', 'not-isolated', 'not-isolated']);
  });

  test('cites every rule that admits, and every policy that isolates', () => {
    const snapshot = world(
      [
        PODS,
        policyYaml('shop/b', 'podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}]'),
        policyYaml(
          'shop/a',
          'podSelector: {}, ingress: [{ports: [{port: 5432}]}, {from: [{podSelector: {}}]}]',
        ),
        policyYaml('shop/deny', 'podSelector: {}'),
      ].join('\n'),
    );
    const { ingress } = decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [5432]));
    expect(ingress).toMatchObject({ action: 'allow', reason: 'rule' });
    expect(ingress.rules.map(({ policy, rule }) => `${policy.name} ${rule.index}`)).toEqual([
      'a 0',
      'a 1',
      'b 0',
    ]);
    expect(ingress.isolating.map(({ name }) => name)).toEqual(['a', 'b', 'deny']);
    expect(ingress.rules.map(({ rule }) => printPath(rule.origin.path))).toEqual([
      'spec.ingress[0]',
      'spec.ingress[1]',
      'spec.ingress[0]',
    ]);
  });

  test('of an isolated pod that no rule admits names the isolating policies', () => {
    const snapshot = world([PODS, policyYaml('shop/deny', 'podSelector: {}')].join('\n'));
    const { action, ingress } = decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [80]));
    expect(action).toBe('deny');
    expect(ingress).toMatchObject({ action: 'deny', reason: 'isolated-no-rule-matches', rules: [] });
    expect(ingress.isolating).toHaveLength(1);
  });

  test('of tiers is a chain: who passed it on, and who decided', () => {
    const snapshot = world(
      [
        PODS,
        adminYaml('pass', 1, `{action: Pass, ${FROM_ALL}}`),
        adminYaml('never-reached', 2, `{action: Accept, ${FROM_ALL}}`),
        adminYaml('last', 5, `{action: Deny, ${FROM_ALL}}`, 'Baseline'),
      ].join('\n'),
    );
    const asked = flow(snapshot, ['shop/web', 'shop/db'], [80]);
    const verdict = decideDirection(snapshot.policies, asked, 'ingress');
    expect(verdict).toMatchObject({ action: 'deny', reason: 'baseline-deny' });
    expect(verdict.passed.map(({ policy }) => policy.name)).toEqual(['pass']);
    expect(verdict.rules.map(({ policy }) => policy.name)).toEqual(['last']);
  });

  test('of the admin tier comes before NetworkPolicies, which are named all the same', () => {
    const snapshot = world(
      [
        PODS,
        adminYaml('shut', 1, `{action: Deny, ${FROM_ALL}}`),
        policyYaml('shop/open', 'podSelector: {}, ingress: [{}]'),
      ].join('\n'),
    );
    const { ingress } = decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [80]));
    expect(ingress).toMatchObject({ action: 'deny', reason: 'admin-deny' });
    expect(ingress.isolating.map(({ name }) => name)).toEqual(['open']);
  });
});

describe('the question', () => {
  test('of a Service asks for each endpoint, on its target port', () => {
    const text = [
      PODS,
      policyYaml('shop/db', 'podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 80}]}]'),
      '---',
      'apiVersion: v1',
      'kind: Service',
      'metadata: {name: db, namespace: shop}',
      'spec: {selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}',
    ].join('\n');
    const answer = policyDecision(world(text), {
      from: 'shop/web',
      to: 'shop/svc/db',
      port: 80,
      protocol: 'tcp',
    });
    expect(answer.action).toBe('deny');
    expect(answer.destinations).toMatchObject([{ to: 'shop/db', port: 5432, ingress: { action: 'deny' } }]);
    expect(answer.destinations[0]?.ingress.isolating).toMatchObject([
      { object: 'networkpolicy/shop/db', file: 'world.yaml' },
    ]);
  });

  test('says whether the CNI enforces policies', () => {
    const question = { from: 'shop/web', to: 'shop/db', port: 80, protocol: 'tcp' } as const;
    expect(policyDecision(world(PODS), question).enforced).toBe(true);
    expect(policyDecision(world(PODS, ['cni.name=flannel']), question).enforced).toBe(false);
  });
});
