/** `explain netpol/NAME` and `explain pod/NAME`: what a policy means now, and what holds for a pod. */

import { describe, expect, test } from 'vitest';
import { explainPod } from '../../src/query/explain-pod.ts';
import { explainPolicy } from '../../src/query/explain-policy.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { netpolRenderer } from '../../src/render/text/explain-netpol.ts';
import { podRenderer } from '../../src/render/text/explain-pod.ts';
import { podYaml, policyYaml, world } from '../policy/world.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const SHOP = [
  podYaml('shop/carts', 'name=carts'),
  podYaml('shop/front-end', 'name=front-end'),
  policyYaml('shop/default-deny', 'podSelector: {}'),
  // As in microservices-demo: the pods are carts, the policies say cart.
  policyYaml(
    'shop/cart-access',
    'podSelector: {matchLabels: {name: cart}}, ingress: [{from: [{podSelector: {matchLabels: {name: front-end}}}, {ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 80}]}]',
  ),
].join('\n');

describe('a policy', () => {
  test('whose selector is a slip of the pen: it selects nobody, and the closest labels are named', () => {
    const answer = explainPolicy(world(SHOP), 'shop/netpol/cart-access');
    expect(
      problems(publishedSchema('explain-netpol').isClosedAnswer, JSON.parse(JSON.stringify(answer))),
    ).toEqual([]);
    const [ingress] = answer.directions;
    expect(answer.directions).toHaveLength(1);
    expect(ingress).toMatchObject({ direction: 'ingress', tier: 'network', selects: { pods: 0, peers: [] } });
    expect(ingress?.rules).toMatchObject([
      {
        index: 0,
        action: 'allow',
        ports: 'TCP 80',
        peers: [{ peers: ['shop/pod/front-end'], pods: 1 }, { pods: 0 }],
      },
    ]);
    expect(answer.findings).toMatchObject([{ code: 'netpol-selects-nothing', sources: [{ line: 20 }] }]);
    expect(answer.findings[0]?.text).toContain('closest is Pod carts (name=carts)');
  });

  test('that is not there: those that are', () => {
    expect(() => explainPolicy(world(SHOP), 'netpol/cart-access')).toThrow(UsageError);
    try {
      explainPolicy(world(SHOP), 'netpol/cart-access');
    } catch (error) {
      expect((error as UsageError).candidates).toEqual(['shop/netpol/cart-access']);
    }
  });

  test('of the whole cluster without a rule: it is there', () => {
    const empty = [
      '---',
      'apiVersion: policy.networking.k8s.io/v1alpha2',
      'kind: ClusterNetworkPolicy',
      'metadata: {name: empty}',
      'spec: {tier: Admin, priority: 5, subject: {namespaces: {}}}',
    ].join('\n');
    expect(() => explainPolicy(world(`${SHOP}\n${empty}`), 'cnp/empty')).toThrow(
      'ClusterNetworkPolicy empty has no rule that counts',
    );
  });

  test('as text', async () => {
    const view = { width: 80, color: 0, unicode: true, level: 'default' } as const;
    const text = netpolRenderer.render(
      explainPolicy(snapshotOf('allow-frontend'), 'netpol/allow-frontend'),
      view,
    );
    await expect(text).toMatchFileSnapshot('../../fixtures/allow-frontend/expected.netpol.txt');
  });
});

describe('a pod', () => {
  test('says which policies are about it, and that one may have been meant for it', () => {
    const answer = explainPod(world(SHOP), 'shop/pod/carts');
    expect(
      problems(publishedSchema('explain-pod').isClosedAnswer, JSON.parse(JSON.stringify(answer))),
    ).toEqual([]);
    expect(answer.ingress).toMatchObject({
      isolated: true,
      policies: [{ policy: 'networkpolicy/shop/default-deny' }],
    });
    expect(answer.egress).toEqual({ isolated: false, policies: [] });
    expect(answer.receives).toEqual([]);
    expect(answer.findings.map(({ code }) => code)).toEqual(['netpol-selects-nothing']);
  });

  test('as text', async () => {
    const view = { width: 80, color: 0, unicode: true, level: 'default' } as const;
    const text = podRenderer.render(explainPod(snapshotOf('allow-frontend'), 'deploy/backend'), view);
    await expect(text).toMatchFileSnapshot('../../fixtures/allow-frontend/expected.pod.txt');
  });
});
