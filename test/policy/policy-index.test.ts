/** What is looked at for one pod: the policies of its namespace, with an edit as without one. */

import { expect, test } from 'vitest';
import { replacePolicies } from '../../src/policy/policy-index.ts';
import { policyYaml, world } from './world.ts';

const { policies: index } = world(
  [
    policyYaml('shop/web', 'podSelector: {}, policyTypes: [Ingress]'),
    policyYaml('bank/vault', 'podSelector: {}, policyTypes: [Ingress]'),
    policyYaml('shop/api', 'podSelector: {}, policyTypes: [Ingress]'),
  ].join('\n'),
);
const named = (namespace: string, of = index) => of.inNamespace(namespace).map(({ name }) => name);

test('the policies of a namespace, in the order of all', () => {
  const all = index.policies.filter(({ subject }) => subject.namespace === 'shop');
  expect(index.inNamespace('shop')).toEqual(all);
  expect(named('bank')).toEqual(['vault']);
  expect(named('elsewhere')).toEqual([]);
});

test('one in the place of another', () => {
  const [vault] = index.inNamespace('bank');
  if (vault === undefined) throw new Error('no policy');
  const moved = { ...vault, subject: { ...vault.subject, namespace: 'shop' } };
  const changed = replacePolicies(index, { removed: new Set([vault]), added: [moved] });
  expect(named('bank', changed)).toEqual([]);
  expect(named('shop', changed)).toEqual([...named('shop'), 'vault']);
  expect(named('bank')).toEqual(['vault']);
});
