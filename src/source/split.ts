/**
 * Finds the documents of a text without parsing it. A marker at column 0 (`---`, `...`) cannot be inside
 * a scalar (YAML 1.2.2 production 206, c-forbidden), so the split is exact.
 */

import type { Span } from './document.ts';

const MARKER = /\n(---|\.\.\.)(?=[ \t\r\n]|$)/g;
const CONTENT = /(?:^|\n)[ \t]*[^\s#]/;
const DIRECTIVE_LINES = /^(?:[ \t\r]*(?:[#%][^\n]*)?\n)*$/;
const BLANK_REST = /[ \t]*(?:[ \t]#[^\n]*)?\r?(?:\n|$)/y;

/**
 * The documents of a YAML or JSON text, in order; those without content (comments, nothing) are left out.
 * Texts of JSON one after another (JSON lines) are documents too, as they are for kubectl.
 * @returns offsets of each document's content; of its directives, if it has some.
 */
export function splitDocuments(text: string): readonly Span[] {
  return splitJsonStream(text) ?? splitYaml(text);
}

function splitYaml(text: string): readonly Span[] {
  const spans: Span[] = [];
  let start = 0;
  let mayHaveDirectives = true;
  for (const marker of markersOf(text)) {
    const isStart = text.startsWith('---', marker);
    const before = text.slice(start, marker);
    const directives = isStart && mayHaveDirectives && before.includes('%') && DIRECTIVE_LINES.test(before);
    if (!directives) {
      addSpan(spans, text, { start, end: marker });
      start = contentAfterMarker(text, marker);
    }
    mayHaveDirectives = !isStart;
  }
  addSpan(spans, text, { start, end: text.length });
  return spans;
}

/** Offsets of the marker lines. */
function markersOf(text: string): readonly number[] {
  const markers: number[] = [];
  const first = text.startsWith('\uFEFF') ? 1 : 0;
  if (/^(?:---|\.\.\.)(?:[ \t\r\n]|$)/.test(text.slice(first, first + 4))) markers.push(first);
  for (const match of text.matchAll(MARKER)) markers.push(match.index + 1);
  return markers;
}

/** Content may stand on the marker's own line (`--- text`). */
function contentAfterMarker(text: string, marker: number): number {
  BLANK_REST.lastIndex = marker + 3;
  return BLANK_REST.test(text) ? BLANK_REST.lastIndex : marker + 3;
}

function addSpan(spans: Span[], text: string, span: Span): void {
  const start = text.startsWith('\uFEFF', span.start) ? span.start + 1 : span.start;
  if (CONTENT.test(text.slice(start, span.end))) spans.push({ start, end: span.end });
}

/** @returns undefined when the text is not a sequence of JSON objects and nothing else. */
function splitJsonStream(text: string): readonly Span[] | undefined {
  const spans: Span[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const end = text[at] === '{' ? bracketEnd(text, at) : undefined;
    if (end === undefined) return undefined;
    spans.push({ start: at, end });
    at = skipSpace(text, end);
  }
  return spans.length > 1 ? spans : undefined;
}

function skipSpace(text: string, from: number): number {
  const space = /[\s\uFEFF]*/y;
  space.lastIndex = from;
  space.test(text);
  return space.lastIndex;
}

/** The offset behind the bracket that closes the one at `start`; strings are skipped. */
function bracketEnd(text: string, start: number): number | undefined {
  const token = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{}[\]]/g;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{' || match[0] === '[') depth++;
    else if (match[0] === '}' || match[0] === ']') depth--;
    if (depth === 0) return token.lastIndex;
  }
  return undefined;
}
