/** Where the fields of a document stand that has been read. */

import type { FieldPath, Span } from '../document.ts';
import { pickSpan } from '../spans.ts';
import { ENTRY_SIZE, NO_ENTRIES } from './entries.ts';
import { keyText } from './key.ts';

export interface Places {
  readonly text: string;
  /** Blocks of entries (entries.ts). */
  readonly numbers: Int32Array;
  /** The outermost value. */
  readonly root: { readonly value: unknown; readonly span: Span; readonly entries: number };
}

/**
 * Where a field stands. A path that leads nowhere ends at its nearest existing parent.
 * @param part key or value; without it the value of a scalar or a sequence item, else the key.
 */
export function locateField(places: Places, path: FieldPath, part: 'key' | 'value' | undefined): Span {
  let { value, span, entries } = places.root;
  for (const [index, step] of path.entries()) {
    const entry = entryAt(places, { value, entries }, step);
    if (entry === undefined) return span;
    value = (value as Record<string | number, unknown>)[step];
    span = pickSpan(entry, value, index === path.length - 1 ? part : undefined);
    entries = entry[4] ?? NO_ENTRIES;
  }
  return span;
}

/** The numbers of an entry of a collection; undefined if it has no such entry. */
function entryAt(
  places: Places,
  collection: { readonly value: unknown; readonly entries: number },
  step: string | number,
): Int32Array | undefined {
  const { numbers } = places;
  const count = collection.entries === NO_ENTRIES ? 0 : (numbers[collection.entries] ?? 0);
  const first = collection.entries + 1;
  const entry = (index: number) =>
    numbers.subarray(first + index * ENTRY_SIZE, first + (index + 1) * ENTRY_SIZE);
  if (Array.isArray(collection.value)) {
    return typeof step === 'number' && step >= 0 && step < count ? entry(step) : undefined;
  }
  for (let index = 0; index < count; index++) {
    const [start = 0, end = 0] = entry(index);
    if (keyText(places.text, start, end) === step) return entry(index);
  }
  return undefined;
}
