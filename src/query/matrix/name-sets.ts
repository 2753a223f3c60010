/** Sets of peers in a few words: `every workload`, `all of shop`, `shop/deploy/web, outside`. */

import {
  type AtomSet,
  atomRange,
  atomsMeet,
  countAtoms,
  intersectAtoms,
  isNoAtoms,
  listAtoms,
  subtractAtoms,
} from '../../policy/matrix/atom-set.ts';
import type { Universe } from '../../policy/matrix/universe.ts';
import type { Units } from './units.ts';

/** How many names are written out before the rest is counted. */
const MOST_NAMES = 6;

/** Names sets of atoms of one universe. */
export function setNamer(universe: Universe, units: Units): (set: AtomSet) => string {
  const { hostsAt, sourcesAt, destinationsAt, atoms, namespaces } = universe;
  const everyPod = atomRange(0, hostsAt);
  const namesIn = (set: AtomSet) =>
    listAtoms(set).flatMap((atom) => (units.ofAtom[atom] ?? []).map((unit) => units.units[unit]?.id ?? ''));

  function podNames(set: AtomSet): readonly string[] {
    if (isNoAtoms(set)) return [];
    const missing = subtractAtoms(everyPod, set);
    if (isNoAtoms(missing) && hostsAt > 1) return ['every workload'];
    if (hostsAt > 4 && countAtoms(missing) <= 2) return [`every workload but ${namesIn(missing).join(', ')}`];
    const whole: string[] = [];
    let rest = set;
    for (const [namespace, [from, to]] of namespaces) {
      const all = atomRange(from, to);
      if (to - from < 2 || !atomsMeet(all, rest) || !isNoAtoms(subtractAtoms(all, rest))) continue;
      whole.push(`all of ${namespace}`);
      rest = subtractAtoms(rest, all);
    }
    return [...whole, ...namesIn(rest)];
  }

  function rangeNames(set: AtomSet, from: number, to: number): readonly string[] {
    const own = intersectAtoms(set, atomRange(from, to));
    if (isNoAtoms(own)) return [];
    if (isNoAtoms(subtractAtoms(atomRange(from, to), own))) return ['outside'];
    return mergedRanges(listAtoms(own)).map(([first, last]) => {
      const [a, b] = [atoms[first], atoms[last]];
      return a !== undefined && b !== undefined && 'first' in a && 'last' in b
        ? `outside ${a.first.text}-${b.last.text}`
        : '';
    });
  }

  return (set) => {
    const names = [
      ...podNames(intersectAtoms(set, everyPod)),
      ...namesIn(intersectAtoms(set, atomRange(hostsAt, sourcesAt))),
      ...rangeNames(set, sourcesAt, destinationsAt),
      ...rangeNames(set, destinationsAt, atoms.length),
    ];
    const unique = [...new Set(names)];
    if (unique.length <= MOST_NAMES) return unique.join(', ');
    return `${unique.slice(0, MOST_NAMES - 1).join(', ')} and ${unique.length - MOST_NAMES + 1} more`;
  };
}

/** Neighbouring numbers as first and last. */
function mergedRanges(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const merged: [number, number][] = [];
  for (const number of numbers) {
    const last = merged.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else merged.push([number, number]);
  }
  return merged;
}
