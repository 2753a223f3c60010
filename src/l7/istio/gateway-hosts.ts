/**
 * The virtual hosts of a gateway: for each host that a server and a VirtualService have in common, the routes of all
 * VirtualServices, those that ask nothing last. Source:
 * istio/istio:pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig. Rules: docs/semantics/istio.md 10.5.
 */

import type { MergedServer } from './gateway-servers.ts';
import { catchAllLast, type HttpRoute, httpRoutes } from './http-routes.ts';
import type { Mesh } from './mesh.ts';
import { hostsForNamespace, intersectHosts } from './names.ts';
import type { MeshProxy } from './proxy.ts';
import type { RuleSet } from './rule-sets.ts';

export interface GatewayHost {
  /** `shop.example.com:80`. */
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly HttpRoute[];
  /** Plain HTTP is sent to HTTPS. */
  readonly wantsTls: boolean;
}

/** The hosts of servers that share a table: the HTTP ones of a port, or one with TLS of its own. */
export function gatewayHosts(
  mesh: Mesh,
  proxy: MeshProxy,
  servers: readonly MergedServer[],
): readonly GatewayHost[] {
  const drafts = new Map<string, Draft>();
  for (const merged of servers) {
    for (const set of mesh.rules.forGateway(merged.gatewayName, proxy.namespace)) {
      addRules(drafts, proxy, { merged, set });
    }
    if (merged.server.tls?.httpsRedirect === true) redirectHosts(drafts, merged);
  }
  return [...drafts].map(([host, { port, routes, wantsTls }]) => ({
    name: `${host}:${port}`,
    domains: [host],
    routes: catchAllLast(routes),
    wantsTls,
  }));
}

interface Draft {
  readonly port: number;
  readonly routes: HttpRoute[];
  wantsTls: boolean;
}

interface Bound {
  readonly merged: MergedServer;
  readonly set: RuleSet;
}

function addRules(
  drafts: Map<string, Draft>,
  { labels, namespace }: MeshProxy,
  { merged, set }: Bound,
): void {
  const { server, gatewayName, hosts } = merged;
  const common = intersectHosts(hostsForNamespace(hosts, set.namespace), set.hosts);
  if (common.length === 0) return;
  const routes = httpRoutes(set, { labels, namespace, port: server.port, gateway: gatewayName });
  if (routes.length === 0) return;
  for (const host of common) {
    const draft = draftOf(drafts, host, server.port);
    draft.routes.push(...routes);
    draft.wantsTls ||= server.tls?.httpsRedirect === true;
  }
}

/** The hosts of a server that redirects are there even where no VirtualService is for them. */
function redirectHosts(drafts: Map<string, Draft>, { server, hosts }: MergedServer): void {
  for (const host of hosts) draftOf(drafts, host, server.port).wantsTls = true;
}

function draftOf(drafts: Map<string, Draft>, host: string, port: number): Draft {
  const key = host.toLowerCase();
  const draft = drafts.get(key) ?? { port, routes: [], wantsTls: false };
  drafts.set(key, draft);
  return draft;
}
