/** Changes of a manifest's text at a field: one more item of a list, another value, one more document. */

import type { Edit } from '../diagnostics/diagnostic.ts';
import { positionAt, type SourceFile } from '../source/file.ts';
import type { SourceRef } from '../source/ref.ts';

/**
 * One more item behind a list's last one, in the style of the list.
 * @param last the last item of the list.
 * @param item mappings, lists and scalars.
 * @returns the edit and where it goes, in words; undefined where the style is neither block nor flow.
 */
export function insertBehind(
  last: SourceRef,
  item: Readonly<Record<string, unknown>>,
): { readonly edit: Edit; readonly where: string } | undefined {
  const { file } = last.document;
  const span = last.document.locate(last.path, 'value');
  const lineStart = file.text.lastIndexOf('\n', span.start - 1) + 1;
  const before = file.text.slice(lineStart, span.start);
  const where = `under line ${positionAt(file, Math.max(span.start, span.end - 1)).line}`;
  if (/^ *- +$/.test(before)) {
    const indent = ' '.repeat(before.indexOf('-'));
    const end = endOfItem(file.text, span.end);
    const newLine = file.text.slice(0, end).endsWith('\n') ? '' : '\n';
    const text = withLineBreaksOf(file, `${newLine}${blockItem(item, indent)}`);
    return { where, edit: { file, span: { start: end, end }, text } };
  }
  const next = file.text.slice(span.end).match(/^\s*[,\]]/);
  if (next === null) return undefined;
  const edit = { file, span: { start: span.end, end: span.end }, text: `, ${JSON.stringify(item)}` };
  return { where: `in line ${positionAt(file, span.start).line}`, edit };
}

/** Behind the line on which the item's text ends; blank lines and comments stay with what follows. */
function endOfItem(text: string, end: number): number {
  const trimmed = text.slice(0, end).trimEnd().length;
  const lineEnd = text.indexOf('\n', trimmed);
  return lineEnd < 0 ? text.length : lineEnd + 1;
}

/** Another scalar in the place of one; undefined where the field has no place of its own. */
export function replaceValue(at: SourceRef, value: string): Edit | undefined {
  const { file } = at.document;
  const span = at.document.locate(at.path, 'value');
  const old = file.text.slice(span.start, span.end);
  if (old === '' || old.includes('\n')) return undefined;
  const quote = old.startsWith('"') || old.startsWith("'") ? old[0] : '';
  return { file, span, text: `${quote}${value}${quote}` };
}

/** One more document behind all others; undefined for a JSON text. */
export function appendDocument(
  { document: { file } }: SourceRef,
  body: Readonly<Record<string, unknown>>,
): Edit | undefined {
  if (/^\s*[{[]/.test(file.text)) return undefined;
  const end = file.text.length;
  const newLine = file.text.endsWith('\n') ? '' : '\n';
  const text = `${newLine}---\n${blockLines(body, '').join('\n')}\n`;
  return { file, span: { start: end, end }, text: withLineBreaksOf(file, text) };
}

/** Lines end as the others of the file do. */
function withLineBreaksOf(file: SourceFile, text: string): string {
  return file.text.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}

function blockItem(item: Readonly<Record<string, unknown>>, indent: string): string {
  const lines = blockLines(item, `${indent}  `);
  return lines
    .map((line, index) => (index === 0 ? `${indent}- ${line.trimStart()}` : line).concat('\n'))
    .join('');
}

/** A mapping in block style; scalars that YAML would read as something else are quoted. */
function blockLines(mapping: Readonly<Record<string, unknown>>, indent: string): readonly string[] {
  return Object.entries(mapping).flatMap(([key, value]) => fieldLines(key, value, indent));
}

function fieldLines(key: string, value: unknown, indent: string): readonly string[] {
  if (Array.isArray(value)) {
    const items = value.map((item) =>
      typeof item === 'object' && item !== null
        ? blockItem(item as Record<string, unknown>, indent).trimEnd()
        : `${indent}- ${scalarText(item)}`,
    );
    return [`${indent}${scalarText(key)}:`, ...items.flatMap((item) => item.split('\n'))];
  }
  if (typeof value === 'object' && value !== null) {
    return [`${indent}${scalarText(key)}:`, ...blockLines(value as Record<string, unknown>, `${indent}  `)];
  }
  return [`${indent}${scalarText(key)}: ${scalarText(value)}`];
}

/** Words and addresses stand as they are; a text that looks like another type gets quotes. */
function scalarText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const isPlain = /^[A-Za-z][\w./-]*$/.test(value) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isPlain || /^[\d.]+\/\d+$/.test(value) ? value : JSON.stringify(value);
}
