/** glibc's order of questions: bminor/glibc:resolv/res_query.c __res_context_search. */

import { expect, test } from 'vitest';
import { searchOrder } from '../../../src/control/dns/search.ts';

const searches = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const SHORT = [
  'my-service.default.svc.cluster.local.',
  'my-service.svc.cluster.local.',
  'my-service.cluster.local.',
  'my-service.',
];

test.each([
  ['my-service', 5, SHORT],
  ['my-service.', 5, ['my-service.']],
  ['a.b', 2, ['a.b.default.svc.cluster.local.', 'a.b.svc.cluster.local.', 'a.b.cluster.local.', 'a.b.']],
  // As many dots as ndots: the name as it is comes first, and the list is walked all the same.
  ['a.b', 1, ['a.b.', 'a.b.default.svc.cluster.local.', 'a.b.svc.cluster.local.', 'a.b.cluster.local.']],
  ['web-0.nginx.ns.svc.cluster.local', 5, ['web-0.nginx.ns.svc.cluster.local.']],
])('%s with ndots %i', (name, ndots, expected) => {
  const asked = searchOrder(name, { searches, ndots }).map((candidate) => candidate.name);
  expect(asked.slice(0, expected.length)).toEqual(expected);
});

test('a candidate says which entry of the list made it', () => {
  expect(searchOrder('api', { searches, ndots: 5 }).map(({ search }) => search)).toEqual([
    1,
    2,
    3,
    undefined,
  ]);
});

test('the root in the list is the name itself, asked once', () => {
  const asked = searchOrder('api', { searches: ['.', 'cluster.local'], ndots: 5 }).map(({ name }) => name);
  expect(asked).toEqual(['api.', 'api.cluster.local.']);
});

test('without a list there is the name itself', () => {
  expect(searchOrder('api', { searches: [], ndots: 1 }).map(({ name }) => name)).toEqual(['api.']);
});
