/** `explain svc/NAME`: addresses, ports, endpoints, the doors and for whom, and what breaks at which line. */

import { expect, test } from 'vitest';
import { explainService } from '../../src/query/explain-service.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isAnswer, isClosedAnswer } = publishedSchema('explain-service');

test.each([
  ['trace/from-outside', 'shop/svc/web'],
  ['trace/from-outside', 'shop/svc/inside'],
  ['trace/doors', 'svc/api'],
  ['trace/doors', 'svc/local'],
  ['trace/doors', 'svc/elsewhere'],
  ['trace/shop', 'shop/svc/api-headless'],
  ['trace/shop', 'shop/svc/api-wrong-label'],
  ['trace/walk-s4', 'kube-system/svc/kube-dns'],
])('%s: %s is as published', (fixture, target) => {
  const answer: unknown = JSON.parse(JSON.stringify(explainService(snapshotOf(fixture), target)));
  expect(problems(isAnswer, answer)).toEqual([]);
  expect(problems(isClosedAnswer, answer)).toEqual([]);
});

test('the doors of a load balanced Service, and whom the server sees by each', () => {
  const { doors, endpoints, policies } = explainService(snapshotOf('trace/from-outside'), 'shop/svc/web');
  expect(doors.map(({ kind, from, sees, uses }) => [kind, from, sees, uses])).toEqual([
    ['name', 'inside', {}, 'every endpoint'],
    ['cluster-ip', 'inside', { pod: 'client' }, 'every endpoint'],
    ['node-port', 'anywhere', { pod: 'node', outside: 'node' }, 'every endpoint'],
    ['external-ip', 'anywhere', { pod: 'node', outside: 'node' }, 'every endpoint'],
    ['load-balancer', 'anywhere', { pod: 'node', outside: 'node' }, 'every endpoint'],
  ]);
  expect(doors.at(-1)).toMatchObject({
    at: ['198.51.100.7:80'],
    balancer: { delivery: 'vip', nodes: ['node-a', 'node-b'], excluded: [], pending: false },
  });
  expect(policies).toMatchObject({ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' });
  expect(endpoints).toMatchObject([
    { address: '10.244.2.7', pod: 'shop/web-0', node: 'node-b', ready: true },
  ]);
});

test('what breaks stands at its line', () => {
  const { findings } = explainService(snapshotOf('trace/shop'), 'shop/svc/api-wrong-label');
  expect(findings[0]).toMatchObject({ code: 'selector-matches-no-pod', severity: 'error' });
  expect(findings[0]?.sources?.[0]).toMatchObject({
    file: 'fixtures/trace/shop/manifests/typos.yaml',
    line: 9,
    path: 'spec.selector.app',
  });
});

test('an unknown Service lists those that may be meant', () => {
  expect(() => explainService(snapshotOf('trace/doors'), 'svc/apii')).toThrow('no Service default/apii');
});
