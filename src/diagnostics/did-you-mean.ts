/** Names that somebody may have meant. */

/**
 * The candidates nearest to a name, best first; ties in the order given.
 * @param limit how many at most.
 * @returns those within an edit distance of a third of the longer name (at least 1), and those that begin
 *   with the name or end with it.
 */
export function nearest(name: string, candidates: readonly string[], limit: number): readonly string[] {
  const wanted = name.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= allowedDistance(wanted, candidate))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function allowedDistance(wanted: string, candidate: string): number {
  return Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
}

/** A candidate that contains the whole name as a beginning or an end counts as one edit away. */
function distanceTo(wanted: string, candidate: string): number {
  const edits = editDistance(wanted, candidate);
  const contains = wanted.length > 1 && (candidate.startsWith(wanted) || candidate.endsWith(wanted));
  return contains ? Math.min(edits, 1) : edits;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each 1. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
        swapped ? at(before, column - 2) + 1 : Infinity,
      );
    }
    before = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
