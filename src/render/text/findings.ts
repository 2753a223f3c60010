/** Findings below an answer: a sentence and its place each. */

import type { DiagnosticAnswer } from '../../query/answer.ts';
import { type Line, plain, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { indented } from './table.ts';

const MOST = 8;

/** The lines; those that are too many are counted, unless with `-v`. */
export function findingLines(findings: readonly DiagnosticAnswer[], page: Page): readonly Line[] {
  const shown = page.level === 'verbose' ? findings : findings.slice(0, MOST);
  const hidden = findings.length - shown.length;
  const more = hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)];
  return [...shown.flatMap((finding) => linesOf(finding, page)), ...more];
}

function linesOf({ severity, text, sources, help }: DiagnosticAnswer, page: Page): readonly Line[] {
  const [first] = sources ?? [];
  const place = first === undefined ? '' : `  (${first.file}:${first.line})`;
  const word = severity === 'info' ? 'note' : severity;
  const hang = word.length + 2;
  return [
    ...wrap([plain(`${word}  ${text}${place}`)], { width: page.width, start: 0, hang }),
    ...(help ?? []).flatMap((one) =>
      wrapIndented([plain(`help  ${one.text}`)], { width: page.width, start: hang, hang: hang + 6 }),
    ),
  ];
}
