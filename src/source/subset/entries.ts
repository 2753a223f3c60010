/**
 * The places of a document's entries as they are written down while it is read: five numbers an entry, in one
 * array for the whole document. A block holds the entries of one collection one after another, behind their count.
 */

/** Start and end of the key (-1 for items), start and end of the value, and the block of the value's own entries. */
export const ENTRY_SIZE = 5;

/** The block of a value without entries. */
export const NO_ENTRIES = 0;

export interface EntryWriter {
  /** Entries of the collections that are being read, the innermost last. */
  readonly open: number[];
  /** Blocks of those that are read. */
  readonly closed: number[];
}

/** The place of a value that was just read. */
export interface ValuePlace {
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly valueEntries: number;
}

export function newEntryWriter(): EntryWriter {
  return { open: [], closed: [NO_ENTRIES] };
}

/** Adds an entry to the innermost collection. */
export function addEntry({ open }: EntryWriter, keyStart: number, keyEnd: number, value: ValuePlace): void {
  open.push(keyStart, keyEnd, value.valueStart, value.valueEnd, value.valueEntries);
}

/** Closes the collection whose first entry stands at `from` in `open`. @returns its block. */
export function closeEntries({ open, closed }: EntryWriter, from: number): number {
  if (open.length === from) return NO_ENTRIES;
  const block = closed.length;
  closed.push((open.length - from) / ENTRY_SIZE);
  for (let index = from; index < open.length; index++) closed.push(open[index] ?? 0);
  open.length = from;
  return block;
}
