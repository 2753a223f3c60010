/** How a reader leaves the subset. Nobody outside `parseSubset` sees the exception. */

export const OUTSIDE_SUBSET: unique symbol = Symbol('not in the subset');

/** Leaves the document to the `yaml` package, which knows whether it is wrong or only unusual. */
export function giveUp(): never {
  throw OUTSIDE_SUBSET;
}
