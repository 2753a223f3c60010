/** Targets that are a kind, with or without a name: `ingress`, `ingress shop`, `ing/shop`, `shop/ing/web`. */

/**
 * The object that is asked for.
 * @param words of the kind, in lower case.
 * @param name behind the target.
 * @returns empty for all of the kind; undefined: the target is something else.
 */
export function kindTargetName(
  words: readonly string[],
  target: string,
  name: string | undefined,
): string | undefined {
  const parts = target.split('/');
  if (parts.length === 1) return words.includes(target.toLowerCase()) ? (name ?? '') : undefined;
  const word = parts.at(-2)?.toLowerCase() ?? '';
  if (parts.length > 3 || !words.includes(word)) return undefined;
  return [...parts.slice(0, -2), parts.at(-1)].join('/');
}
