/**
 * The virtual hosts of a sidecar on one port: which names lead to which routes.
 * Source: istio/istio:pilot/pkg/networking/core/httproute.go BuildSidecarOutboundVirtualHosts,
 * pilot/pkg/networking/core/route/route.go BuildSidecarVirtualHostWrapper, separateVSHostsAndServices.
 * Rules: docs/semantics/istio.md 2.5, 6.1 to 6.4.
 */

import { once } from '../../collections/once.ts';
import { isOneAddress } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import { patternIndex, suffixSearch } from './host-index.ts';
import type { HttpRoute } from './http-routes.ts';
import { httpRoutes } from './http-routes.ts';
import { hostsMatch, isWildcard, MESH } from './names.ts';
import { maybeHttp } from './protocol.ts';
import type { MeshProxy } from './proxy.ts';
import { isHeadless, type MeshPort, type MeshService, portOf } from './registry.ts';
import type { RuleSet } from './rule-sets.ts';
import type { EgressScope } from './sidecar-scope.ts';

export interface VirtualHost {
  /** `web.shop.svc.cluster.local:80`. */
  readonly name: string;
  /** In lower case; some begin with a star. */
  readonly domains: readonly string[];
  /** In the order in which they are tried. */
  readonly routes: readonly HttpRoute[];
  /** Whose rules they are; undefined: no VirtualService is for the host. */
  readonly set?: RuleSet;
  /** undefined: a name that the registry does not know. */
  readonly service?: MeshService;
}

/** The port 80 takes names that no service has. */
const NAMES_PORT = 80;

interface Building {
  readonly scope: EgressScope;
  readonly proxy: MeshProxy;
  readonly port: number;
  /** Services with the port, by host. */
  readonly services: ReadonlyMap<string, OnPort>;
  /** The VirtualService with the most specific host of each service; only asked for where wildcards are. */
  readonly closest: () => ReadonlyMap<string, RuleSet>;
  /** The services that a host with a star covers. */
  readonly covered: () => ReturnType<typeof suffixSearch>;
  /** Services that have a star themselves. */
  readonly wild: readonly string[];
}

interface OnPort {
  readonly service: MeshService;
  readonly port: MeshPort;
}

/** The virtual hosts that a sidecar has on a port, those of VirtualServices first. */
export function sidecarVirtualHosts(
  scope: EgressScope,
  proxy: MeshProxy,
  port: number,
): readonly VirtualHost[] {
  const services = new Map<string, OnPort>();
  for (const service of scope.byHost.values()) {
    const found = portOf(service, port);
    if (found !== undefined) services.set(service.host, { service, port: found });
  }
  const building: Building = {
    scope,
    proxy,
    port,
    services,
    closest: once(() => closestRules(scope)),
    covered: once(() => suffixSearch(services.keys())),
    wild: [...services.keys()].filter(isWildcard),
  };
  const sets = port === NAMES_PORT ? scope.rules : scope.rules.filter((set) => concernsAny(set, building));
  const drafts = sets.flatMap((set) => draftsOf(set, building));
  const ruled = new Set(drafts.map(({ service }) => service?.host));
  return withDomains([...drafts, ...defaults(building, ruled)], building);
}

type Draft = Omit<VirtualHost, 'domains'> & { readonly host: string };

/** Is one of the hosts a service's? */
function concernsAny({ hosts }: RuleSet, { services, covered, wild }: Building): boolean {
  return hosts.some((host) => {
    if (services.has(host)) return true;
    return isWildcard(host) ? covered()(host).length > 0 : wild.some((each) => hostsMatch(host, each));
  });
}

function closestRules({ services, rules }: EgressScope): ReadonlyMap<string, RuleSet> {
  const index = patternIndex(rules.flatMap((set) => set.hosts.map((host) => [host, set] as const)));
  const found = new Map<string, RuleSet>();
  for (const { host } of services) {
    const set = index.find(host);
    if (set !== undefined) found.set(host, set);
  }
  return found;
}

function draftsOf(set: RuleSet, building: Building): readonly Draft[] {
  const { proxy, port } = building;
  const { names, services } = splitHosts(set, building);
  const onHttp = services.filter((each) => maybeHttp(each.port.protocol));
  if (onHttp.length === 0 && port !== NAMES_PORT) return [];
  const { labels, namespace } = proxy;
  const routes = httpRoutes(set, { labels, namespace, port, gateway: MESH });
  if (routes.length === 0) return [];
  return [
    ...names.map((host): Draft => ({ host, name: `${host}:${port}`, routes, set })),
    ...onHttp.map(
      ({ service }): Draft => ({ host: service.host, name: `${service.host}:${port}`, routes, set, service }),
    ),
  ];
}

