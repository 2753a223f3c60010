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
  const everyHost = atomRange(hostsAt, sourcesAt);
  const namesIn = (set: AtomSet) =>
    listAtoms(set).flatMap((atom) => (units.ofAtom[atom] ?? []).map((unit) => units.units[unit]?.id ?? ''));

  /** Those in the network of their node, and those that have one of their own. */
  function workloadNames(set: AtomSet): readonly string[] {
    const [pods, hosts] = [intersectAtoms(set, everyPod), intersectAtoms(set, everyHost)];
    const isEveryHost = isNoAtoms(subtractAtoms(everyHost, hosts)) && sourcesAt > hostsAt;
    const isEveryPod = isNoAtoms(subtractAtoms(everyPod, pods)) && hostsAt > 1;
    if (isEveryHost && isEveryPod) return ['every workload'];
    const isLong = isEveryHost && sourcesAt - hostsAt > 1;
    return [...podNames(pods), ...(isLong ? ['every workload on the host network'] : namesIn(hosts))];
  }

  function podNames(set: AtomSet): readonly string[] {
    if (isNoAtoms(set)) return [];
    const missing = subtractAtoms(everyPod, set);
    if (isNoAtoms(missing) && hostsAt > 1) {
      return [sourcesAt > hostsAt ? 'every workload on the pod network' : 'every workload'];
    }
    if (hostsAt > 4 && countAtoms(missing) <= 2) return [`every workload but ${namesIn(missing).join(', ')}`];
    const { whole, rest } = wholeNamespaces(set, namespaces);
    return [...whole.map((namespace) => `all of ${namespace}`), ...namesIn(rest)];
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
      ...workloadNames(set),
      ...rangeNames(set, sourcesAt, destinationsAt),
      ...rangeNames(set, destinationsAt, atoms.length),
    ];
    const unique = [...new Set(names)];
    if (unique.length <= MOST_NAMES) return unique.join(', ');
    return `${unique.slice(0, MOST_NAMES - 1).join(', ')} and ${unique.length - MOST_NAMES + 1} more`;
  };
}

/** The namespaces all of whose workloads are in a set, where they are more than one, and what is left. */
function wholeNamespaces(
  set: AtomSet,
  namespaces: Universe['namespaces'],
): { readonly whole: readonly string[]; readonly rest: AtomSet } {
  const whole: string[] = [];
  let rest = set;
  for (const [namespace, [from, to]] of namespaces) {
    const all = atomRange(from, to);
    if (to - from < 2 || !atomsMeet(all, rest) || !isNoAtoms(subtractAtoms(all, rest))) continue;
    whole.push(namespace);
    rest = subtractAtoms(rest, all);
  }
  return { whole, rest };
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
