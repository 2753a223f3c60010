/** Values as complaints quote them. */

/** So many strings of a list that is refused as a whole are printed, as the API server does it with all. */
const MOST_SHOWN = 4;

/** A scalar or a short list of texts as it is; larger things as `{…}` and `[…]`. */
export function printValue(value: unknown): string {
  if (Array.isArray(value)) return isShortList(value) ? JSON.stringify(value) : '[…]';
  if (typeof value === 'object' && value !== null) return '{…}';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function isShortList(list: readonly unknown[]): boolean {
  return list.length <= MOST_SHOWN && list.every((item) => typeof item === 'string');
}
