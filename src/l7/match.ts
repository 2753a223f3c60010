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

/** What RE2 finds wrong that PCRE refuses as well (tried with PCRE 10.42). */
const WRONG_ANYWHERE: ReadonlySet<string> = new Set([
  'missing closing )',
  'unexpected )',
  'missing closing ]',
  'missing argument to repetition operator',
  'trailing backslash at end of expression',
]);

/** Is the text no regular expression of PCRE either? False where that is not certain. */
export function isBrokenPattern(source: string): boolean {
  // PCRE has verbs: `(*FAIL)`.
  if (source.length > MOST_CHARACTERS || source.includes('(*')) return false;
  try {
    RE2JS.compile(source);
    return false;
  } catch (error) {
    return WRONG_ANYWHERE.has(String((error as { readonly error?: unknown }).error));
  }
}

function groupsOf(compiled: RE2JS, text: string): readonly (string | undefined)[] | undefined {
  const matcher = compiled.matcher(text);
  if (!matcher.find()) return undefined;
  return Array.from({ length: compiled.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
}

/**
 * A test whether a pattern of RE2 matches the whole of a text, as Envoy's do.
 * @returns undefined where RE2 cannot read the pattern.
 */
export function compileFullMatch(source: string): ((text: string) => boolean) | undefined {
  const compiled = compile(source);
  return compiled === undefined ? undefined : (text) => compiled.matches(text);
}

/**
 * A replacement of every match of a pattern of RE2; `\\1` in the new text is a group, as in RE2's own functions.
 * @returns undefined where RE2 cannot read the pattern.
 */
export function compileReplacement(
  source: string,
  replacement: string,
): ((text: string) => string) | undefined {
  const compiled = compile(source);
  if (compiled === undefined) return undefined;
  return (text) => replaceAll(compiled, text, replacement);
}

function compile(source: string): RE2JS | undefined {
  if (source.length > MOST_CHARACTERS) return undefined;
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}

function replaceAll(compiled: RE2JS, text: string, replacement: string): string {
  const matcher = compiled.matcher(text);
  let result = '';
  let end = 0;
  while (matcher.find()) {
    result += text.slice(end, matcher.start());
    result += replacement.replace(/\\([\\0-9])/g, (_whole, mark: string) =>
      mark === '\\' ? '\\' : groupText(matcher, compiled, Number(mark)),
    );
    end = matcher.end();
  }
  return result + text.slice(end);
}

function groupText(matcher: ReturnType<RE2JS['matcher']>, compiled: RE2JS, group: number): string {
  return group <= compiled.groupCount() ? (matcher.group(group) ?? '') : '';
}
