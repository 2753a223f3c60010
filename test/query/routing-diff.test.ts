/** `diff --routes`: what a move from ingress-nginx to the Gateway API keeps, and what it loses, with a request each. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { diffQuestion } from '../../src/query/diff/diff.ts';
import { patternWitnesses } from '../../src/query/routing-diff/pattern-witness.ts';
import { routingDiff } from '../../src/query/routing-diff/routing-diff.ts';
import { hostWitnesses, pathWitnesses } from '../../src/query/routing-diff/witness.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { routingDiffRenderer } from '../../src/render/diff/routes.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isClosedAnswer } = publishedSchema('diff-routes');

function side(name: string, fixture = 'ingress-to-gateway'): Snapshot {
  const folder = join('fixtures/diff', fixture, name);
  const files = readdirSync(folder)
    .sort()
    .map((file) => ({ name: `${name}/${file}`, text: readFileSync(join(folder, file), 'utf8') }));
  return loadSnapshot({ files, profile: { flags: { set: [] } } });
}

function compare(before: Snapshot, after: Snapshot) {
  const answer = routingDiff(before, after, { old: 'old', new: 'new' });
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer;
}

describe('from ingress-nginx to the Gateway API', () => {
  const answer = compare(side('old'), side('new'));

  // kubernetes/ingress-nginx:internal/ingress/controller/template: ~* knows no case, and ^ anchors the start alone.
  test('what only ingress-nginx matches is lost, with a request that shows it', () => {
    expect(answer.removed.map(({ subject }) => subject)).toEqual([
      'GET http://api.example.com/V1',
      'GET https://api.example.com/v1',
    ]);
    expect(answer.removed[0]).toMatchObject({
      old: { by: 'ingress-nginx', backends: { 'shop/api:80': 1 }, path: '/' },
      new: { by: 'Gateway/shop/edge', status: 404, backends: {} },
    });
  });

  // kubernetes/ingress-nginx:rootfs/etc/nginx/lua/lua_ingress.lua: one slash at the end is cut off a TLS redirect.
  test('a redirect that loses a slash is another redirect', () => {
    expect(answer.changed.map(({ subject, before, after }) => [subject, before, after])).toEqual([
      [
        'GET http://shop.example.com/cart/',
        '308 to https://shop.example.com/cart',
        '308 to https://shop.example.com/cart/',
      ],
    ]);
  });

  test('as text', async () => {
    const text = routingDiffRenderer.render(answer, { width: 80, color: 0, unicode: true, level: 'default' });
    await expect(text).toMatchFileSnapshot('../../fixtures/diff/ingress-to-gateway/expected.routes.txt');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('from ingress-nginx to an Istio Gateway', () => {
  const [old, fresh] = [side('old', 'ingress-to-istio'), side('new', 'ingress-to-istio')];
  const answer = compare(old, fresh);

  // kubernetes/ingress-nginx: a host with a regular expression matches all its paths without regard to case; Envoy does not.
  test('the case of paths is what changes, and nothing is lost', () => {
    expect([answer.added, answer.removed]).toEqual([[], []]);
    expect(answer.changed.map(({ subject, before, after }) => [subject, before, after])).toEqual([
      ['GET http://shop.example.com/API', 'shop/api:80 as /', 'shop/web:80'],
      ['GET http://shop.example.com/CART', 'shop/api:80', 'shop/web:80'],
      ['GET https://shop.example.com/API', 'shop/api:80 as /', 'shop/web:80'],
      ['GET https://shop.example.com/CART', 'shop/api:80', 'shop/web:80'],
    ]);
    expect(answer.changed[0]?.new).toMatchObject({
      by: 'IstioGateway/shop/edge',
      matched: 'VirtualService/shop/shop http[3]',
      at: { file: 'new/istio.yaml' },
    });
  });

  test('an Istio Gateway is the same as itself, and its mirror image mirrors', () => {
    const { summary } = compare(fresh, fresh);
    expect(summary.same).toBe(summary.requests);
    const back = compare(fresh, old);
    expect(back.changed.map(({ before, after }) => [after, before])).toEqual(
      answer.changed.map(({ before, after }) => [before, after]),
    );
  });
});

test('a side is the same as itself', () => {
  for (const name of ['old', 'new']) {
    const { summary } = compare(side(name), side(name));
    expect(summary).toMatchObject({ added: 0, removed: 0, changed: 0 });
    expect(summary.same).toBe(summary.requests);
  }
});

test('the other way round, lost is new', () => {
  const there = compare(side('old'), side('new'));
  const back = compare(side('new'), side('old'));
  expect(back.added.map(({ subject }) => subject)).toEqual(there.removed.map(({ subject }) => subject));
  expect(back.changed.map(({ subject }) => subject)).toEqual(there.changed.map(({ subject }) => subject));
  expect(back.summary.requests).toBe(there.summary.requests);
});

test('without any routing there is nothing to compare', () => {
  const empty = loadSnapshot({ files: [], profile: { flags: { set: [] } } });
  expect(() => compare(empty, empty)).toThrow(UsageError);
});

describe('one request of each class', () => {
  test.each([
    ['/api', ['/api', '/api/', '/api/any', '/apiany']],
    ['/api/', ['/api', '/api/', '/api/any', '/apiany']],
    ['/', ['/', '/', '/any']],
  ])('paths around %s', (path, expected) => {
    expect(pathWitnesses(path, { anyCase: false })).toEqual(expected);
  });

  test.each([
    ['a.example', ['a.example']],
    ['*.example', ['any.example', 'any.any.example', 'example']],
    ['*', ['any.invalid']],
  ])('hosts for %s', (hostname, expected) => expect(hostWitnesses(hostname)).toEqual(expected));

  test.each([
    ['/v1(/|$)(.*)', ['/v1', '/v1/aa']],
    ['/(?:a|bb)/[0-9]+', ['/a/7']],
    ['/x\\d{3}', ['/x777']],
    ['/[^/]+/items?', ['/a/item', '/a/items']],
    ['(?i)/shop', ['/shop']],
    ['/a(?=b)', []],
  ])('texts of %s', (pattern, expected) => expect(patternWitnesses(pattern)).toEqual(expected));
});

test('diff without --routes tells entries of Gateways that came or went', () => {
  const { added, removed } = diffQuestion(side('old'), side('new'), {
    old: 'old',
    new: 'new',
    aspects: ['routes'],
  });
  expect(removed.map(({ subject }) => subject)).toContain('ingress-nginx shop.example.com /cart/');
  expect(added.map(({ subject, after }) => [subject, after])).toContainEqual([
    'Gateway/shop/edge https shop.example.com PathPrefix /cart',
    'shop/cart:80, certificate shop/shop-tls',
  ]);
});
