/** Where the parts of a parsed value stand in the text, kept beside the value. */

import type { FieldPath, Span } from './document.ts';

/** The entries of one mapping (`keys` in the order of the text) or sequence. */
export interface EntrySpans {
  readonly keys?: string[];
  /** Four offsets an entry: start and end of its key, start and end of its value. Items have no key: -1. */
  readonly offsets: number[];
}

/** Parsed mappings and sequences with their entries' places. */
export type SpanTable = Map<object, EntrySpans>;

/** A parsed document: its value, and where everything in it stands. */
export interface ParsedText {
  readonly value: unknown;
  readonly span: Span;
  readonly spans: SpanTable;
}

/**
 * Where a field stands. A path that leads nowhere ends at its nearest existing parent.
 * @param part key or value; without it the value of a scalar or a sequence item, else the key.
 */
export function locateIn(parsed: ParsedText, path: FieldPath, part: 'key' | 'value' | undefined): Span {
  let container = parsed.value;
  let span = parsed.span;
  for (const [index, step] of path.entries()) {
    const offsets = entryOffsets(parsed.spans, container, step);
    if (offsets === undefined) return span;
    container = (container as Record<string | number, unknown>)[step];
    span = pickSpan(offsets, container, index === path.length - 1 ? part : undefined);
  }
  return span;
}

function entryOffsets(
  spans: SpanTable,
  container: unknown,
  step: string | number,
): readonly number[] | undefined {
  if (typeof container !== 'object' || container === null) return undefined;
  const entries = spans.get(container);
  if (entries === undefined) return undefined;
  const index = typeof step === 'number' ? step : (entries.keys?.lastIndexOf(step) ?? -1);
  if (index < 0 || index * 4 >= entries.offsets.length) return undefined;
  return entries.offsets.slice(index * 4, index * 4 + 4);
}

function pickSpan(offsets: readonly number[], value: unknown, part: 'key' | 'value' | undefined): Span {
  const [keyStart = -1, keyEnd = -1, start = 0, end = 0] = offsets;
  const isScalar = typeof value !== 'object' || value === null;
  const wanted = part ?? (isScalar && end > start ? 'value' : 'key');
  return wanted === 'key' && keyStart >= 0 ? { start: keyStart, end: keyEnd } : { start, end };
}
