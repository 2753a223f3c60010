/**
 * Regular expressions of routes, matched in linear time: manifests may be hostile. nginx has PCRE, whose
 * look-arounds and back references RE2 has not; such a pattern is not modelled, and says so.
 */

import { RE2JS } from 're2js';

export interface Pattern {
  /** The groups of the first match, the whole match first; undefined: no match. */
  match(text: string): readonly (string | undefined)[] | undefined;
}

/** Longer patterns are no route; they would cost memory. */
const MOST_CHARACTERS = 4096;

/** @returns undefined where RE2 cannot read the pattern. */
export function compilePattern(source: string, ignoreCase: 'ignore-case' | 'case'): Pattern | undefined {
  if (source.length > MOST_CHARACTERS) return undefined;
  try {
    const compiled = RE2JS.compile(source, ignoreCase === 'ignore-case' ? RE2JS.CASE_INSENSITIVE : 0);
    return { match: (text) => groupsOf(compiled, text) };
  } catch {
    return undefined;
  }
}

function groupsOf(compiled: RE2JS, text: string): readonly (string | undefined)[] | undefined {
  const matcher = compiled.matcher(text);
  if (!matcher.find()) return undefined;
  return Array.from({ length: compiled.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
}
