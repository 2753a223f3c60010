/**
 * Diagnostics about the input, for the error stream: the place first, so that a terminal makes it
 * clickable, then what is wrong, a code frame, and help.
 */

import { compareText } from '../../collections/order.ts';
import type { Diagnostic, DiagnosticSource, Severity } from '../../diagnostics/diagnostic.ts';
import { lineText } from '../../source/file.ts';
import { locate, type SourceLocation } from '../../source/ref.ts';
import type { View } from '../renderer.ts';
import { frameLines } from './frame.ts';
import { type Line, plain, wrap } from './layout.ts';
import { type Page, pageOf, spellText } from './page.ts';
import { painter } from './style.ts';

/** Of each code so many are shown; the rest is counted, unless with `-v`. */
const MOST_OF_A_CODE = 3;
const NOTE_INDENT = 9;
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

interface Located {
  readonly diagnostic: Diagnostic;
  /** The first source; undefined for what has no place. */
  readonly location: SourceLocation | undefined;
}

/** The text of all diagnostics, in the order of files and lines; empty if there are none. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], view: View): string {
  const page = pageOf(view);
  const paint = painter(view.color);
  const located = diagnostics.map((diagnostic) => ({ diagnostic, location: locationOf(diagnostic) }));
  const shown = page.level === 'verbose' ? located : cap(located);
  const lines = [
    ...shown.toSorted(compareLocated).flatMap((one) => diagnosticLines(one, page)),
    ...hiddenLines(located, shown, page),
  ];
  return lines.map((line) => `${paint(line)}\n`).join('');
}

function locationOf(diagnostic: Diagnostic): SourceLocation | undefined {
  const [first] = diagnostic.sources;
  return first === undefined ? undefined : locate(first.at);
}

/** The first few of each code, by place. */
function cap(located: readonly Located[]): readonly Located[] {
  const seen = new Map<string, number>();
  return located.toSorted(compareLocated).filter(({ diagnostic }) => {
    const number = (seen.get(diagnostic.code) ?? 0) + 1;
    seen.set(diagnostic.code, number);
    return number <= MOST_OF_A_CODE;
  });
}

/** `37 more of yaml-syntax, 2 more of duplicate-key (-v shows all)`. */
function hiddenLines(all: readonly Located[], shown: readonly Located[], page: Page): readonly Line[] {
  const hidden = new Map<string, number>();
  for (const { diagnostic } of all) hidden.set(diagnostic.code, (hidden.get(diagnostic.code) ?? 0) + 1);
  for (const { diagnostic } of shown) hidden.set(diagnostic.code, (hidden.get(diagnostic.code) ?? 0) - 1);
  const counts = [...hidden].filter(([, amount]) => amount > 0);
  if (counts.length === 0) return [];
  const text = counts.map(([code, amount]) => `${amount} more of ${code}`).join(', ');
  return wrap([plain(`${text} (-v shows all)`)], { width: page.width, start: 0, hang: 2 });
}

/** By file, line and column; what has no place comes first; then by code. */
function compareLocated(a: Located, b: Located): number {
  return (
    compareText(a.location?.file ?? '', b.location?.file ?? '') ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    (a.location?.column ?? 0) - (b.location?.column ?? 0) ||
    compareText(a.diagnostic.code, b.diagnostic.code)
  );
}

function diagnosticLines(one: Located, page: Page): readonly Line[] {
  const { diagnostic, location } = one;
  const [first, ...others] = diagnostic.sources;
  const place = location === undefined ? '' : `${placeText(location)}  `;
  const head = `${place}${SEVERITY_WORDS[diagnostic.severity]}  ${diagnostic.code}  ${spellText(diagnostic.text, page)}`;
  return [
    ...wrap([plain(head)], { width: page.width, start: 0, hang: 2 }),
    ...(first !== undefined && isFramed(diagnostic, page) ? sourceFrame(first, page) : []),
    ...others.flatMap((source) => otherPlace(source, page)),
    ...(diagnostic.help ?? []).flatMap((help) => rows('  help   ', help.text, page)),
  ];
}

/** What is only a warning shall not push the answer off the screen. */
function isFramed({ severity }: Diagnostic, page: Page): boolean {
  return severity === 'error' || page.level === 'verbose';
}

/** `web.yaml:12:9`; a flag of the command line by its name alone. */
function placeText({ file, line, column }: SourceLocation): string {
  return file.startsWith('--') ? file : `${file}:${line}:${column}`;
}

function sourceFrame(source: DiagnosticSource, page: Page): readonly Line[] {
  const file = 'document' in source.at ? source.at.document.file : source.at.file;
  const label = source.label === undefined ? undefined : spellText(source.label, page);
  const readLine = (line: number) => lineText(file, line);
  return frameLines({ location: locate(source.at), label, readLine }, page);
}

/** `  note   web.yaml:12:9  pod web-0 names its ports: web (8080/TCP)`. */
function otherPlace(source: DiagnosticSource, page: Page): readonly Line[] {
  const place = placeText(locate(source.at));
  const about = [source.object, source.label].filter((part) => part !== undefined).join('  ');
  return rows('  note   ', `${place}  ${about}`, page);
}

/** A label and text that may have several lines; all of them stand behind the label. */
function rows(label: string, text: string, page: Page): readonly Line[] {
  const box = { width: page.width, start: NOTE_INDENT, hang: NOTE_INDENT };
  return spellText(text, page)
    .split('\n')
    .flatMap((row, index) => {
      const lead = index === 0 ? label : ' '.repeat(NOTE_INDENT);
      return wrap([plain(row)], box).map((line, part) => (part === 0 ? [plain(lead), ...line] : line));
    });
}
