/** The edits that a denied trace offers: which, where, and what else they open and close. */

import { describe, expect, test } from 'vitest';
import { traceQuestion } from '../../src/index.ts';
import { podYaml, policyYaml, world } from '../policy/world.ts';

test('an edit that makes a policy select a pod tells what the pod then no longer gets', () => {
  const fromOther = 'ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]';
  const text = [
    podYaml('shop/web', 'app=web closed=yes'),
    podYaml('shop/open', 'app=web'),
    podYaml('shop/other', 'app=other'),
    policyYaml('shop/deny', 'podSelector: {matchLabels: {closed: yes}}, ingress: []').replace(
      'yes}',
      '"yes"}',
    ),
    policyYaml('shop/slip', `podSelector: {matchLabels: {app: webb}}, ${fromOther}`),
  ]
    .join('\n')
    .replace('closed: yes', 'closed: "yes"');
  const answer = traceQuestion(world(text), { from: 'shop/other', to: 'shop/web:80', dns: false });
  const [help] = answer.diagnostics[0]?.help ?? [];
  expect(help).toMatchObject({
    text: 'app: web',
    opens: ['shop/other → shop/web:*'],
    closes: ['kube-system/coredns → shop/open:*', 'shop/web → shop/open:*', 'outside → shop/open:*'],
  });
});

test('an edit of what an alias stands for elsewhere opens that, too: it is not taken for the smallest', () => {
  const text = `${podYaml('shop/web', 'app=web')}
${podYaml('shop/db', 'app=db')}
${podYaml('shop/other', 'app=other')}
---
apiVersion: v1
kind: List
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: db, namespace: shop}
  spec:
    podSelector: {matchLabels: {app: db}}
    ingress:
    - from: &friends
      - podSelector: {matchLabels: {app: api}}
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: other, namespace: shop}
  spec:
    podSelector: {matchLabels: {app: other}}
    ingress:
    - from: *friends
`;
  const answer = traceQuestion(world(text), { from: 'shop/web', to: 'shop/db:80', dns: false });
  const [help] = answer.diagnostics[0]?.help ?? [];
  expect(help?.opens).toEqual(['shop/web → shop/db:80']);
  expect(help?.edit?.insert).toContain('ports:');
});

test('what Helm rendered is to be changed in its template', () => {
  const policy = policyYaml(
    'shop/db',
    'podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 81}]}]',
  );
  const text = [
    podYaml('shop/web', 'app=web'),
    podYaml('shop/db', 'app=db'),
    policy.replace('---', '---\n# Source: shop/templates/network-policy.yaml'),
  ].join('\n');
  const answer = traceQuestion(world(text), { from: 'shop/web', to: 'shop/db:80', dns: false });
  const [help] = answer.diagnostics[0]?.help ?? [];
  expect(help?.text.split('\n').at(-1)).toBe('Helm rendered this: change shop/templates/network-policy.yaml');
});

describe('a connection that both ends deny', () => {
  const text = [
    podYaml('shop/web', 'app=web'),
    podYaml('shop/db', 'app=db'),
    policyYaml('shop/deny', 'podSelector: {}, policyTypes: [Ingress, Egress]'),
  ].join('\n');
  const answer = traceQuestion(world(text), { from: 'shop/web', to: 'shop/db:5432', dns: false });

  test('says so of the sender, then of the receiver', () => {
    expect(answer.paths[0]).toMatchObject({
      disposition: 'denied-egress',
      policy: { egress: 'deny', ingress: 'deny' },
    });
    expect(answer.diagnostics.map((each) => [each.code, each.text])).toEqual([
      ['isolated-no-rule-matches', 'web may send only what one of these allows:'],
      ['isolated-no-rule-matches', 'db accepts only what one of these allows:'],
    ]);
  });

  test('is opened by two edits together', () => {
    const [help] = answer.diagnostics[0]?.help ?? [];
    expect(help?.opens).toEqual(['shop/web → shop/db:5432']);
    const after = world(`${text}${help?.edit?.insert}`);
    expect(traceQuestion(after, { from: 'shop/web', to: 'shop/db:5432', dns: false }).result).toBe(
      'reachable',
    );
  });

  test('where a rule of another tier denies it at the receiver, nothing is offered', () => {
    const admin = [
      '---',
      'apiVersion: policy.networking.k8s.io/v1alpha2',
      'kind: ClusterNetworkPolicy',
      'metadata: {name: closed}',
      'spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}',
    ].join('\n');
    const denied = traceQuestion(world([text, admin].join('\n')), {
      from: 'shop/web',
      to: 'shop/db:5432',
      dns: false,
    });
    expect(denied.diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ['isolated-no-rule-matches', undefined],
      ['admin-deny', undefined],
    ]);
  });
});
