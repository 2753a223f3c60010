/**
 * What a client's proxy knows of the mesh: everything that its namespace sees, or what a Sidecar object imports.
 * Source: istio/istio:pilot/pkg/model/sidecar.go ConvertToSidecarScope, selectServices, SelectVirtualServices,
 * pilot/pkg/model/push_context.go getSidecarScope. Rules: docs/semantics/istio.md 4.2 to 4.6.
 */

import { once, onceEach } from '../../collections/once.ts';
import type { EgressListener, OutboundMode, SidecarObject } from '../../k8s/kinds/sidecar.ts';
import type { Labels } from '../../k8s/object.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { oldestFirst } from './age.ts';
import { hostsMatch, isSubset, MESH } from './names.ts';
import { indexByHost, type MeshPort, type MeshService, type NamespaceRegistry, portOf } from './registry.ts';
import type { RuleSet, RuleSets } from './rule-sets.ts';
import type { MeshSettings } from './settings.ts';

/** What the proxy knows on some ports: for all of them, or for one that a Sidecar names. */
export interface EgressScope {
  /** Of a Sidecar's listener with a port; undefined: every other port. */
  readonly listener?: EgressListener;
  readonly services: readonly MeshService[];
  /** One for each host. */
  readonly byHost: ReadonlyMap<string, MeshService>;
  readonly rules: readonly RuleSet[];
}

export interface SidecarScope {
  /** undefined: nothing restricts the proxy. */
  readonly sidecar?: SidecarObject;
  readonly outbound: OutboundMode;
  /** What counts on a port; undefined: the proxy knows nothing there. */
  egressOn(port: number): EgressScope | undefined;
  /** Every service that a route may lead to, also those that only a rule names. */
  destination(host: string): MeshService | undefined;
}

export interface ScopeSource {
  readonly settings: MeshSettings;
  readonly sidecars: readonly SidecarObject[];
  readonly rules: RuleSets;
  registry(namespace: string): NamespaceRegistry;
}

/** The scopes of a mesh; proxies that the same Sidecar governs share one. */
export function sidecarScopes(source: ScopeSource): (namespace: string, labels: Labels) => SidecarScope {
  const ordered = oldestFirst(source.sidecars);
  const scopes = onceEach((sidecar: SidecarObject | undefined) =>
    onceEach((namespace: string) => scopeOf(source, namespace, sidecar)),
  );
  return (namespace, labels) => scopes(governing(ordered, source.settings, { namespace, labels }))(namespace);
}

interface Client {
  readonly namespace: string;
  readonly labels: Labels;
}

/** One that selects the pod, else the namespace's, else the root namespace's. */
function governing(
  sidecars: readonly SidecarObject[],
  { rootNamespace }: MeshSettings,
  { namespace, labels }: Client,
): SidecarObject | undefined {
  const own = sidecars.filter(({ metadata }) => metadata.namespace === namespace);
  const isWide = ({ body }: SidecarObject) => body.workloadSelector === undefined;
  return (
    own.find(
      ({ body }) => body.workloadSelector !== undefined && labelsMatch(body.workloadSelector, labels),
    ) ??
    own.find(isWide) ??
    sidecars.find((sidecar) => sidecar.metadata.namespace === rootNamespace && isWide(sidecar))
  );
}

function scopeOf(source: ScopeSource, namespace: string, sidecar: SidecarObject | undefined): SidecarScope {
  const registry = source.registry(namespace);
  const rules = source.rules.forGateway(MESH, namespace);
  if (sidecar === undefined) {
    const scope: EgressScope = { ...registry, rules };
    return {
      outbound: source.settings.outbound,
      egressOn: () => scope,
      destination: (host) => registry.byHost.get(host),
    };
  }
  const { egress, outboundTrafficPolicy } = sidecar.body;
  const listeners = egress.length === 0 ? [undefined] : egress;
  const scopes = listeners.map((listener) => egressScope({ registry, rules, namespace }, listener));
  const known = once(() => destinations(scopes, registry, namespace));
  return {
    sidecar,
    outbound: outboundTrafficPolicy ?? source.settings.outbound,
    egressOn: (port) =>
      scopes.find(({ listener }) => listener?.port === undefined || listener.port.number === port),
    destination: (host) => known().get(host),
  };
}

