/** From a name as a program writes it to the absolute names that are asked, in order. */

import type { PodResolver } from './resolver.ts';

/** An absolute name, with its final dot. */
export interface Candidate {
  readonly name: string;
  /** Which entry of the search list made it, from 1; undefined: the name itself. */
  readonly search?: number;
}

/**
 * The names that glibc asks for one after the other until one is found.
 * Source: bminor/glibc:resolv/res_query.c __res_context_search.
 */
export function searchOrder(
  name: string,
  { searches, ndots }: Pick<PodResolver, 'searches' | 'ndots'>,
): readonly Candidate[] {
  if (name.endsWith('.')) return [{ name }];
  const absolute: Candidate = { name: `${name}.` };
  const dots = name.split('.').length - 1;
  const searched = searches.map(
    (domain, index): Candidate =>
      domain === '.' ? absolute : { name: `${name}.${domain}.`, search: index + 1 },
  );
  const ordered = dots >= ndots ? [absolute, ...searched] : [...searched, absolute];
  const seen = new Set<string>();
  return ordered.filter((candidate) => !seen.has(candidate.name) && seen.add(candidate.name));
}
