/** Findings as a comment of a pull request, or the summary of a job: the counts, then a table for each severity. */

import type { CheckAnswer, CheckSummary, Finding } from '../../checks/finding.ts';
import { markdownCell, markdownCode } from '../markdown.ts';
import type { Renderer } from '../renderer.ts';

/** A comment may have 65,536 characters (GitHub). */
const MOST_ROWS = 100;
const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'info'];
const TITLES = { error: 'Errors', warning: 'Warnings', info: 'Infos' } as const;

export const checkMarkdownRenderer: Renderer<CheckAnswer> = {
  format: 'markdown',
  render: ({ findings, problems, summary }) =>
    [
      `### k8snet: ${countsText(summary)}`,
      '',
      `${summary.objects} objects in ${summary.files} files${summary.ignored > 0 ? `, ${summary.ignored} findings ignored` : ''}`,
      '',
      ...problems.map(({ text, sources = [] }) => {
        const [at] = sources;
        return `- cannot be read: ${at === undefined ? '' : `${markdownCode(`${at.file}:${at.line}`)} `}${markdownCell(text)}`;
      }),
      ...(problems.length === 0 ? [] : ['']),
      ...ORDER.flatMap((severity) => section(severity, findings)),
    ].join('\n'),
};

function countsText({ errors, warnings, infos }: CheckSummary): string {
  const parts = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
    ...(infos > 0 ? [`${infos} ${infos === 1 ? 'info' : 'infos'}`] : []),
  ];
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

function section(severity: Finding['severity'], findings: readonly Finding[]): readonly string[] {
  const own = findings.filter((finding) => finding.severity === severity);
  if (own.length === 0) return [];
  const shown = own.slice(0, MOST_ROWS);
  return [
    `<details${severity === 'error' ? ' open' : ''}>`,
    `<summary>${TITLES[severity]} (${own.length})</summary>`,
    '',
    '| where | rule | what | help |',
    '|---|---|---|---|',
    ...shown.map(
      ({ file, line, rule, message, help }) =>
        `| ${markdownCode(`${file}:${line}`)} | ${rule} | ${markdownCell(message)} | ${markdownCell(help)} |`,
    ),
    ...(own.length > shown.length ? ['', `and ${own.length - shown.length} more`] : []),
    '',
    '</details>',
    '',
  ];
}
