import { describe, expect, test } from 'vitest';
import { normalizedUri, type PathNormalization } from '../../../src/l7/istio/normalized-uri.ts';

// istio/istio:tests/integration/security/normalization_test.go.
const ISTIO: Readonly<
  Partial<Record<PathNormalization, readonly (readonly [sent: string, seen: string])[]>>
> = {
  NONE: [
    ['/app/../admin', '/app/../admin'],
    ['/app//', '/app//'],
  ],
  BASE: [
    ['/', '/'],
    ['/app/', '/app/'],
    ['/app/../admin', '/admin'],
    ['/app//', '/app//'],
    ['/app/%2f', '/app/%2f'],
    ['/app%2f/', '/app%2f/'],
    ['/xyz%30..//abc', '/xyz0..//abc'],
    ['/app/%2E./admin', '/admin'],
    ['/app\\admin', '/app/admin'],
    ['/app/\\/\\/\\admin', '/app//////admin'],
    ['/%2Fapp%5cadmin%5Cabc', '/%2Fapp%5cadmin%5Cabc'],
    ['/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\\abc', '/%5Capp%2f%5c%2F..%2fadmin%5c/abc'],
    ['/app//../admin', '/app/admin'],
    ['/app//../../admin', '/admin'],
  ],
  MERGE_SLASHES: [
    ['/app//', '/app/'],
    ['/app/%2f', '/app/%2f'],
    ['/xyz%30..//abc', '/xyz0../abc'],
    ['/app/\\/\\/\\admin', '/app/admin'],
    ['/app//../admin', '/app/admin'],
  ],
  DECODE_AND_MERGE_SLASHES: [
    ['/app/%2f', '/app/'],
    ['/app%2f/', '/app/'],
    ['/%2Fapp%5cadmin%5Cabc', '/app/admin/abc'],
    ['/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\\abc', '/app/admin/abc'],
    ['/%c0%2e%c0%2e/admin', '/%c0.%c0./admin'],
    ['/%c0%2fadmin', '/%c0/admin'],
  ],
};

describe.each(Object.entries(ISTIO))('as Istio tests %s', (mode, rows) => {
  test.each(rows)('%s is %s', (sent, seen) => {
    expect(normalizedUri(sent, mode as PathNormalization)).toBe(seen);
  });
});

// Asked of Envoy 1.40.0 (docs/semantics/oracles.md).
test.each([
  ['/a/..?x=/../b\\c', '/?x=/../b\\c'],
  ['/../../a', '/a'],
  ['/a/.', '/a/'],
  ['/a/..', '/'],
  ['/a/..;v=1/b', '/b'],
  ['/a/%2e%2e;v=1/b', '/a/..;v=1/b'],
  ['/..;x\\y/b', '/b'],
  ['/a/..b', '/a/..b'],
  ['/a/%2E%2e/../b', '/b'],
  ['/%41%7e%2D%5f', '/A~-_'],
  ['/a%zz%', '/a%zz%'],
  ['/%%61b', '/%25ab'],
  ['/caf%c3%a9%20', '/caf%c3%a9%20'],
  ['/a{b}|"c"^`<>', '/a%7Bb%7D%7C%22c%22%5E%60%3C%3E'],
])('Envoy makes %s to %s', (sent, seen) => {
  expect(normalizedUri(sent, 'DEFAULT')).toBe(seen);
});

test('of a path of slashes alone two are left', () => {
  expect(normalizedUri('////', 'MERGE_SLASHES')).toBe('//');
});

test('a NUL is refused, but not in a parameter that goes', () => {
  expect(normalizedUri('/a%00', 'BASE')).toBeUndefined();
  expect(normalizedUri('/..;%00/a', 'BASE')).toBe('/a');
  expect(normalizedUri('/a%00', 'NONE')).toBe('/a%00');
});
