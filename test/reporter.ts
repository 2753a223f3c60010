/**
 * Names every skipped test with its reason, and closes the run with `N passed, N failed, N skipped` alone on a
 * line: the last one, behind the summary of Vitest's own reporter.
 */

import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const lines = closingLines(modules, unhandled);
    process.once('exit', () => process.stdout.write(`\n${lines.join('\n')}\n`));
  }
}

/** The skipped tests, then the counts. What broke outside of any test (a hook, an import) counts as failed. */
function closingLines(modules: readonly TestModule[], unhandled: readonly SerializedError[]): string[] {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const skipped = tests.filter((test) => ['skipped', 'pending'].includes(test.result().state));
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  const failed = tests.filter((test) => test.result().state === 'failed').length;
  const outside = modules.flatMap(errorsOutsideTests).length + unhandled.length;
  return [
    ...skipped.map((test) => `SKIP ${test.module.relativeModuleId} > ${test.fullName}: ${reasonOf(test)}`),
    `${passed} passed, ${failed + outside} failed, ${skipped.length} skipped`,
  ];
}

function errorsOutsideTests(module: TestModule): SerializedError[] {
  return [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === 'pending') return 'did not run';
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}