interface SplitHosts {
  readonly names: readonly string[];
  readonly services: readonly OnPort[];
}

/** Hosts that are services of the registry, and those that are mere names. */
function splitHosts({ hosts, key }: RuleSet, { services, closest, covered }: Building): SplitHosts {
  const names: string[] = [];
  const found: OnPort[] = [];
  for (const host of hosts) {
    const exact = isWildcard(host) ? undefined : services.get(host);
    if (exact !== undefined) found.push(exact);
    else if (!isWildcard(host)) names.push(host);
  }
  for (const host of hosts.filter(isWildcard)) {
    const matching = covered()(host);
    if (matching.length === 0) names.push(host);
    const own = matching.filter((each) => closest().get(each)?.key === key);
    found.push(...own.flatMap((each) => services.get(each) ?? []));
  }
  return { names, services: found };
}

/** The services that no VirtualService is for. */
function defaults({ services, port }: Building, ruled: ReadonlySet<string | undefined>): readonly Draft[] {
  return [...services.values()].flatMap(({ service, port: { protocol } }): readonly Draft[] => {
    const { host, resolution } = service;
    if (ruled.has(host) || resolution === 'alias' || !maybeHttp(protocol)) return [];
    return [{ host, name: `${host}:${port}`, routes: [{ kind: 'default', host, port }], service }];
  });
}

/** The first that has a name keeps it; a short form of one service never takes the full name of another. */
function withDomains(drafts: readonly Draft[], { proxy }: Building): readonly VirtualHost[] {
  const names = new Set<string>();
  const taken = new Set<string>();
  const full = new Set(drafts.flatMap(({ service }) => (service === undefined ? [] : [service.host])));
  const hosts: VirtualHost[] = [];
  for (const { host, ...draft } of drafts) {
    if (names.has(draft.name)) continue;
    names.add(draft.name);
    const domains = domainsOf(host, draft.service, proxy).flatMap(({ name, isShort }) => {
      const domain = name.toLowerCase();
      if (taken.has(domain) || (isShort && full.has(name))) return [];
      taken.add(domain);
      return [domain];
    });
    if (domains.length > 0) hosts.push({ ...draft, domains });
  }
  return hosts;
}

interface Domain {
  readonly name: string;
  /** Made from the full name, by leaving out its end. */
  readonly isShort: boolean;
}

function domainsOf(host: string, service: MeshService | undefined, proxy: MeshProxy): readonly Domain[] {
  if (service === undefined) return [{ name: bracketed(host), isShort: false }];
  const names = [service.host, ...service.aliases].flatMap((each) => [
    { name: each, isShort: false },
    { name: `${each}.`, isShort: false },
    ...shortForms(each, proxy.dnsDomain).map((name) => ({ name, isShort: true })),
  ]);
  const all = isHeadless(service)
    ? [...names, ...names.map(({ name, isShort }) => ({ name: `*.${name}`, isShort }))]
    : names;
  const addresses = service.addresses
    .filter(isOneAddress)
    .map(({ base }) => ({ name: bracketed(base.text), isShort: false }));
  return [...all, ...addresses];
}

function bracketed(host: string): string {
  return parseIp(host)?.family === 6 ? `[${host}]` : host;
}

/**
 * `web`, `web.shop`, `web.shop.svc` of a Service; the bare name only for proxies of its namespace.
 * @param dnsDomain `<namespace>.svc.<domain>` of the proxy.
 */
export function shortForms(host: string, dnsDomain: string): readonly string[] {
  const own = dnsDomain.indexOf('.svc.');
  const end = host.indexOf('.svc.');
  const dot = host.indexOf('.');
  if (own < 0 || end < 0 || dot < 0 || dot >= end) return [];
  if (!host.endsWith(dnsDomain.slice(own + 1))) return [];
  const short = [host.slice(0, end), `${host.slice(0, end)}.svc`];
  return host.slice(dot + 1, end) === dnsDomain.slice(0, own) ? [host.slice(0, dot), ...short] : short;
}
