/** `k8snet test`: files of assertions in, what does not hold out. */

import { dirname, isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { TestFile } from '../../query/assertions/assertion.ts';
import type { TestAnswer, TestResult } from '../../query/assertions/test-answer.ts';
import { UsageError } from '../../query/usage-error.ts';
import { RECORDING_FORMATS, TEST_FORMATS } from '../../render/formats.ts';
import type { SourceFile } from '../../source/file.ts';
import type { Command, Progress } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Input } from '../input.ts';
import type { Io } from '../io.ts';
import { INPUT_OPTIONS, type InputOptions, type OptionSpec, TEXT_OPTIONS } from '../options.ts';
import { type OutputsOptions, outputsOption, readOutputs, writeOutputs } from '../outputs.ts';
import { askAbout, printDiagnostics } from '../reading.ts';
import { collectTestFiles } from '../test-files.ts';

interface TestOptions extends InputOptions, OutputsOptions {
  readonly record?: true;
  readonly strict?: true;
}

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--record',
    text: 'print the present state as assertions instead: k8snet test --record > shop.k8snet.yaml',
    group: 'Question',
  },
  { flags: '--strict', text: 'an answer that an assumption decides is none', group: 'Question' },
  outputsOption(TEST_FORMATS),
  { flags: '-q, --quiet', text: 'exit code only', group: 'Answer', conflicts: ['brief', 'verbose'] },
  { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
  { flags: '-v, --verbose', text: 'also the tests that hold', group: 'Answer', counted: true },
  ...TEXT_OPTIONS,
];

const HELP = `
Files are those that are named, else every *.k8snet.yaml in the current folder
and below. A test that does not hold shows its walk. docs/tests.md has all keys:

  apiVersion: k8snet.dev/v1
  kind: Test
  manifests: k8s/
  tests:
  - reason: only the API talks to the database
    from: deploy/web
    to: svc/db:5432
    expect: denied-ingress       # or reachable, timeout, no-endpoints, ...
  - lookup: api.shop
    from: deploy/web
    expect: shop/svc/api
  - url: https://shop.example.com/api/items
    expect: shop/svc/api:80
  - every: {not: {namespace: shop}}
    to: {namespace: shop, labels: {app: db}}
    expect: denied

A file of netassert (version 1 or 2) is read as it is.

Exit codes:
  0  all hold
  1  at least one does not
  2  no answer: wrong usage, a test that cannot be read or asked, no tests

Examples:
  k8snet test
      every *.k8snet.yaml here, with the manifests that each names
  k8snet test shop.k8snet.yaml -f k8s/
      one file, with these manifests
  k8snet test -f k8s/ --record > shop.k8snet.yaml
      the present state, to be kept
  k8snet test -o junit > report.xml
      for a CI system`;

export const testCommand: Command = {
  description: 'Checks assertions: who reaches whom, what a name resolves to, where a URL lands.',
  arguments: [{ name: '[files...]', text: 'files or folders of assertions' }],
  options: [...INPUT_OPTIONS, ...OPTIONS],
  help: HELP,
  async run(io, parsed, progress) {
    const options = parsed.options as TestOptions;
    const outputs = readOutputs(options.output, TEST_FORMATS);
    if (options.record) return await record(io, options, progress);
    progress.enter('reading the tests');
    const paths = parsed.values.filter((path) => path !== undefined);
    const sources = collectTestFiles(io, paths.length === 0 ? ['.'] : paths);
    const { tests, problems } = await readTests(sources);
    if (!options.quiet && problems.length > 0) await printDiagnostics(io, problems, options);
    const run = await runAll(io, { tests, options }, progress);
    if (run === undefined) return 2;
    const { testAnswer } = await import('../../query/assertions/run-tests.ts');
    const answer = testAnswer(run.results, tests.length);
    if (answer.tests.length === 0 && problems.length === 0)
      throw new UsageError(`no tests in ${sources.map(({ name }) => name).join(', ')}`);
    progress.enter('printing');
    await writeOutputs(io, answer, { formats: TEST_FORMATS, outputs, options, files: run.files });
    return problems.some(({ severity }) => severity === 'error') ? 2 : exitCodeOf(answer);
  },
};

function exitCodeOf({ summary }: TestAnswer): ExitCode {
  if (summary.unanswered > 0) return 2;
  return summary.failed > 0 ? 1 : 0;
}

async function record(io: Io, options: TestOptions, progress: Progress): Promise<ExitCode> {
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { recordTests } = await import('../../query/assertions/record.ts');
    progress.enter('recording');
    return recordTests(snapshot);
  });
  if (asked === undefined) return 2;
  const outputs = [{ format: 'yaml' }];
  await writeOutputs(io, asked.answer, { formats: RECORDING_FORMATS, outputs, options, files: [] });
  return asked.answer.tests.length > 0 ? 0 : 1;
}

interface ReadTests {
  readonly tests: readonly TestFile[];
  readonly problems: readonly Diagnostic[];
}

async function readTests(sources: readonly SourceFile[]): Promise<ReadTests> {
  const { readTestFile } = await import('../../query/assertions/read-tests.ts');
  const problems: Diagnostic[] = [];
  const tests = sources.flatMap((source) => {
    const file = readTestFile(source, (problem) => void problems.push(problem));
    return file === undefined ? [] : [file];
  });
  return { tests, problems };
}

interface Run {
  readonly results: readonly TestResult[];
  /** For code frames. */
  readonly files: readonly SourceFile[];
}

/** Files that are about the same manifests share them. */
async function runAll(
  io: Io,
  { tests, options }: { readonly tests: readonly TestFile[]; readonly options: TestOptions },
  progress: Progress,
): Promise<Run | undefined> {
  const groups = new Map<string, { readonly options: TestOptions; readonly tests: TestFile[] }>();
  for (const test of tests) {
    const own = inputOf(test, options);
    const key = JSON.stringify(own);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { options: own, tests: [test] });
    else known.tests.push(test);
  }
  const results = new Map<TestFile, readonly TestResult[]>();
  const inputs: Input[] = [];
  for (const group of groups.values()) {
    const asked = await askAbout(io, group.options, progress, async (snapshot) => {
      const { runAssertions } = await import('../../query/assertions/run-tests.ts');
      progress.enter('running the tests');
      const settings = options.strict ? { strict: true as const } : {};
      for (const test of group.tests) results.set(test, runAssertions(snapshot, test.assertions, settings));
    });
    if (asked === undefined) return undefined;
    inputs.push(asked.input);
  }
  return {
    results: tests.flatMap((test) => results.get(test) ?? []),
    files: inputs.flatMap(({ files }) => files),
  };
}

/** What the command line leaves open, the file says; its paths start from its own folder. */
function inputOf({ file, manifests, namespace, profile }: TestFile, options: TestOptions): TestOptions {
  const folder = dirname(file.name);
  const here = (path: string) => (isAbsolute(path) || path === '-' ? path : join(folder, path));
  return {
    ...options,
    ...(options.filename === undefined && manifests.length > 0 ? { filename: manifests.map(here) } : {}),
    ...(options.namespace === undefined && namespace !== undefined ? { namespace } : {}),
    ...(options.profile === undefined && profile !== undefined ? { profile: here(profile) } : {}),
  };
}
