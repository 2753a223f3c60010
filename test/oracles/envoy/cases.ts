/** Generated requests, and the worlds that they are sent to. */

import fc from 'fast-check';
import { apiWorld } from './api-worlds.ts';
import { istioWorld } from './istio-worlds.ts';
import type { AskedRequest, World } from './manifests.ts';

const NAMES = ['a.example', 'A.Example', 'a.example:8080', 'a.example:80', 'b.example', 'x.wild.example'];
const OTHER_NAMES = ['x.y.wild.example', 'wild.example', 'other.test', '10.0.0.1', 'a.example.'];
const URIS = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/A',
  '/A/b',
  '/ab',
  '/a/12',
  '/b/x',
  '/x/b',
  '/api/v1/x',
  '/caf%C3%A9',
  '/none',
  '/a?q=1',
  '/a/b?q=a&user=prod',
  '/?user=a',
  '/a?q',
  '/a?q=',
  '/a?q=1&q=a',
  '/a?=1&q=prod',
];
/** What proxies resolve, merge or decode before they match. */
const ODD_URIS = [
  '/a?q=%61',
  '/a?q=a+',
  '//a',
  '/a//b',
  '/a/./b',
  '/a/../b/x',
  '/b/../a?q=1',
  '/%61/b',
  '/a%2Fb',
  '/a%2fb',
  '/a/%2e%2E/ab',
  '/..',
  '/a/..',
  '/../../a',
  '/x\\b',
  '/a/b;v=1',
  '/caf%c3%a9',
  '/a/{b}|"c"',
];
const header = fc.oneof(
  fc.constantFrom('a', 'aa', 'prod', 'b', '').map((value) => ['x-user', value] as const),
  fc.constantFrom('prod', '1', 'a').map((value) => ['X-Env', value] as const),
);

const askedRequest: fc.Arbitrary<AskedRequest> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'PUT'),
  host: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHER_NAMES) },
  ),
  uri: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...URIS) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_URIS) },
  ),
  headers: fc.array(header, { maxLength: 3 }),
});

export interface Case {
  readonly world: World;
  readonly requests: readonly AskedRequest[];
}

/** So many worlds of each API with so many requests. */
export function sampleCases(seed: number, worlds: number, requests: number): readonly Case[] {
  return [istioWorld, apiWorld].flatMap((arbitrary) =>
    fc.sample(arbitrary, { seed, numRuns: worlds }).map((world, index) => ({
      world,
      requests: fc.sample(askedRequest, { seed: seed + index, numRuns: requests }),
    })),
  );
}
