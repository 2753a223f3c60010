/** Conditions on names and values: headers and query parameters. */

import { type Fields, readEnum, readMappings, requireString } from '../fields.ts';

export type MatchType = 'Exact' | 'RegularExpression';

const MATCH_TYPES: readonly MatchType[] = ['Exact', 'RegularExpression'];

export interface ValueMatch {
  readonly name: string;
  readonly type: MatchType;
  readonly value: string;
}

/**
 * The conditions of a list. Of two with the same name the first counts.
 * @param keyOf what makes two names the same: header names know no case.
 * @returns undefined where one cannot be read: without it the match would take more than is written.
 */
export function readValueMatches(
  fields: Fields,
  key: string,
  keyOf: (name: string) => string,
): readonly ValueMatch[] | undefined {
  const found = new Map<string, ValueMatch>();
  for (const entry of readMappings(fields, key)) {
    const name = requireString(entry, 'name');
    const value = requireString(entry, 'value');
    const type = readMatchType(entry);
    if (name === undefined || value === undefined || type === undefined) return undefined;
    if (!found.has(keyOf(name))) found.set(keyOf(name), { name: keyOf(name), type, value });
  }
  return [...found.values()];
}

/** Exact, where nothing else is written; undefined for a word that is none of the two. */
export function readMatchType(fields: Fields): MatchType | undefined {
  const written = fields.raw['type'];
  return written === undefined || written === null || written === ''
    ? 'Exact'
    : readEnum(fields, 'type', MATCH_TYPES);
}
