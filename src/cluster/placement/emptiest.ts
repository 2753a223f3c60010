/** The emptiest of some nodes, again and again. */

/**
 * The candidate with the fewest pods, the first of these. Loads only grow, so the search goes on where
 * the last one ended until every candidate has more pods than the fewest there were.
 * @param candidates node indexes, in order.
 * @param load pods by node index; it may grow between calls.
 */
export function emptiestOf(candidates: readonly number[], load: Int32Array): () => number | undefined {
  const podsOn = (node: number) => load[node] ?? 0;
  let fewest = -1;
  let at = candidates.length;
  const skip = () => {
    for (; at < candidates.length; at++) if (podsOn(candidates[at] ?? -1) <= fewest) return;
  };
  return () => {
    skip();
    if (at === candidates.length && candidates.length > 0) {
      fewest = Number.POSITIVE_INFINITY;
      for (const node of candidates) fewest = Math.min(fewest, podsOn(node));
      at = 0;
      skip();
    }
    return candidates[at];
  };
}
