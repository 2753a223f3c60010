/** `url:` of `k8snet test` where Istio routes: at its Gateways, and by the sidecar of a pod. */

import { expect, test } from 'vitest';
import { judgeRequest } from '../../src/query/assertions/judge-request.ts';
import { refTo } from '../../src/source/ref.ts';
import { snapshotOf } from './ask.ts';

function judged(fixture: string, url: string, expected: string, from?: string): string {
  const snapshot = snapshotOf(fixture);
  const [object] = snapshot.objects.objects;
  if (object === undefined) throw new Error(fixture);
  const { status, actual } = judgeRequest(snapshot, {
    kind: 'request',
    at: refTo(object.origin),
    question: { url, ...(from === undefined ? {} : { from }) },
    expect: expected.split(', '),
  });
  return status === 'passed' ? status : `${status}: ${actual}`;
}

const EDGE = 'trace/mesh-gateway';
const MESH = 'trace/mesh';

test.each([
  { fixture: EDGE, url: 'https://shop.example.com/api/items', expected: 'shop/svc/web' },
  { fixture: EDGE, url: 'http://shop.example.com/api', expected: 'https://shop.example.com/api' },
  { fixture: EDGE, url: 'https://shop.example.com/nothing', expected: '404' },
  { fixture: MESH, from: 'shop/web', url: 'http://reviews/api', expected: 'shop/svc/reviews:80' },
  { fixture: MESH, from: 'shop/web', url: 'http://reviews/v3', expected: '503' },
  { fixture: MESH, from: 'shop/web', url: 'http://ratings/', expected: '403' },
])('$url is $expected', ({ fixture, url, expected, from }) => {
  expect(judged(fixture, url, expected, from)).toBe('passed');
});

test('what does not hold is told', () => {
  expect(judged(EDGE, 'https://shop.example.com/api/', '404')).toBe('failed: shop/web:80');
  expect(judged(MESH, 'http://ratings/', 'shop/svc/ratings', 'shop/web')).toMatch(/^failed: 403: /);
});
