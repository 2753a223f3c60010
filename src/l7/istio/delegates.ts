/**
 * Rules that hand over to another VirtualService: each pair of conditions, the root's and the delegate's, becomes
 * one condition, unless the two contradict each other.
 * Source: istio/istio:pilot/pkg/model/virtualservice.go mergeVirtualServicesIfNeeded, mergeHTTPRoute, hasConflict.
 * Rules: docs/semantics/istio.md 6.6 to 6.8.
 */

import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { StringMatch } from '../../k8s/istio-parts/string-match.ts';

type Matches = ReadonlyMap<string, StringMatch>;

/** Conditions as far as they can contradict each other. */
export type DelegateCondition = Partial<Omit<HttpMatch, 'name' | 'path'>>;

const SINGLE = ['uri', 'scheme', 'method', 'authority'] as const;
const NAMED = ['headers', 'withoutHeaders', 'queryParams'] as const;

/** Does the delegate's condition contradict the root's, or go beyond it? */
export function delegateConflicts(root: DelegateCondition, leaf: DelegateCondition): boolean {
  if (SINGLE.some((key) => textConflicts(root[key], leaf[key]))) return true;
  if (NAMED.some((key) => namedConflict(root[key], leaf[key]))) return true;
  if ((root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false)) return true;
  if (root.port !== undefined && leaf.port !== undefined && root.port !== leaf.port) return true;
  return sourceConflicts(root, leaf);
}

function namedConflict(root: Matches | undefined, leaf: Matches | undefined): boolean {
  return [...(leaf ?? [])].some(([name, match]) => textConflicts(root?.get(name), match));
}

function sourceConflicts(root: DelegateCondition, leaf: DelegateCondition): boolean {
  const namespace = root.sourceNamespace || leaf.sourceNamespace;
  if (leaf.sourceNamespace && namespace !== leaf.sourceNamespace) return true;
  for (const [label, value] of leaf.sourceLabels ?? []) {
    const own = root.sourceLabels?.get(label);
    if (own !== undefined && own !== value) return true;
  }
  const gateways = root.gateways ?? [];
  if (gateways.length === 0 || leaf.gateways === undefined) return false;
  return leaf.gateways.some((gateway) => !gateways.includes(gateway));
}

/** A regular expression contradicts everything that the other side says. */
function textConflicts(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false;
  if (root.kind === 'regex' || leaf.kind === 'regex') return true;
  if (root.kind === 'presence' || leaf.kind === 'presence') return true;
  if (root.kind === 'exact') return leaf.kind !== 'exact' || leaf.value !== root.value;
  return !leaf.value.startsWith(root.value);
}

/**
 * The root's rule with the rules of its delegate in its place.
 * @returns undefined for a rule whose conditions contradict the root's.
 */
export function mergeDelegate(root: HttpRule, leaf: HttpRule): HttpRule | undefined {
  const match = mergeMatches(root.match, leaf.match);
  if (match === undefined) return undefined;
  const { delegate: _delegate, path: _path, ...inherited } = root;
  return {
    ...inherited,
    ...leaf,
    name: joinNames(root.name, leaf.name),
    match,
    route: leaf.route,
    mirrors: leaf.mirrors.length > 0 ? leaf.mirrors : root.mirrors,
    hasCors: root.hasCors || leaf.hasCors,
    path: leaf.path,
  };
}

/** Every condition of the delegate must fit one of the root's; it joins each that it fits. */
function mergeMatches(
  root: readonly HttpMatch[],
  leaf: readonly HttpMatch[],
): readonly HttpMatch[] | undefined {
  if (root.length === 0) return leaf;
  if (leaf.length === 0) return root;
  const merged: HttpMatch[] = [];
  for (const own of leaf) {
    const fitting = root.filter((each) => !delegateConflicts(each, own));
    if (fitting.length === 0) return undefined;
    merged.push(...fitting.map((each) => mergeMatch(each, own)));
  }
  return merged;
}

function mergeMatch(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  return {
    ...root,
    ...leaf,
    name: joinNames(root.name, leaf.name),
    headers: new Map([...root.headers, ...leaf.headers]),
    withoutHeaders: new Map([...root.withoutHeaders, ...leaf.withoutHeaders]),
    queryParams: new Map([...root.queryParams, ...leaf.queryParams]),
    sourceLabels: new Map([...root.sourceLabels, ...leaf.sourceLabels]),
    sourceNamespace: leaf.sourceNamespace || root.sourceNamespace,
    gateways: leaf.gateways.length > 0 ? leaf.gateways : root.gateways,
  };
}

function joinNames(root: string, leaf: string): string {
  return root === '' || leaf === '' ? root || leaf : `${root}-${leaf}`;
}
