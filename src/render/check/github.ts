/**
 * Findings as workflow commands of GitHub Actions, which make annotations of them (actions/toolkit:packages/core/src/command.ts
 * says what is escaped). GitHub shows ten of each kind for a step: errors come first.
 */

import type { CheckAnswer, Finding } from '../../checks/finding.ts';
import type { DiagnosticAnswer } from '../../query/answer.ts';
import type { Renderer } from '../renderer.ts';

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;
const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'info'];

export const githubRenderer: Renderer<CheckAnswer> = {
  format: 'github',
  render: ({ findings, problems }) =>
    [
      ...problems.map(problemLine),
      ...ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity).map(lineOf)),
    ]
      .map((line) => `${line}\n`)
      .join(''),
};

function lineOf({ severity, rule, message, help, file, line, column, endLine, endColumn }: Finding): string {
  // GitHub takes columns only where both ends are on one line.
  const columns = line === endLine ? { col: column, endColumn } : {};
  return command(severity, { file, line, endLine, ...columns, title: rule }, `${message}\nhelp: ${help}`);
}

function problemLine({ severity, code, text, sources = [] }: DiagnosticAnswer): string {
  const [at] = sources;
  const place = at === undefined ? {} : { file: at.file, line: at.line, col: at.column };
  return command(severity, { ...place, title: code }, text);
}

function command(
  severity: Finding['severity'],
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${COMMANDS[severity]} ${list.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
