/** What the body of a rule says by itself, before any request. */

import type { RouteFilter } from '../../k8s/gateway-parts/filters.ts';
import type { BackendRef } from '../../k8s/gateway-parts/references.ts';
import type { MatchingRule, RouteRuleBody } from '../../k8s/gateway-parts/route.ts';

/** The filters of a rule; none where its kind of route has none. */
export function filtersOf(rule: RouteRuleBody): readonly RouteFilter[] {
  return (rule as Partial<MatchingRule<unknown>>).filters ?? [];
}

/** Every reference to a backend, in `backendRefs` and in filters. */
export function referencesOf(rule: RouteRuleBody): readonly BackendRef[] {
  const filters = [...filtersOf(rule), ...rule.backends.flatMap((backend) => backend.filters)];
  const others = filters.flatMap((filter): readonly BackendRef[] => {
    if (filter.kind !== 'mirror' && filter.kind !== 'external-auth') return [];
    return filter.backend === undefined ? [] : [filter.backend];
  });
  return [...rule.backends, ...others];
}

/** Extensions may answer by themselves; what cannot be read is told of by itself. */
const ANSWERING: ReadonlySet<string> = new Set(['redirect', 'extension', 'unreadable']);

/** Has the rule neither a backend nor a filter that answers, so that its requests get 500 (httproute_types.go `backendRefs`)? */
export function answersNobody(rule: RouteRuleBody): boolean {
  return rule.backends.length === 0 && !filtersOf(rule).some(({ kind }) => ANSWERING.has(kind));
}

/** Have all backends the weight 0? */
export function sharesNothing({ backends }: RouteRuleBody): boolean {
  return backends.length > 0 && backends.every(({ weight }) => weight === 0);
}
