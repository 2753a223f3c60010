/**
 * JUnit's XML as CI systems read it: suites of cases, each with what failed. It follows the schema of Jenkins
 * (jenkinsci/xunit-plugin:src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd).
 */

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

export interface JunitCase {
  readonly name: string;
  readonly classname: string;
  readonly file?: string;
  readonly line?: number;
  readonly problems: readonly JunitProblem[];
  /** Why it was not judged. */
  readonly skipped?: string;
  readonly output?: string;
}

export interface JunitProblem {
  /** failure: it was judged and is not so; error: it could not be judged. */
  readonly kind: 'failure' | 'error';
  readonly type: string;
  readonly message: string;
  readonly text: string;
}

/** The document; without suites it is a valid empty one. */
export function junitText(name: string, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...counts(cases) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(cases: readonly JunitCase[]): Readonly<Record<string, string>> {
  const having = (kind: JunitProblem['kind']) =>
    cases.filter(({ problems }) => problems.some((problem) => problem.kind === kind)).length;
  return {
    tests: String(cases.length),
    failures: String(having('failure')),
    errors: String(having('error')),
  };
}

function suiteLines({ name, cases }: JunitSuite): readonly string[] {
  const skipped = String(cases.filter((each) => each.skipped !== undefined).length);
  return [
    `  <testsuite ${attributes({ name, ...counts(cases), skipped })}>`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
  ];
}

function caseLines({ name, classname, file, line, problems, skipped, output }: JunitCase): readonly string[] {
  const head = attributes({
    name,
    classname,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line: String(line) }),
  });
  const inner = [
    ...(skipped === undefined ? [] : [`      <skipped ${attributes({ message: skipped })}/>`]),
    ...problems.map(
      ({ kind, type, message, text }) =>
        `      <${kind} ${attributes({ type, message })}>${escapeXml(text)}</${kind}>`,
    ),
    ...(output === undefined ? [] : [`      <system-out>${escapeXml(output)}</system-out>`]),
  ];
  return inner.length === 0
    ? [`    <testcase ${head}/>`]
    : [`    <testcase ${head}>`, ...inner, '    </testcase>'];
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}="${escapeXml(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`)
    .join(' ');
}

/** Characters that XML 1.0 cannot hold (production 2 of the standard) become `?`. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
