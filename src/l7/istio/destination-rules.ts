/**
 * Which DestinationRule a client's proxy uses for a host: the rules of one namespace only, the client's, else the
 * service's, else the root's; within it the most specific host, and rules of one host merged.
 * Source: istio/istio:pilot/pkg/model/push_context.go setDestinationRules, destinationRule,
 * pilot/pkg/model/destination_rule.go mergeDestinationRule. Rules: docs/semantics/istio.md 8.1 to 8.5.
 */

import type { TrafficPolicy } from '../../k8s/istio-parts/traffic-policy.ts';
import type { DestinationRuleObject, Subset } from '../../k8s/kinds/destination-rule.ts';
import type { Labels } from '../../k8s/object.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { oldestFirst } from './age.ts';
import { fullHost, isWildcard } from './names.ts';
import type { MeshService } from './registry.ts';
import type { MeshSettings } from './settings.ts';

/** A subset, and the rule that it is written in. */
export interface PlacedSubset extends Subset {
  readonly owner: DestinationRuleObject;
}

/** The rules of one host in one namespace, as one. */
export interface MergedRule {
  /** The first of them. */
  readonly object: DestinationRuleObject;
  readonly objects: readonly DestinationRuleObject[];
  readonly host: string;
  readonly subsets: readonly PlacedSubset[];
  readonly trafficPolicy?: TrafficPolicy;
  readonly workloadSelector?: Labels;
  /** As written, with its own words. */
  readonly exportTo: ReadonlySet<string>;
}

/** Whose proxy asks. */
export interface RuleClient {
  readonly namespace: string;
  readonly labels: Labels;
}

export type FindRule = (
  service: Pick<MeshService, 'host' | 'namespace'>,
  client: RuleClient,
) => MergedRule | undefined;

/** Rules by their host, of one namespace and one purpose. */
interface Shelf {
  readonly exact: Map<string, MergedRule[]>;
  readonly wild: Map<string, MergedRule[]>;
}

interface Shelves {
  /** By namespace: what clients there look at first. */
  readonly local: Map<string, Shelf>;
  /** By namespace: what others may see of it. */
  readonly exported: Map<string, Shelf>;
  /** Of the root namespace, for nobody else. */
  readonly root: Shelf;
}

/** @param domain of the cluster. */
export function destinationRules(objects: ObjectSet, settings: MeshSettings, domain: string): FindRule {
  const shelves: Shelves = { local: new Map(), exported: new Map(), root: emptyShelf() };
  for (const object of oldestFirst(objects.ofKind('DestinationRule'))) {
    if (object.body.host !== '') shelve(shelves, object, settings, domain);
  }
  return (service, client) => findRule(shelves, settings, service, client);
}

function emptyShelf(): Shelf {
  return { exact: new Map(), wild: new Map() };
}

function shelfOf(shelves: Map<string, Shelf>, namespace: string): Shelf {
  const known = shelves.get(namespace) ?? emptyShelf();
  shelves.set(namespace, known);
  return known;
}

function shelve(
  shelves: Shelves,
  object: DestinationRuleObject,
  settings: MeshSettings,
  domain: string,
): void {
  const { metadata, body } = object;
  const { namespace } = metadata;
  // A rule for some clients only is private.
  const exportTo = new Set(body.workloadSelector === undefined ? body.exportTo : ['.']);
  const rule = single(object, exportTo, fullHost(body.host, { namespace, domain }));
  const isLocal = exportTo.size === 0 || ['*', '.', namespace].some((word) => exportTo.has(word));
  if (isLocal) merge(shelfOf(shelves.local, namespace), rule);
  if (!isPrivate(exportTo, namespace, settings)) merge(shelfOf(shelves.exported, namespace), rule);
  else if (namespace === settings.rootNamespace) merge(shelves.root, rule);
}

function isPrivate(exportTo: ReadonlySet<string>, namespace: string, settings: MeshSettings): boolean {
  if (exportTo.size === 0) return settings.exportTo.destinationRules.includes('.');
  return exportTo.size === 1 && (exportTo.has('.') || exportTo.has(namespace));
}

