/**
 * Reads documents as people and kubectl write manifests: block style, quotes, block scalars, lists and mappings
 * in brackets, comments; and so JSON. Anchors, aliases, tags, merge keys, explicit keys, directives, tabs,
 * duplicate keys and whatever is or may be wrong are outside this subset. They are left to the `yaml` package,
 * which reports errors, and is the oracle of this reader in tests.
 */

import { type FieldPath, isContainer, type Span } from '../document.ts';
import type { ParsedText } from '../spans.ts';
import { readNode } from './block.ts';
import { type Cursor, startOf } from './cursor.ts';
import { giveUp, OUTSIDE_SUBSET } from './outside.ts';
import { locateField, type Places } from './places.ts';

/** Parses a document of the text; undefined if it is not in the subset. */
export function parseSubset(text: string, { start, end }: Span): ParsedText | undefined {
  try {
    return readDocument(startOf(text, start, end));
  } catch (error) {
    if (error === OUTSIDE_SUBSET) return undefined;
    throw error;
  }
}

function readDocument(cursor: Cursor): ParsedText {
  const value = readNode(cursor, -1);
  if (!isContainer(value) || cursor.at < cursor.end) giveUp();
  const places: Places = {
    text: cursor.text,
    numbers: new Int32Array(cursor.entries.closed),
    root: {
      value,
      span: { start: cursor.valueStart, end: cursor.valueEnd },
      entries: cursor.valueEntries,
    },
  };
  return { value, locate: (path: FieldPath, part) => locateField(places, path, part) };
}
