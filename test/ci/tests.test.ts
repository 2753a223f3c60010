/** Assertions: read from files, asked of manifests, told. The fixture is fixtures/ci/shop. */

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { readTestFile, recordTests, runAssertions, type TestResult, testAnswer } from '../../src/index.ts';
import { recordingRenderer } from '../../src/render/recorded-tests.ts';
import { testJunitRenderer } from '../../src/render/tests/junit.ts';
import { testTextRenderer } from '../../src/render/tests/text.ts';
import { locate } from '../../src/source/ref.ts';
import { snapshotOf } from '../query/ask.ts';
import { problems, publishedSchema } from '../query/published-schema.ts';

const VIEW = { width: 80, color: 0, unicode: true, level: 'default' } as const;
const { isClosedAnswer } = publishedSchema('test');
const isTestFile = new Ajv2020({ allErrors: true, strict: false }).compile(
  JSON.parse(readFileSync('schema/test-file.schema.json', 'utf8')),
);

function read(text: string, name = 'a.k8snet.yaml') {
  const found: Diagnostic[] = [];
  const file = readTestFile({ name, text }, (problem) => void found.push(problem));
  return { file, found };
}

/** The results of a file of the fixture, on its own manifests in namespace shop. */
function results(name: string): readonly TestResult[] {
  const { file, found } = read(readFileSync(`fixtures/ci/shop/${name}`, 'utf8'), name);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  const snapshot = snapshotOf('ci/shop', { set: ['namespace=shop'] });
  return runAssertions(snapshot, file?.assertions ?? []);
}

/** Assertions of a text, with the head that every file has. */
function outcomes(tests: string): readonly string[] {
  const { file, found } = read(`apiVersion: k8snet.dev/v1\nkind: Test\nnamespace: shop\ntests:\n${tests}`);
  expect(found).toEqual([]);
  return runAssertions(snapshotOf('ci/shop', { set: ['namespace=shop'] }), file?.assertions ?? []).map(
    ({ status, actual }) => `${status}: ${actual}`,
  );
}

