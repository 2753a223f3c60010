/** Findings as JUnit: a suite for each namespace, a case for each object that there is something to say of. */

import type { CheckAnswer, Finding, IgnoredFinding } from '../../checks/finding.ts';
import { type JunitCase, type JunitSuite, junitText } from '../junit.ts';
import type { Renderer } from '../renderer.ts';

const RANKS = { error: 0, warning: 1, info: 2 } as const;

export const checkJunitRenderer: Renderer<CheckAnswer> = {
  format: 'junit',
  render(answer) {
    const all = [...answer.findings, ...answer.ignored];
    const namespaces = [...new Set(all.map(namespaceOf))].sort();
    const suites = namespaces.map((namespace): JunitSuite => {
      const own = all.filter((finding) => namespaceOf(finding) === namespace);
      const objects = [...new Set(own.map(({ object }) => object))];
      const cases = objects.map((object) =>
        caseOf(
          own.filter((finding) => finding.object === object),
          answer,
        ),
      );
      return { name: namespace === '' ? 'cluster' : namespace, cases };
    });
    return junitText('k8snet check', [...suites, ...problemSuite(answer), ...emptySuite(answer)]);
  },
};

/** `Service shop/web`: `shop`; `Namespace shop`: none. */
function namespaceOf({ object }: Pick<Finding, 'object'>): string {
  const name = object.split(' ')[1] ?? '';
  return name.includes('/') ? (name.split('/')[0] ?? '') : '';
}

function caseOf(findings: readonly (Finding | IgnoredFinding)[], { summary }: CheckAnswer): JunitCase {
  const [first] = findings;
  const [kind = '', name = ''] = first?.object.split(' ') ?? [];
  const [own, namespace] = name.split('/').reverse();
  const open = findings.filter((finding) => !('ignored' in finding));
  const fails = (finding: Finding) =>
    summary.failOn !== 'never' && RANKS[finding.severity] <= RANKS[summary.failOn];
  const mild = open.filter((finding) => !fails(finding));
  const reasons = findings.flatMap((finding) => ('ignored' in finding ? [finding.ignored.reason] : []));
  return {
    name: `${kind} ${own}`,
    classname: namespace === undefined ? kind : `${kind}.${namespace}`,
    ...(first === undefined ? {} : { file: first.file, line: first.line }),
    problems: open.filter(fails).map((finding) => ({
      kind: 'failure',
      type: finding.rule,
      message: `${finding.severity}: ${finding.message}`,
      text: findingText(finding),
    })),
    ...(open.length === 0 ? { skipped: reasons.join('; ') } : {}),
    ...(mild.length === 0 ? {} : { output: mild.map(findingText).join('\n') }),
  };
}

function findingText({ file, line, column, severity, rule, message, related, help }: Finding): string {
  return [
    `${file}:${line}:${column}  ${severity}  ${rule}`,
    `  ${message}`,
    ...related.map(
      (place) => `  ${place.file}:${place.line}:${place.column}  ${place.object}: ${place.message}`,
    ),
    `  help: ${help}`,
  ].join('\n');
}

/** What cannot be read is an error, so that nobody takes half an input for a whole one. */
function problemSuite({ problems }: CheckAnswer): readonly JunitSuite[] {
  if (problems.length === 0) return [];
  const cases = problems.map(({ code, text, sources = [] }): JunitCase => {
    const [at] = sources;
    return {
      name: at === undefined ? code : `${at.file}:${at.line}`,
      classname: 'input',
      ...(at === undefined ? {} : { file: at.file, line: at.line }),
      problems: [{ kind: 'error', type: code, message: text, text }],
    };
  });
  return [{ name: 'input', cases }];
}

/** A report without any case looks as if nothing had run. */
function emptySuite({ findings, ignored, problems, summary, rules }: CheckAnswer): readonly JunitSuite[] {
  if (findings.length + ignored.length + problems.length > 0) return [];
  const name = `${rules.length} rules, ${summary.objects} objects`;
  return [{ name: 'k8snet', cases: [{ name, classname: 'k8snet', problems: [] }] }];
}
