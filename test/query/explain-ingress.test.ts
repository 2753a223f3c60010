/** `explain ingress`: the routing table, what becomes of a request, and what is wrong, at file:line. */

import { describe, expect, test } from 'vitest';
import { explainIngress, type IngressQuestion } from '../../src/query/explain-ingress.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { ingressRenderer } from '../../src/render/text/explain-ingress.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isClosedAnswer } = publishedSchema('explain-ingress');

function explain(question: IngressQuestion) {
  const answer = explainIngress(snapshotOf('trace/my-ingress'), question);
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer;
}

// kubernetes/ingress-nginx:docs/examples/rewrite/README.md: a target without $n drops what follows the path.
describe('rewrite-target: / on the path /foo', () => {
  test('/foo/bar arrives as /', () => {
    const { request, findings } = explain({ url: 'http://example.com/foo/bar' });
    expect(request).toMatchObject({
      status: 200,
      controller: 'ingress-nginx',
      backend: 'default/my-service:80',
      rewrittenPath: '/',
      endpointCount: 2,
      matched: 'default/my-ingress example.com /foo Prefix',
      at: { line: 12 },
    });
    expect(findings).toMatchObject([{ code: 'ingress-nginx-rewrite-loses-path' }]);
  });

  test('the text says why in its first lines', () => {
    const answer = explain({ url: 'http://example.com/foo/bar' });
    const text = ingressRenderer.render(answer, { width: 80, color: 0, unicode: true, level: 'default' });
    expect(text.split('\n').slice(0, 5)).toEqual([
      '200  GET http://example.com/foo/bar → default/my-service:80 as /   by',
      '     ingress-nginx',
      '',
      '  because      handed to the backend; rewrite-target / takes the place of the',
      '               whole path',
    ]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('as the API alone has it, nothing is rewritten', () => {
    const { request } = explain({ url: 'http://example.com/foo/bar', controller: 'spec' });
    expect(request).toMatchObject({ status: 200, controller: 'spec', backend: 'default/my-service:80' });
    expect(request?.rewrittenPath).toBeUndefined();
  });
});

test('a backend that is not there answers 503, and is told at its line', () => {
  const { request, findings } = explain({ url: 'http://example.com/admin' });
  expect(request).toMatchObject({ status: 503, backend: null });
  expect(findings.find(({ code }) => code === 'no-such-service')?.sources?.[0]).toMatchObject({ line: 22 });
});

test('the table is in the order in which nginx tries it', () => {
  const { tables, ingresses, assumptions } = explain({});
  expect(tables[0]?.hosts[0]?.routes.map(({ matcher }) => matcher)).toEqual([
    '~* ^/admin',
    '~* ^/foo',
    '~* ^/',
  ]);
  expect(ingresses[0]?.rules).toMatchObject([
    { endpoints: [expect.stringMatching(/:8080$/), expect.anything()] },
    { state: 'no-such-service' },
  ]);
  expect(assumptions).toMatchObject([{ code: 'A_INGRESS_CLASS' }]);
});

test.each([
  { name: 'other' },
  { controller: 'apache' },
  { url: 'ftp://x/' },
  { url: 'http://x/', headers: ['x'] },
])('%j is a usage error', (question) => expect(() => explain(question)).toThrow(UsageError));
