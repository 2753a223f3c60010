/** The mappings of a value. */

/**
 * An object without a prototype is a hash table to V8, twice as slow and large as an object of known shape. One
 * whose prototype is this empty object inherits nothing, either: `__proto__` and `constructor` are keys like any
 * other.
 */
const NOTHING: object = Object.create(null);

/** An empty mapping. */
export function newMapping(): Record<string, unknown> {
  return Object.create(NOTHING);
}
