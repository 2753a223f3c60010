/**
 * StringMatch of Istio: `exact`, `prefix` or `regex`; an empty one asks for presence only.
 * Source: istio/api:networking/v1alpha3/virtual_service.proto StringMatch.
 */

import { type Fields, readMapping, readString, reportInvalid } from '../fields.ts';

export type StringMatch =
  | { readonly kind: 'exact' | 'prefix' | 'regex'; readonly value: string }
  | { readonly kind: 'presence' };

const WORDS = ['exact', 'prefix', 'regex'] as const;

const PRESENCE: StringMatch = { kind: 'presence' };

/** The match at a key; undefined where there is none. */
export function readStringMatch(fields: Fields, key: string): StringMatch | undefined {
  const match = readMapping(fields, key);
  return match === undefined ? undefined : matchOf(match);
}

/** Matches by name: of headers, of query parameters. `null` asks for presence, as `{}` does. */
export function readStringMatches(fields: Fields, key: string): ReadonlyMap<string, StringMatch> {
  const section = readMapping(fields, key);
  const found = new Map<string, StringMatch>();
  if (section === undefined) return found;
  for (const name of Object.keys(section.raw)) {
    found.set(name, readStringMatch(section, name) ?? PRESENCE);
  }
  return found;
}

function matchOf(fields: Fields): StringMatch {
  const written = WORDS.filter((word) => (fields.raw[word] ?? null) !== null);
  const [kind] = written;
  if (kind === undefined) return PRESENCE;
  if (written.length > 1) {
    reportInvalid(fields, [], fields.raw, `must have exactly one of ${WORDS.join(', ')}`);
  }
  return { kind, value: readString(fields, kind) ?? '' };
}
