import { expect, test } from 'vitest';
import { nearest } from '../../src/diagnostics/did-you-mean.ts';

const SERVICES = ['api', 'cart', 'cartservice', 'checkout', 'frontend', 'frontend-external', 'web'];

test.each<[string, readonly string[]]>([
  ['apii', ['api']],
  ['API', ['api']],
  ['frontned', ['frontend']],
  ['front', ['frontend', 'frontend-external']],
  ['cartservcie', ['cartservice']],
  ['cart', ['cart', 'cartservice']],
  ['wbe', ['web']],
  ['payments', []],
  ['', []],
])('%j: %j', (name, expected) => {
  expect(nearest(name, SERVICES, 3)).toEqual(expected);
});

test('at most as many as wanted, ties in their order', () => {
  expect(nearest('web-0', ['web-2', 'web-1', 'web-3'], 2)).toEqual(['web-2', 'web-1']);
});