interface Importing {
  readonly registry: NamespaceRegistry;
  readonly rules: readonly RuleSet[];
  readonly namespace: string;
}

function egressScope(importing: Importing, listener: EgressListener | undefined): EgressScope {
  const { registry, rules, namespace } = importing;
  if (listener === undefined) return { ...registry, rules };
  const imports = importsOf(listener.hosts, namespace);
  const services = chosenNamespaces(
    registry.services
      .filter((service) => imports.some((each) => importsService(each, service)))
      .filter((service) => !excludes(listener.hosts, service, namespace))
      .flatMap((service) => onListenerPort(service, listener)),
    namespace,
  );
  return {
    listener,
    services,
    byHost: indexByHost(services),
    rules: rules.filter((set) => imports.some((each) => importsRules(each, set))),
  };
}

interface Import {
  /** `*`: every one. */
  readonly namespace: string;
  readonly host: string;
}

/** `ns/host` entries; `~` imports nothing, and `~ns/host` takes something away. */
function importsOf(hosts: readonly string[], own: string): readonly Import[] {
  return hosts.flatMap((entry) => {
    const slash = entry.indexOf('/');
    const namespace = entry.slice(0, slash);
    if (namespace.startsWith('~')) return [];
    return [{ namespace: namespace === '.' ? own : namespace, host: entry.slice(slash + 1) }];
  });
}

function excludes(hosts: readonly string[], service: MeshService, own: string): boolean {
  const removed = hosts.filter((entry) => /^~[^/]/.test(entry)).map((entry) => entry.slice(1));
  return importsOf(removed, own).some((each) => importsService(each, service));
}

function importsService({ namespace, host }: Import, service: MeshService): boolean {
  if (namespace !== '*' && namespace !== service.namespace) return false;
  return [service.host, ...service.aliases].some((name) => isSubset(name, host));
}

function importsRules({ namespace, host }: Import, set: RuleSet): boolean {
  if (namespace !== '*' && namespace !== set.namespace) return false;
  return set.hosts.some((name) => hostsMatch(name, host));
}

/** A listener with a port, which is no HTTP proxy's, imports that port alone. */
function onListenerPort(service: MeshService, { port }: EgressListener): readonly MeshService[] {
  if (port === undefined || port.protocol.toUpperCase() === 'HTTP_PROXY') return [service];
  const found = portOf(service, port.number);
  return found === undefined ? [] : [{ ...service, ports: [found] }];
}

/** Of a host that several namespaces have, one: that of the proxy's own namespace, else the first. */
function chosenNamespaces(services: readonly MeshService[], own: string): readonly MeshService[] {
  const chosen = new Map<string, string>();
  for (const { host, namespace } of services) {
    if (!chosen.has(host) || namespace === own) chosen.set(host, namespace);
  }
  return services.filter(({ host, namespace }) => chosen.get(host) === namespace);
}

/** The imported services, then those that imported rules lead to; ports of one service are joined. */
function destinations(
  scopes: readonly EgressScope[],
  registry: NamespaceRegistry,
  own: string,
): ReadonlyMap<string, MeshService> {
  const known = new Map<string, MeshService>();
  for (const scope of scopes) {
    for (const service of scope.byHost.values()) addService(known, service);
    for (const host of scope.rules.flatMap(destinationHosts)) {
      const service =
        registry.services.find((each) => each.host === host && each.namespace === own) ??
        registry.byHost.get(host);
      if (service !== undefined && !known.has(host)) known.set(host, service);
    }
  }
  return known;
}

function addService(known: Map<string, MeshService>, service: MeshService): void {
  const before = known.get(service.host);
  if (before === undefined) known.set(service.host, service);
  else if (before.namespace === service.namespace) {
    const added = service.ports.filter((port: MeshPort) => portOf(before, port.port) === undefined);
    known.set(service.host, { ...before, ports: [...before.ports, ...added] });
  }
}

/** Every host that the rules of a VirtualService lead to, mirrors included. */
function destinationHosts({ http, tls, tcp }: RuleSet): readonly string[] {
  return [
    ...http.flatMap(({ rule }) => [
      ...rule.route.map(({ destination }) => destination.host),
      ...rule.mirrors.map(({ destination }) => destination.host),
    ]),
    ...[...tls, ...tcp].flatMap(({ rule }) => rule.route.map(({ destination }) => destination.host)),
  ];
}
