/** The value of a variable, as far as it can be known and told. */

export type EnvValue =
  | { readonly kind: 'known'; readonly text: string }
  /** Out of a Secret, in whole or in part: known, but not to be printed. */
  | { readonly kind: 'secret'; readonly text: string }
  /** Nobody can know it from the input. @param why in a few words. */
  | { readonly kind: 'unknown'; readonly why: string };

/** A value that is written. */
export function known(text: string): EnvValue {
  return { kind: 'known', text };
}

/** A value that is not in the input. */
export function unknown(why: string): EnvValue {
  return { kind: 'unknown', why };
}

/** The value of a text that refers to others: as secret as any of them, and unknown if one is. */
export function composed(text: string, parts: readonly EnvValue[]): EnvValue {
  const missing = parts.find(({ kind }) => kind === 'unknown');
  if (missing !== undefined) return missing;
  return parts.some(({ kind }) => kind === 'secret') ? { kind: 'secret', text } : known(text);
}
