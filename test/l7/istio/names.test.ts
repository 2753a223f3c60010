import { expect, test } from 'vitest';
import { halfQualifiedName } from '../../../src/l7/istio/names.ts';

test.each([
  ['web.shop', 'web.shop.svc.cluster.local'],
  ['web.shop.svc', 'web.shop.svc.cluster.local'],
  // A Service of a namespace that is called svc.
  ['web.svc', 'web.svc.svc.cluster.local'],
  ['web', undefined],
  ['web.shop.svc.cluster.local', undefined],
  ['api.example.com', undefined],
])('%s may mean %s', (host, full) => {
  expect(halfQualifiedName(host, 'cluster.local')).toBe(full);
});
