/** The order of every list: by code unit, on every machine the same. */

/** Compares two texts by code unit. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares two numbers, which may be infinite. */
export function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A sorted copy of things that have a key. */
export function sortedByKey<Item extends { readonly key: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => compareText(a.key, b.key));
}
