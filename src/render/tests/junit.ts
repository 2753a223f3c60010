/** The results of assertions as JUnit: a suite for each test file. */

import type { TestAnswer, TestResult } from '../../query/assertions/test-answer.ts';
import { type JunitCase, type JunitProblem, junitText } from '../junit.ts';
import type { Renderer, View } from '../renderer.ts';
import { detailsText } from './text.ts';

export const testJunitRenderer: Renderer<TestAnswer> = {
  format: 'junit',
  render(answer, view) {
    const files = [...new Set(answer.tests.map(({ at }) => at.file))];
    const suites = files.map((name) => ({
      name,
      cases: answer.tests.filter(({ at }) => at.file === name).map((test) => caseOf(test, view)),
    }));
    return junitText('k8snet test', suites);
  },
};

function caseOf(test: TestResult, view: View): JunitCase {
  const { name, kind, at } = test;
  return {
    name,
    classname: `k8snet.${kind}`,
    file: at.file,
    line: at.line,
    problems: problemsOf(test, view),
  };
}

function problemsOf(test: TestResult, view: View): readonly JunitProblem[] {
  const { status, kind, expected, actual } = test;
  if (status === 'passed') return [];
  const isFailure = status === 'failed';
  return [
    {
      kind: isFailure ? 'failure' : 'error',
      type: kind,
      message: isFailure ? `expected ${expected}, is ${actual}` : actual,
      text: detailsText(test, { ...view, color: 0 }),
    },
  ];
}
