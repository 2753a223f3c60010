/** Indexes of hosts with stars, so that no look-up compares each host with each. */

import { hostsMatch, isWildcard } from './names.ts';

export interface PatternIndex<Value> {
  /** The value of the most specific pattern that covers a host: its own, else the longest. */
  find(host: string): Value | undefined;
}

/** Of patterns that are equal, the first counts. A host with a star is covered by patterns that are no longer. */
export function patternIndex<Value>(entries: Iterable<readonly [string, Value]>): PatternIndex<Value> {
  const exact = new Map<string, Value>();
  const suffixes = new Map<string, Value>();
  for (const [host, value] of entries) {
    const index = isWildcard(host) ? suffixes : exact;
    const key = isWildcard(host) ? host.slice(1) : host;
    if (!index.has(key)) index.set(key, value);
  }
  const lengths = [...new Set([...suffixes.keys()].map(({ length }) => length))].sort((a, b) => b - a);
  return {
    find: (host) => {
      const found = isWildcard(host) ? undefined : exact.get(host);
      if (found !== undefined) return found;
      const name = isWildcard(host) ? host.slice(1) : host;
      for (const length of lengths) {
        const value = length <= name.length ? suffixes.get(name.slice(name.length - length)) : undefined;
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** The hosts of a list that a pattern with a star covers, or that cover it. */
export function suffixSearch(hosts: Iterable<string>): (pattern: string) => readonly string[] {
  const all = [...hosts];
  const wild = all.filter(isWildcard);
  const plain = all
    .filter((host) => !isWildcard(host))
    .map((host) => ({ host, key: reversed(host) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return (pattern) => {
    const suffix = pattern.slice(1);
    const key = reversed(suffix);
    const found = wild.filter((host) => hostsMatch(host, pattern));
    for (let at = lowerBound(plain, key); plain[at]?.key.startsWith(key) === true; at++) {
      found.push(plain[at]?.host ?? '');
    }
    return found;
  };
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

function lowerBound(sorted: readonly { readonly key: string }[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