function single(object: DestinationRuleObject, exportTo: ReadonlySet<string>, host: string): MergedRule {
  const { subsets, trafficPolicy, workloadSelector } = object.body;
  return {
    object,
    objects: [object],
    host,
    subsets: firstOfEachName(subsets.map((subset) => ({ ...subset, owner: object }))),
    ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
    ...(workloadSelector === undefined ? {} : { workloadSelector }),
    exportTo,
  };
}

function firstOfEachName(subsets: readonly PlacedSubset[]): readonly PlacedSubset[] {
  const byName = new Map<string, PlacedSubset>();
  for (const subset of subsets) if (!byName.has(subset.name)) byName.set(subset.name, subset);
  return [...byName.values()];
}

/** Joins a rule with those of the same host, selector and visibility; else it stands beside them. */
function merge(shelf: Shelf, rule: MergedRule): void {
  const rules = isWildcard(rule.host) ? shelf.wild : shelf.exact;
  const known = rules.get(rule.host) ?? [];
  const index = known.findIndex((each) => isMergeable(each, rule));
  const first = known[index];
  if (first === undefined) rules.set(rule.host, [...known, rule]);
  else rules.set(rule.host, known.with(index, joined(first, rule)));
}

function isMergeable(a: MergedRule, b: MergedRule): boolean {
  return sameSet(a.exportTo, b.exportTo) && sameLabels(a.workloadSelector, b.workloadSelector);
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((word) => b.has(word));
}

function sameLabels(a: Labels | undefined, b: Labels | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.size === b.size && labelsMatch(a, b);
}

function joined(first: MergedRule, second: MergedRule): MergedRule {
  const trafficPolicy = first.trafficPolicy ?? second.trafficPolicy;
  return {
    ...first,
    objects: [...first.objects, ...second.objects],
    subsets: firstOfEachName([...first.subsets, ...second.subsets]),
    ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
  };
}

function findRule(
  { local, exported, root }: Shelves,
  { rootNamespace }: MeshSettings,
  { host, namespace }: Pick<MeshService, 'host' | 'namespace'>,
  client: RuleClient,
): MergedRule | undefined {
  const own = client.namespace === rootNamespace ? root : local.get(client.namespace);
  const nearest = own === undefined ? [] : mostSpecificRules(own, host);
  if (nearest.length > 0) return forClient(nearest, client);
  for (const owner of [namespace, rootNamespace]) {
    const shelf = exported.get(owner);
    const rules = shelf === undefined ? [] : mostSpecificRules(shelf, host);
    const seen = rules.filter(({ exportTo }) => isExportedTo(exportTo, client.namespace, owner));
    if (seen.length > 0) return forClient(seen, client);
  }
  return undefined;
}

function isExportedTo(exportTo: ReadonlySet<string>, namespace: string, owner: string): boolean {
  if (exportTo.size === 0 || exportTo.has('*') || exportTo.has(namespace)) return true;
  return exportTo.has('.') && namespace === owner;
}

/** The rules of the most specific host, whether or not the client may see them: others are not asked then. */
function mostSpecificRules({ exact, wild }: Shelf, host: string): readonly MergedRule[] {
  const found = exact.get(host);
  if (found !== undefined && !isWildcard(host)) return found;
  const own = wild.get(host);
  if (own !== undefined) return own;
  for (let at = isWildcard(host) ? 1 : 0; at <= host.length; at++) {
    const rules = wild.get(`*${host.slice(at)}`);
    if (rules !== undefined) return rules;
  }
  return [];
}

/** A rule that selects the client comes before those for all. */
function forClient(rules: readonly MergedRule[], { labels }: RuleClient): MergedRule | undefined {
  const selecting = rules.find(
    ({ workloadSelector }) => workloadSelector !== undefined && labelsMatch(workloadSelector, labels),
  );
  return selecting ?? rules.findLast(({ workloadSelector }) => workloadSelector === undefined);
}
