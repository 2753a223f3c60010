/** Hosts and paths that overlap, and how generated manifests are put together. */

import fc from 'fast-check';

export const HOSTS = ['a.example', 'b.example', '*.wild.example', '*.example', '*', '*'];
export const PATHS = ['/', '/a', '/a/', '/A/b', '/ab', '/a/b', '/api/v1', '/caf%C3%A9'];
export const PATTERNS = ['/a/[0-9]+', '/(a|b)/.*', '.*', '/a.*', '/a/?', '(?i)/a.*', '/.+/b'];

/** A value in so many of ten cases, else nothing. */
export function maybe<Value>(arbitrary: fc.Arbitrary<Value>, often = 5): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: often, arbitrary }, { weight: 10 - often, arbitrary: fc.constant(undefined) });
}

/** Without the keys that are undefined. */
export function record<Shape extends object>(
  shape: {
    [Key in keyof Shape]: fc.Arbitrary<Shape[Key] | undefined>;
  },
): fc.Arbitrary<Shape> {
  return fc
    .record(shape as Record<string, fc.Arbitrary<unknown>>)
    .map(
      (value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Shape,
    );
}

export const someOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