describe('the shop', () => {
  test('what holds, holds; lists and cases are a test each', () => {
    const tests = results('holds.k8snet.yaml');
    expect(tests.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(tests.map(({ kind }) => kind).filter((kind) => kind === 'path').length).toBe(8);
    expect(tests.length).toBe(17);
  });

  test('what does not hold says what is so, and carries its walk', () => {
    const tests = results('fails.k8snet.yaml');
    expect(tests.map(({ status, actual }) => `${status}: ${actual}`)).toEqual([
      'failed: unreachable: denied-ingress (timeout)',
      expect.stringMatching(/^failed: reachable: accepted \(connected\), seen as 10\.244\.\d+\.\d+$/),
      expect.stringMatching(/^failed: api\.shop\.svc\.cluster\.local: 10\.\d+\.\d+\.\d+$/),
      'failed: shop/api:80',
      'failed: allowed for 4 pairs',
      'failed: denied for 1 pair',
      'unanswered: no Deployment webb in namespace shop (did you mean shop/deploy/web, shop/svc/web?)',
    ]);
    expect(tests.map(({ trace }) => trace?.paths[0]?.disposition)).toEqual([
      'denied-ingress',
      'accepted',
      undefined,
      undefined,
      'accepted',
      'denied-ingress',
      undefined,
    ]);
    expect(tests[4]?.pairs?.map(({ from }) => from)).toEqual([
      'kube-system/deploy/coredns',
      'outside',
      'shop/deploy/api',
      'shop/sts/db',
    ]);
  });

  test('as text, JUnit and JSON', async () => {
    const answer = testAnswer(results('fails.k8snet.yaml'), 1);
    const readLine = (name: string, line: number) => readFileSync(name, 'utf8').split('\n')[line - 1];
    const text = testTextRenderer.render(answer, { ...VIEW, readLine });
    await expect(text).toMatchFileSnapshot('../../fixtures/ci/shop/expected.fails.txt');
    await expect(testJunitRenderer.render(answer, { ...VIEW, readLine })).toMatchFileSnapshot(
      '../../fixtures/ci/shop/expected.fails.xml',
    );
    expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
    const { isAnswer } = publishedSchema('trace');
    for (const { trace } of answer.tests)
      if (trace !== undefined) expect(problems(isAnswer, JSON.parse(JSON.stringify(trace)))).toEqual([]);
    expect(testTextRenderer.render(answer, { ...VIEW, level: 'brief' })).toBe(
      '7 tests in 1 file   6 fail, 1 cannot be answered\n',
    );
  });
});

describe('every path must be as expected', () => {
  test('a disposition that only one of two backends has does not hold', () => {
    const text = readFileSync('fixtures/ci/shop/manifests/shop.yaml', 'utf8');
    expect(text).toContain('name: db');
    expect(
      outcomes(`- {from: deploy/web, to: svc/api, expect: accepted}
- {from: deploy/web, to: svc/api, expect: connected}
- {from: deploy/web, to: db-0:5432, expect: isolated-no-rule-matches}
- {from: deploy/web, to: db-0:5432, expect: unreachable}
- {from: deploy/web, to: db-0:5432, expect: denied-egress}`),
    ).toEqual([
      expect.stringMatching(/^passed/),
      expect.stringMatching(/^passed/),
      expect.stringMatching(/^passed/),
      expect.stringMatching(/^passed/),
      'failed: unreachable: denied-ingress (timeout)',
    ]);
  });
});

describe('sets of peers', () => {
  test.each([
    { every: 'deploy/web', to: 'deploy/api', ports: '8080', expected: 'allowed', passes: true },
    { every: '[deploy/web, internet]', to: 'sts/db', ports: '5432', expected: 'denied', passes: true },
    { every: 'everything', to: 'sts/db', ports: '5432', expected: 'denied', passes: false },
    { every: '{not: [deploy/api]}', to: 'svc/db', ports: '5432', expected: 'denied', passes: true },
    {
      every: '{labels: {app: web}}',
      to: '{podSelector: {matchExpressions: [{key: app, operator: In, values: [db]}]}}',
      ports: '',
      expected: 'denied',
      passes: true,
    },
    {
      every: '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}',
      to: 'deploy/web',
      ports: '8080',
      expected: 'allowed',
      passes: true,
    },
    { every: '198.51.100.0/24', to: 'sts/db', ports: '', expected: 'denied', passes: true },
    { every: '198.51.100.7', to: 'deploy/web', ports: '53/udp', expected: 'denied', passes: false },
    { every: 'deploy/web', to: '198.51.100.0/24', ports: '443', expected: 'allowed', passes: true },
    // The only database pod is no pair with itself.
    { every: 'sts/db', to: 'sts/db', ports: '', expected: 'denied', passes: true },
    // Two replicas are.
    { every: 'deploy/api', to: 'deploy/api', ports: '', expected: 'denied', passes: false },
  ])('$every to $to on "$ports" $expected: $passes', ({ every, to, ports, expected, passes }) => {
    const port = ports === '' ? '' : `\n  ports: ${ports}`;
    const [outcome] = outcomes(`- every: ${every}\n  to: ${to}${port}\n  expect: ${expected}`);
    expect(outcome?.startsWith('passed')).toBe(passes);
  });

  test('a set of nobody is no answer', () => {
    expect(
      outcomes(`- {every: {labels: {app: wep}}, to: sts/db}
- {every: {namespace: shopp}, to: sts/db}
- {every: sts/db, to: sts/dbb}`),
    ).toEqual([
      'unanswered: every: no pod and no address is in the set',
      expect.stringMatching(/^unanswered: there is no namespace shopp \(did you mean default/),
      'unanswered: no StatefulSet dbb in namespace shop (did you mean shop/sts/db, shop/svc/db?)',
    ]);
  });
});

describe('what is wrong with a file', () => {
  const head = 'apiVersion: k8snet.dev/v1\nkind: Test\n';
  test.each([
    { text: `${head}test: []`, says: 'test: no such key', line: 3 },
    { text: head, says: 'tests: Required value', line: 1 },
    { text: `${head}tests:\n- {form: a, to: b}`, says: 'tests[0].form: no such key', line: 4 },
    {
      text: `${head}tests:\n- {reason: x}`,
      says: 'tests[0]: Required value: from and to, lookup, url, or every and to',
      line: 4,
    },
    { text: `${head}tests:\n- {from: a}`, says: 'tests[0].to: Required value', line: 4 },
    {
      text: `${head}tests:\n- from: a\n  to: b\n  expect: denied-ingres`,
      says: 'tests[0].expect: Invalid value: "denied-ingres": no result, disposition, reason or symptom; did you mean denied-ingress, denied-egress?',
      line: 6,
    },
    {
      text: `${head}tests:\n- every: a\n  to: b\n  expect: open`,
      says: 'tests[0].expect: Invalid value: "open": neither allowed nor denied',
      line: 6,
    },
    {
      text: `${head}tests:\n- every: {label: {a: b}}\n  to: b`,
      says: 'tests[0].every.label: no such key',
      line: 4,
    },
    {
      text: `${head}tests:\n- every: a\n  to: b\n  ports: http`,
      says: 'tests[0].ports: Invalid value: "http": must be a port, a range or a list of them: 80, 8000-8090, 53/udp',
      line: 6,
    },
    {
      text: `${head}tests:\n- url: http://a/`,
      says: 'tests[0].expect: Required value: a status, a Location or a backend',
      line: 4,
    },
    {
      text: `${head}tests:\n- to: b\n  cases:\n  - {from: a, hops: 3}`,
      says: 'tests[0].cases[0].hops: no such key',
      line: 6,
    },
    {
      text: 'apiVersion: k8snet.dev/v2\nkind: Test',
      says: 'apiVersion: Invalid value: "k8snet.dev/v2": must be k8snet.dev/v1',
      line: 1,
    },
    {
      text: 'apiVersion: k8snet.dev/v1\nkind: Tests',
      says: 'kind: Invalid value: "Tests": must be Test',
      line: 2,
    },
    {
      text: '- a',
      says: 'a test file is a mapping with apiVersion: k8snet.dev/v1, kind: Test and tests:',
      line: 1,
    },
    { text: `${head}tests: [{`, says: undefined, line: 3 },
    {
      text: '- {name: x, src: {k8sResource: {kind: pod, name: a}}}',
      says: '[0].src.k8sResource.namespace: Required value',
      line: 1,
    },
  ])('$says', ({ text, says, line }) => {
    const { found } = read(text);
    const texts = found.map((problem) => problem.text);
    if (says !== undefined) expect(texts).toContain(says);
    expect(found.every(({ code }) => code === 'test-invalid')).toBe(true);
    const first = found.find((problem) => says === undefined || problem.text === says)?.sources[0];
    expect(first === undefined ? undefined : locate(first.at).line).toBe(line);
  });

  test('the rest of the file is read', () => {
    const { file } = read(`${head}tests:\n- {form: a, to: b}\n- {from: a, to: b}\n- {lookup: __proto__}`);
    expect(file?.assertions.map(({ kind }) => kind)).toEqual(['path', 'lookup']);
  });
});

describe('netassert', () => {
  test('version 2, as its own samples write it', () => {
    expect(results('netassert-v2.yaml').map(({ name, status }) => `${name} ${status}`)).toEqual([
      'api-to-db passed',
      'web-to-db passed',
      'web-to-a-host passed',
    ]);
  });

  test('version 1: names, addresses, closed ports; hosts of ssh are left out, and that is said', () => {
    const text = readFileSync('fixtures/ci/shop/netassert-v1.yaml', 'utf8');
    expect(read(text).found.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning test-invalid',
    ]);
    expect(results('netassert-v1.yaml').map(({ question, status }) => `${question} ${status}`)).toEqual([
      'shop/deployment/web → tcp://api:80 passed',
      'shop/deployment/web → db.shop:5432 passed',
      'shop/deployment/web → 198.51.100.7:443 passed',
      'shop/deployment/web → 198.51.100.7:80 failed',
      'shop/deployment/api → tcp://db:5432 passed',
    ]);
  });
});

describe('--record', () => {
  const fixtures = [...readdirSync('fixtures/trace').map((name) => `trace/${name}`), 'ci/shop'];
  test.each(fixtures)('%s: what is written holds, and fits the schema of test files', (fixture) => {
    const snapshot = snapshotOf(fixture);
    const text = recordingRenderer.render(recordTests(snapshot), VIEW);
    const { file, found } = read(text);
    expect(found).toEqual([]);
    const answer = runAssertions(snapshot, file?.assertions ?? []);
    expect(answer.filter(({ status }) => status !== 'passed')).toEqual([]);
  });

  test('the shop', async () => {
    const text = recordingRenderer.render(recordTests(snapshotOf('ci/shop')), VIEW);
    await expect(text).toMatchFileSnapshot('../../fixtures/ci/shop/expected.recorded.yaml');
  });
});

test.each(['holds.k8snet.yaml', 'fails.k8snet.yaml'])('%s fits the published schema', async (name) => {
  const { readDocuments } = await import('../../src/source/yaml.ts');
  const text = readFileSync(`fixtures/ci/shop/${name}`, 'utf8');
  const [document] = readDocuments({ name, text }, () => {});
  expect(isTestFile(JSON.parse(JSON.stringify(document?.value))) ? [] : isTestFile.errors).toEqual([]);
});
