/**
 * VirtualServices as proxies get them: host names complete, delegates merged, in the order in which they are tried.
 * Source: istio/istio:pilot/pkg/model/push_context.go initVirtualServices, VirtualServicesForGateway,
 * pilot/pkg/model/virtualservice.go. Rules: docs/semantics/istio.md 2.1, 4.1, 6.
 */

import { groupByEach } from '../../collections/grouping.ts';
import { onceEach } from '../../collections/once.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Destination, WeightedDestination } from '../../k8s/istio-parts/destination.ts';
import type { StaticMatch } from '../../k8s/istio-parts/http-match.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { L4Rule } from '../../k8s/istio-parts/l4-rule.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { oldestFirst } from './age.ts';
import { mergeDelegate } from './delegates.ts';
import { fullHost, gatewayName, MESH } from './names.ts';
import type { MeshSettings } from './settings.ts';
import { isVisible, type Visibility, visibilityOf, visibleFirst } from './visibility.ts';

/** A rule, and the field that it stands in, which may be another VirtualService's. */
export interface Placed<Rule> {
  readonly rule: Rule;
  readonly at: SourceRef;
  /** `http[0]`. */
  readonly label: string;
  /** The VirtualService that the rule is written in. */
  readonly owner: VirtualServiceObject;
}

/** One VirtualService, ready for a proxy. */
export interface RuleSet {
  readonly object: VirtualServiceObject;
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  /** Complete names. */
  readonly hosts: readonly string[];
  /** `namespace/name` of Gateways, and `mesh`. */
  readonly gateways: ReadonlySet<string>;
  readonly visibility: Visibility;
  readonly http: readonly Placed<HttpRule>[];
  readonly tls: readonly Placed<L4Rule>[];
  readonly tcp: readonly Placed<L4Rule>[];
}

export interface RuleSets {
  /** All, in the order of their age; without delegates and those that are refused. */
  readonly all: readonly RuleSet[];
  /** Those that a proxy of the namespace gets for a gateway (or `mesh`), in the order in which they are tried. */
  forGateway(gateway: string, namespace: string): readonly RuleSet[];
  /**
   * For each host, the VirtualService whose HTTP rules the sidecars of a namespace have: the first that has any, and no other
   * (istio/istio:pilot/pkg/networking/core/route/route.go BuildSidecarVirtualHostWrapper).
   */
  httpOwners(namespace: string): ReadonlyMap<string, RuleSet>;
  /** Delegates that are missing, not visible, or contradict their root. */
  readonly problems: readonly Diagnostic[];
}

/** @param domain of the cluster. */
export function ruleSets(objects: ObjectSet, settings: MeshSettings, domain: string): RuleSets {
  const usable = oldestFirst(objects.ofKind('VirtualService')).filter(({ body }) => !body.refused);
  const problems: Diagnostic[] = [];
  const context: Context = {
    settings,
    domain,
    problems,
    delegates: new Map(
      usable.flatMap((object) =>
        object.body.hosts.length > 0
          ? []
          : [[`${object.metadata.namespace}/${object.metadata.name}`, object]],
      ),
    ),
  };
  const all = usable.filter(({ body }) => body.hosts.length > 0).map((object) => ruleSet(object, context));
  const byGateway = groupByEach(all, ({ gateways }) => gateways);
  const ofGateway = onceEach((gateway: string) =>
    onceEach((namespace: string) => visibleFirst(byGateway.get(gateway) ?? [], namespace)),
  );
  const forGateway = (gateway: string, namespace: string) => ofGateway(gateway)(namespace);
  const httpOwners = onceEach((namespace: string) => ownersOf(forGateway(MESH, namespace)));
  return { all, problems, forGateway, httpOwners };
}

function ownersOf(sets: readonly RuleSet[]): ReadonlyMap<string, RuleSet> {
  const owners = new Map<string, RuleSet>();
  for (const set of sets.filter(({ http }) => http.length > 0)) {
    for (const host of set.hosts) if (!owners.has(host)) owners.set(host, set);
  }
  return owners;
}

interface Context {
  readonly settings: MeshSettings;
  readonly domain: string;
  readonly delegates: ReadonlyMap<string, VirtualServiceObject>;
  readonly problems: Diagnostic[];
}

