/** Where the parts of a parsed value stand in the text, kept beside the value. */

import { type FieldPath, isContainer, type Span } from './document.ts';

/** A parsed document: its value, and where everything in it stands. */
export interface ParsedText {
  readonly value: unknown;
  /**
   * Where a field stands. A path that leads nowhere ends at its nearest existing parent.
   * @param part key or value; without it the value of a scalar or a sequence item, else the key.
   */
  locate(path: FieldPath, part?: 'key' | 'value'): Span;
}

/** The entries of one mapping (`keys` in the order of the text) or sequence. */
export interface EntrySpans {
  readonly keys?: string[];
  /** Four offsets an entry: start and end of its key, start and end of its value. Items have no key: -1. */
  readonly offsets: number[];
}

/** Parsed mappings and sequences with their entries' places. */
export type SpanTable = Map<object, EntrySpans>;

/** A value whose places are in a table; `span` is that of the outermost value. */
export function parsedWith(value: unknown, span: Span, spans: SpanTable): ParsedText {
  return {
    value,
    locate(path, part) {
      let [container, found] = [value, span];
      for (const [index, step] of path.entries()) {
        const offsets = entryOffsets(spans, container, step);
        if (offsets === undefined) return found;
        container = (container as Record<string | number, unknown>)[step];
        found = pickSpan(offsets, container, index === path.length - 1 ? part : undefined);
      }
      return found;
    },
  };
}

function entryOffsets(
  spans: SpanTable,
  container: unknown,
  step: string | number,
): readonly number[] | undefined {
  if (!isContainer(container)) return undefined;
  const entries = spans.get(container);
  if (entries === undefined) return undefined;
  const index = typeof step === 'number' ? step : (entries.keys?.lastIndexOf(step) ?? -1);
  if (index < 0 || index * 4 >= entries.offsets.length) return undefined;
  return entries.offsets.slice(index * 4, index * 4 + 4);
}

/**
 * The part of an entry that is meant.
 * @param entry start and end of its key, start and end of its value.
 * @param part without it the value of a scalar or a sequence item, else the key.
 */
export function pickSpan(entry: ArrayLike<number>, value: unknown, part: 'key' | 'value' | undefined): Span {
  const [keyStart, keyEnd, start, end] = [entry[0] ?? -1, entry[1] ?? -1, entry[2] ?? 0, entry[3] ?? 0];
  const wanted = part ?? (!isContainer(value) && end > start ? 'value' : 'key');
  return wanted === 'key' && keyStart >= 0 ? { start: keyStart, end: keyEnd } : { start, end };
}
