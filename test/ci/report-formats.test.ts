/** The outputs of `check` for other programs, each against its public schema: findings, ignored ones, broken input, nothing at all. */

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { checkManifests } from '../../src/checks/check.ts';
import type { CheckAnswer } from '../../src/checks/finding.ts';
import { readCheckSettings } from '../../src/checks/read-settings.ts';
import { withWalks } from '../../src/checks/walks.ts';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { readTestFile } from '../../src/query/assertions/read-tests.ts';
import { runAssertions, testAnswer } from '../../src/query/assertions/run-tests.ts';
import { githubRenderer } from '../../src/render/check/github.ts';
import { gitlabRenderer } from '../../src/render/check/gitlab.ts';
import { checkJunitRenderer } from '../../src/render/check/junit.ts';
import { checkMarkdownRenderer } from '../../src/render/check/markdown.ts';
import { sarifRenderer } from '../../src/render/check/sarif.ts';
import { testJunitRenderer } from '../../src/render/tests/junit.ts';
import { snapshotOf } from '../query/ask.ts';

const VIEW = { width: 80, color: 0, unicode: true, level: 'default' } as const;
const require = createRequire(import.meta.url);
// The schema says draft 4, and uses nothing that later drafts read otherwise.
const {
  $schema: _,
  id: __,
  ...SARIF_SCHEMA
} = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json') as Readonly<Record<string, unknown>>;
const isSarif = new Ajv({
  strict: false,
  validateFormats: false,
  allErrors: true,
  unicodeRegExp: false,
}).compile(SARIF_SCHEMA);
const isGitlab = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync('test/ci/schemas/gitlab-code-quality.schema.json', 'utf8')) as object,
);
const JUNIT_XSD = readFileSync('test/ci/schemas/junit-10.xsd', 'utf8');

const BROKEN_SHOP = `# Names that formats must escape: %, commas, colons, line breaks.
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  selector: { app: apy }
  ports: [{ port: 80 }]
---
apiVersion: v1
kind: Service
metadata:
  name: ignored
  namespace: shop
  annotations: { ignore.k8snet/service-no-backends: "comes <later>, \\"soon\\"" }
spec:
  selector: { app: later }
  ports: [{ port: 80 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec: { containers: [{ name: api, image: x, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: api }
  ports: [{ port: 80, targetPort: web }]
`;
const UNREADABLE = 'apiVersion: v1\nkind: Pod\nmetadata: {name: [\n';

function snapshotWith(files: Readonly<Record<string, string>>): Snapshot {
  return loadSnapshot({
    files: Object.entries(files).map(([name, text]) => ({ name, text })),
    profile: { flags: { set: [] } },
  });
}

function check(snapshot: Snapshot): CheckAnswer {
  return checkManifests(snapshot, readCheckSettings(snapshot.profile));
}

const BROKEN = snapshotWith({ 'k8s/a b#1.yaml': BROKEN_SHOP, 'k8s/bad,50%:.yaml': UNREADABLE });
const ANSWERS: readonly (readonly [name: string, answer: CheckAnswer])[] = [
  ['broken', withWalks(check(BROKEN), BROKEN)],
  ['clean', check(snapshotWith({ 'ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n' }))],
  ...['trace/denied-dns', 'trace/shop', 'ci/shop', 'trace/doors'].map((fixture) => {
    const snapshot = snapshotOf(fixture);
    return [fixture, withWalks(check(snapshot), snapshot)] as const;
  }),
];
const [[, broken], [, clean]] = ANSWERS as [readonly [string, CheckAnswer], readonly [string, CheckAnswer]];

async function junitErrors(text: string): Promise<readonly string[]> {
  const result = await validateXML({
    xml: [{ fileName: 'report.xml', contents: text }],
    schema: [{ fileName: 'junit.xsd', contents: JUNIT_XSD }],
  });
  return result.errors.map(({ message }) => message);
}

interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications: readonly unknown[];
    }[];
    readonly results: readonly SarifResult[];
  }[];
}
interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly locations: readonly {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
  }[];
  readonly suppressions?: readonly object[];
  readonly codeFlows?: readonly {
    readonly threadFlows: readonly {
      readonly locations: readonly { readonly location: { readonly message: { readonly text: string } } }[];
    }[];
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

function sarif(answer: CheckAnswer): SarifLog['runs'][number] {
  const log = JSON.parse(sarifRenderer.render(answer, VIEW)) as SarifLog;
  expect(isSarif(log) ? [] : isSarif.errors).toEqual([]);
  return log.runs[0] as SarifLog['runs'][number];
}

test('the broken input has findings, an ignored one, and something unreadable', () => {
  expect(broken.findings.map(({ rule }) => rule)).toContain('service-target-port-missing');
  expect(broken.ignored.map(({ rule }) => rule)).toEqual(['service-no-backends']);
  expect(broken.problems.map(({ code }) => code)).toEqual(['yaml-syntax']);
  expect(clean.findings).toEqual([]);
});

describe('SARIF 2.1.0', () => {
  test.each(ANSWERS)('%s is valid', (_, answer) => {
    const { results, tool, invocations } = sarif(answer);
    expect(results.length).toBe(answer.findings.length + answer.ignored.length);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(invocations[0]?.executionSuccessful).toBe(answer.summary.unreadable === 0);
    expect(invocations[0]?.toolExecutionNotifications.length).toBe(answer.problems.length);
  });

  test('places are URIs; levels, suppressions and fingerprints are what findings say', () => {
    const { results } = sarif(broken);
    expect(results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('k8s/a%20b%231.yaml');
    expect(results.map(({ partialFingerprints }) => partialFingerprints['k8snet/v1'])).toEqual(
      [...broken.findings, ...broken.ignored].map(({ fingerprint }) => fingerprint),
    );
    expect(
      results
        .filter(({ suppressions }) => suppressions !== undefined)
        .map(({ suppressions }) => suppressions),
    ).toEqual([[{ kind: 'inSource', status: 'accepted', justification: 'comes <later>, "soon"' }]]);
    expect(new Set(results.map(({ level }) => level))).toEqual(
      new Set(
        [...broken.findings, ...broken.ignored].map(({ severity }) =>
          severity === 'info' ? 'note' : severity,
        ),
      ),
    );
  });

  test('a finding about packets has the walk of one', () => {
    const flow = sarif(broken).results.find(
      ({ ruleId }) => ruleId === 'service-target-port-missing',
    )?.codeFlows;
    const texts = flow?.[0]?.threadFlows[0]?.locations.map(({ location }) => location.message.text) ?? [];
    expect(texts[0]).toMatch(/originate/);
    expect(texts.at(-1)).toMatch(/has no endpoints/);
  });
});

describe('JUnit', () => {
  test.each(ANSWERS)('%s is valid', async (_, answer) => {
    const text = checkJunitRenderer.render(answer, VIEW);
    expect(await junitErrors(text)).toEqual([]);
    const failing = answer.findings.filter(({ severity }) => severity === 'error');
    expect((text.match(/<failure /g) ?? []).length).toBe(failing.length);
    expect((text.match(/<testcase /g) ?? []).length).toBeGreaterThan(0);
  });

  test('what the schema refuses is found', async () => {
    expect(await junitErrors('<testsuites><testcase/></testsuites>')).not.toEqual([]);
  });

  test.each(['holds', 'fails'])('k8snet test: %s', async (name) => {
    const text = readFileSync(join('fixtures/ci/shop', `${name}.k8snet.yaml`), 'utf8');
    const file = readTestFile({ name, text }, () => {});
    const tests = runAssertions(snapshotOf('ci/shop', { set: ['namespace=shop'] }), file?.assertions ?? []);
    expect(await junitErrors(testJunitRenderer.render(testAnswer(tests, 1), VIEW))).toEqual([]);
    expect(await junitErrors(testJunitRenderer.render(testAnswer([], 0), VIEW))).toEqual([]);
  });
});

describe('GitLab code quality', () => {
  test.each(ANSWERS)('%s is valid, and no two entries have one fingerprint', (_, answer) => {
    const report = JSON.parse(gitlabRenderer.render(answer, VIEW)) as readonly {
      readonly fingerprint: string;
    }[];
    expect(isGitlab(report) ? [] : isGitlab.errors).toEqual([]);
    expect(report.length).toBe(answer.findings.length);
    expect(new Set(report.map(({ fingerprint }) => fingerprint)).size).toBe(report.length);
  });
});

describe('GitHub annotations', () => {
  test.each(ANSWERS)('%s: one command a line, errors first', (_, answer) => {
    const lines = githubRenderer.render(answer, VIEW).split('\n').slice(0, -1);
    expect(lines.length).toBe(answer.findings.length + answer.problems.length);
    for (const line of lines) expect(line).toMatch(/^::(?:error|warning|notice) [^\r\n]*::[^\r\n]+$/);
    const kinds = lines.slice(answer.problems.length).map((line) => /^::(\w+)/.exec(line)?.[1] ?? '');
    const order = ['error', 'warning', 'notice'];
    expect(kinds).toEqual(kinds.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  });

  test('what separates the parts of a command is escaped', () => {
    const [problem] = githubRenderer.render(broken, VIEW).split('\n');
    expect(problem).toMatch(/^::error file=k8s\/bad%2C50%25%3A\.yaml,line=\d+,col=\d+,title=yaml-syntax::/);
  });
});

test('Markdown: a table for each severity, whose cells hold no markup of manifests', async () => {
  const text = checkMarkdownRenderer.render(broken, VIEW);
  await expect(text).toMatchFileSnapshot('../../fixtures/ci/expected.check.md');
  for (const row of text.split('\n').filter((line) => line.startsWith('| `')))
    expect(row.replaceAll('\\|', '').match(/\|/g)?.length).toBe(5);
  expect(checkMarkdownRenderer.render(clean, VIEW)).toMatch(/^### k8snet: no findings\n/);
});

test('every format of check is tried here', () => {
  const formats = readdirSync('src/render/check').map((name) => name.replace('.ts', ''));
  expect(formats.sort()).toEqual(['github', 'gitlab', 'junit', 'markdown', 'sarif']);
});