function ruleSet(object: VirtualServiceObject, context: Context): RuleSet {
  const { metadata, body } = object;
  const { name, namespace } = metadata;
  const written = body.gateways.length === 0 ? [MESH] : body.gateways;
  return {
    object,
    key: `${namespace}/${name}`,
    namespace,
    hosts: body.hosts.map((host) => fullHost(host, { namespace, domain: context.domain })),
    gateways: new Set(written.map((gateway) => gatewayName(gateway, namespace))),
    visibility: visibilityOf(body.exportTo, namespace, context.settings.exportTo.virtualServices),
    http: body.http.flatMap((rule, index) => httpRules(object, { rule, index }, context)),
    tls: body.tls.map((rule, index) => placed(object, completeL4(rule, object, context), `tls[${index}]`)),
    tcp: body.tcp.map((rule, index) => placed(object, completeL4(rule, object, context), `tcp[${index}]`)),
  };
}

function placed<Rule extends { readonly path: HttpRule['path'] }>(
  owner: VirtualServiceObject,
  rule: Rule,
  label: string,
): Placed<Rule> {
  return { rule, at: refTo(owner.origin, ...rule.path), label, owner };
}

interface Numbered {
  readonly rule: HttpRule;
  readonly index: number;
}

/** The rule itself, or what becomes of it and its delegate. */
function httpRules(
  object: VirtualServiceObject,
  { rule, index }: Numbered,
  context: Context,
): readonly Placed<HttpRule>[] {
  const root = completeHttp(rule, object, context);
  const label = `http[${index}]`;
  if (rule.delegate === undefined) return [placed(object, root, label)];
  const delegate = delegateOf(object, rule.delegate, context);
  if (delegate === undefined) return [];
  return delegate.body.http.flatMap((own, number): readonly Placed<HttpRule>[] => {
    const merged = mergeDelegate(root, completeHttp(own, delegate, context));
    const name = `${delegate.metadata.namespace}/${delegate.metadata.name}`;
    if (merged === undefined) {
      report(
        context,
        refTo(delegate.origin, ...own.path),
        `contradicts the conditions of ${label} of its root, and is left out`,
      );
      return [];
    }
    return [placed(delegate, merged, `${label} › ${name} http[${number}]`)];
  });
}

function delegateOf(
  { metadata, origin }: VirtualServiceObject,
  { name, namespace, path }: NonNullable<HttpRule['delegate']>,
  context: Context,
): VirtualServiceObject | undefined {
  const key = `${namespace || metadata.namespace}/${name}`;
  const found = context.delegates.get(key);
  if (found === undefined) {
    report(context, refTo(origin, ...path), `no VirtualService ${key} without hosts; the rule is left out`);
    return undefined;
  }
  const visibility = visibilityOf(
    found.body.exportTo,
    found.metadata.namespace,
    context.settings.exportTo.virtualServices,
  );
  if (isVisible(visibility, metadata.namespace)) return found;
  report(
    context,
    refTo(origin, ...path),
    `VirtualService ${key} is not exported to ${metadata.namespace}; the rule is left out`,
  );
  return undefined;
}

function report({ problems }: Context, at: SourceRef, text: string): void {
  problems.push({ code: 'istio-delegate', severity: 'error', text, sources: [{ at, role: 'primary' }] });
}

/** Names are completed in the namespace of the VirtualService that they stand in. */
function completeHttp(rule: HttpRule, { metadata }: VirtualServiceObject, { domain }: Context): HttpRule {
  const place = { namespace: metadata.namespace, domain };
  return {
    ...rule,
    match: rule.match.map((match) => completeMatch(match, metadata.namespace)),
    route: rule.route.map((each) => completeRoute(each, place)),
    mirrors: rule.mirrors.map((mirror) => ({
      ...mirror,
      destination: completeDestination(mirror.destination, place),
    })),
  };
}

function completeL4(rule: L4Rule, { metadata }: VirtualServiceObject, { domain }: Context): L4Rule {
  const place = { namespace: metadata.namespace, domain };
  return {
    ...rule,
    match: rule.match.map((match) => completeMatch(match, metadata.namespace)),
    route: rule.route.map((each) => completeRoute(each, place)),
  };
}

function completeMatch<Match extends StaticMatch>(match: Match, namespace: string): Match {
  return { ...match, gateways: match.gateways.map((gateway) => gatewayName(gateway, namespace)) };
}

type Place = Parameters<typeof fullHost>[1];

function completeRoute(each: WeightedDestination, place: Place): WeightedDestination {
  return { ...each, destination: completeDestination(each.destination, place) };
}

function completeDestination(destination: Destination, place: Place): Destination {
  return { ...destination, host: fullHost(destination.host, place) };
}
