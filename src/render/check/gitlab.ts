/**
 * Findings as GitLab's code quality report (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format"): an array
 * whose entries have a description, a name, a fingerprint, a severity and a place.
 */

import type { CheckAnswer, Finding } from '../../checks/finding.ts';
import type { Renderer } from '../renderer.ts';

const SEVERITIES = { error: 'major', warning: 'minor', info: 'info' } as const;

export const gitlabRenderer: Renderer<CheckAnswer> = {
  format: 'gitlab',
  render({ findings }) {
    const seen = new Map<string, number>();
    return `${JSON.stringify(
      findings.map((finding) => entryOf(finding, seen)),
      null,
      2,
    )}\n`;
  },
};

/** Fingerprints must differ from each other: the second finding of one gets a number. */
function entryOf(finding: Finding, seen: Map<string, number>): object {
  const { rule, severity, message, help, file, line, endLine, fingerprint } = finding;
  const times = (seen.get(fingerprint) ?? 0) + 1;
  seen.set(fingerprint, times);
  return {
    description: `${message}. Help: ${help}`,
    check_name: rule,
    fingerprint: times === 1 ? fingerprint : `${fingerprint}-${times}`,
    severity: SEVERITIES[severity],
    location: { path: file, lines: { begin: line, end: endLine } },
  };
}
