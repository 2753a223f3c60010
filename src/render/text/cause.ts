/** What decides the answer: the cause with its code frame, the other places, help, warnings and notes. */

import type { Severity } from '../../diagnostics/diagnostic.ts';
import type { DiagnosticAnswer, SourceAnswer, TraceAnswer } from '../../query/answer.ts';
import { frameLines } from './frame.ts';
import { displayWidth, type Line, plain, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { count } from './words.ts';

const SOURCE_COLUMN = 2;
const LOCATION_WIDTH = 21;
const OBJECT_WIDTH = 12;
const LONGEST_PATH = 24;
/** More places than these are counted instead of shown, unless with `-v`. */
const MOST_SOURCES = 8;
/** More paths than these that an advice opens are counted, unless with `-v`. */
const MOST_EFFECTS = 4;
const NOTE_WORDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** Blocks of lines: one for each cause, with the warnings and notes behind the last. */
export function causeBlocks(
  answer: Pick<TraceAnswer, 'diagnostics' | 'result'>,
  page: Page,
): readonly Block[] {
  return blocksOf(answer.diagnostics, answer.result === 'reachable' ? 0 : SOURCE_COLUMN, page);
}

/** The same for findings that stand alone. */
export function diagnosticBlocks(findings: readonly DiagnosticAnswer[], page: Page): readonly Block[] {
  return blocksOf(findings, 0, page);
}

type Block = readonly Line[];

function blocksOf(diagnostics: readonly DiagnosticAnswer[], indent: number, page: Page): readonly Block[] {
  const bySeverity = (severity: Severity) => diagnostics.filter((one) => one.severity === severity);
  const causes = bySeverity('error').map((diagnostic) => causeLines(diagnostic, page));
  const notes = [...bySeverity('warning'), ...bySeverity('info')].flatMap((diagnostic) =>
    noteLines(diagnostic, indent, page),
  );
  const last = causes.pop() ?? [];
  return [...causes, [...last, ...notes]].filter((block) => block.length > 0);
}

function causeLines(diagnostic: DiagnosticAnswer, page: Page): readonly Line[] {
  const box = { width: page.width, start: 0, hang: 2 };
  const sentence = diagnostic.text === '' ? [] : wrap([plain(diagnostic.text)], box);
  return [...sentence, ...sourceLines(diagnostic.sources ?? [], page), ...helpLines(diagnostic, page)];
}

/** One frame for the primary (else the nearest) place, one line for each other place. */
function sourceLines(sources: readonly SourceAnswer[], page: Page): readonly Line[] {
  const framed =
    sources.find((source) => source.role === 'primary') ??
    sources.find((source) => source.role === 'near-miss') ??
    sources[0];
  if (framed === undefined) return [];
  const frame = frameLines(
    { location: framed, label: framed.label, readLine: (line) => page.readLine(framed.file, line) },
    page,
  );
  const others = sources.filter((source) => source !== framed);
  const shown = page.level === 'verbose' ? others : others.slice(0, MOST_SOURCES);
  const widths = columnWidths([framed, ...shown]);
  const hidden = others.length - shown.length;
  return [
    ...sourceLine(framed, { ...widths, hasLabel: frame.length === 0 }, page),
    ...frame,
    ...shown.flatMap((source) => sourceLine(source, { ...widths, hasLabel: true }, page)),
    ...(hidden === 0 ? [] : [[plain(`  and ${count(hidden, 'more place')} (-v shows all)`)]]),
  ];
}

interface SourceColumns {
  readonly location: number;
  readonly object: number;
}

/** `  k8s/netpol.yaml:44:5   db-metrics    ingress[0]  port 9187, not 5432`. */
function sourceLine(
  source: SourceAnswer,
  columns: SourceColumns & { readonly hasLabel: boolean },
  page: Page,
): readonly Line[] {
  const label = columns.hasLabel ? source.label : undefined;
  const cells = [
    locationText(source).padEnd(columns.location),
    objectName(source).padEnd(columns.object),
    shortPath(source.path ?? '', page),
    label ?? '',
  ];
  const text = cells.filter((cell) => cell.trim() !== '').join('  ');
  return wrapIndented([plain(text.trimEnd())], { width: page.width, start: SOURCE_COLUMN, hang: 4 });
}

function columnWidths(sources: readonly SourceAnswer[]): SourceColumns {
  return {
    location: Math.max(LOCATION_WIDTH, ...sources.map((source) => displayWidth(locationText(source)))),
    object: Math.max(OBJECT_WIDTH, ...sources.map((source) => displayWidth(objectName(source)))),
  };
}

function locationText(source: SourceAnswer): string {
  return `${source.file}:${source.line}:${source.column}`;
}

/** `db-allow-api` of `networkpolicy/shop/db-allow-api`. */
function objectName(source: SourceAnswer): string {
  return source.object?.split('/').at(-1) ?? '';
}

/** `selector` of `spec.selector`; a long path keeps its ends: `spec…env[0].value`, `spec…matchLabels[example.com/app]`. */
function shortPath(path: string, page: Page): string {
  const short = path.replace(/^spec\./, '');
  const parts = path.split(/\.(?![^[]*\])/);
  if (short.length <= LONGEST_PATH || parts.length < 4) return short;
  const last = parts.slice(-2).join('.');
  const end = last.length > LONGEST_PATH && last.endsWith(']') ? parts.at(-1) : last;
  return `${parts[0]}${page.glyphs.ellipsis}${end}`;
}

function helpLines(diagnostic: DiagnosticAnswer, page: Page): readonly Line[] {
  return (diagnostic.help ?? []).flatMap((help) => [
    ...labelledLines('  help   ', help.text, page),
    ...effectLines('opens', help.opens, page),
    ...effectLines('closes', help.closes, page),
  ]);
}

/** `opens 1 path: web-0 → db-0:5432`. */
function effectLines(verb: string, paths: readonly string[] | undefined, page: Page): readonly Line[] {
  if (paths === undefined || paths.length === 0) return [];
  const shown = page.level === 'verbose' ? paths : paths.slice(0, MOST_EFFECTS);
  const hidden = paths.length - shown.length;
  const more = hidden === 0 ? '' : ` and ${hidden} more`;
  return labelledLines(
    ' '.repeat(9),
    `${verb} ${count(paths.length, 'path')}: ${shown.join(', ')}${more}`,
    page,
  );
}

/** A word and its text, whose other lines stand under the first; line breaks of the text are kept. */
function labelledLines(label: string, text: string, page: Page): readonly Line[] {
  const column = label.length;
  return text.split('\n').flatMap((row, index) => {
    const indent = column + (row.length - row.trimStart().length);
    const lead = index === 0 ? label : ' '.repeat(indent);
    const box = { width: page.width, start: lead.length, hang: indent };
    return wrap([plain(row.trimStart())], box).map((line, part) =>
      part === 0 ? [plain(lead), ...line] : line,
    );
  });
}

function noteLines(diagnostic: DiagnosticAnswer, indent: number, page: Page): readonly Line[] {
  const word = `${NOTE_WORDS[diagnostic.severity]}  `;
  const label = indent === 0 ? word : ' '.repeat(indent) + word.padEnd(7);
  return [...labelledLines(label, noteText(diagnostic), page), ...helpLines(diagnostic, page)];
}

/** The note with the places that it is about. */
function noteText(diagnostic: DiagnosticAnswer): string {
  const places = (diagnostic.sources ?? []).map((source) => `${source.file}:${source.line}`);
  if (places.length === 0) return diagnostic.text;
  const hidden = places.length - 3;
  const more = hidden > 0 ? ` and ${hidden} more` : '';
  return `${diagnostic.text}  (${places.slice(0, 3).join(', ')}${more})`;
}
