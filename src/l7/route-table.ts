/**
 * Layer 7 routing: the table as a proxy has it, and what becomes of one request. A route sends what it matches
 * to a backend; a table lists the routes of each host in the order in which they are tried.
 */

import type { ClusterService } from '../cluster/cluster.ts';
import type { IngressControllerName } from '../cluster/profile.ts';
import type { Endpoint } from '../control/service-port.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { IngressObject, PathType } from '../k8s/kinds/ingress.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import type { Fraction } from '../net/fraction.ts';
import type { SourceRef } from '../source/ref.ts';
import type { RouteRequest } from './request.ts';

export type BackendState =
  | 'ready'
  | 'no-endpoints'
  | 'no-such-service'
  | 'no-such-port'
  | 'external-name'
  | 'resource'
  /** Named in an annotation: no Service is asked for (AWS Load Balancer Controller, `use-annotation`). */
  | 'action'
  /** Of a kind that no gateway has to know. */
  | 'invalid-kind'
  /** In another namespace, and no ReferenceGrant admits it. */
  | 'not-permitted'
  /** A Service of other clusters, whose endpoints are not in the input. */
  | 'service-import'
  /** A BackendTLSPolicy wants TLS with a certificate authority that is not there. */
  | 'no-authority';

export interface RouteBackend {
  /** `shop/web`; empty for a resource backend. */
  readonly service: string;
  /** As the route names it. */
  readonly port: number | string;
  readonly found?: { readonly service: ClusterService; readonly port?: ServicePortSpec };
  /** The ready ones. */
  readonly endpoints: readonly Endpoint[];
  readonly state: BackendState;
  /** The name that an ExternalName stands for. */
  readonly externalName?: string;
  readonly at: SourceRef;
}

/** One rule of the manifests. */
export interface Route {
  readonly kind: 'rule' | 'default-backend';
  readonly ingress: IngressObject;
  /** `*` for every host. */
  readonly host: string;
  /** Empty for a default backend. */
  readonly path: string;
  readonly pathType?: PathType;
  readonly backend: RouteBackend;
  readonly at: SourceRef;
}

/** One entry of a table, as the proxy has it. */
export interface RouteEntry<Rule = Route> {
  /** `= /foo`, `/foo/`, `~* ^/foo`: how it matches, in the proxy's own words. */
  readonly matcher: string;
  /** undefined: the controller's own default backend. */
  readonly route?: Rule;
  /** What the path becomes, with groups as `$1`. */
  readonly rewrite?: string;
}

export interface RouteHost<Rule = Route> {
  /** Names and patterns, `*` for every host. */
  readonly names: readonly string[];
  /** Why the routes are matched as they are, where that is not the API's way. */
  readonly mode?: { readonly text: string; readonly at: SourceRef };
  /** `shop/web-tls`, `default` for the controller's own certificate; undefined: none is configured. */
  readonly certificate?: string;
  /** In the order in which they are tried. */
  readonly entries: readonly RouteEntry<Rule>[];
}

/** A route that matches the request too, and why it does not get it. */
export interface Loser<Rule = Route> {
  readonly route: Rule;
  readonly beatenBy?: Rule;
  readonly reason: string;
}

/** What becomes of a request. `Rule` is what the proxy's configuration is made of: a rule of Ingresses, unless it says otherwise. */
export interface Routing<Rule = Route> {
  /** 200: handed to the backend, whatever that answers; 0: no connection. */
  readonly status: number;
  /** Who decides, in words: `the TLS redirect of ingress-nginx`. */
  readonly reason: string;
  readonly route?: Rule;
  /** Of those in the table, as it is written there; absent where the request ends at what takes every host. */
  readonly host?: string;
  readonly backend?: RouteBackend;
  /** Where several backends can get it: `shop/web:80` and its share. */
  readonly weights?: ReadonlyMap<string, Fraction>;
  /** Those backends, in the same order. */
  readonly shared?: readonly RouteBackend[];
  /** The URI at the backend, where a rewrite changes it. */
  readonly rewrittenPath?: string;
  /** The URI that is forwarded, where the matched one differs from it. */
  readonly upstreamPath?: string;
  readonly rewrittenHost?: string;
  /** The route is closed to everybody, since a value of its configuration is bad. */
  readonly isClosed?: true;
  /** The Location header. */
  readonly redirect?: string;
  /** At the backend. */
  readonly requestHeaders?: ReadonlyMap<string, string>;
  /** What the proxy speaks to the backend, where it is not plain HTTP: `HTTPS`, `GRPC`, `FCGI`. */
  readonly backendProtocol?: string;
  /** The certificate that is served on https: `shop/web-tls` or `default`. */
  readonly certificate?: string;
  readonly losers: readonly Loser<Rule>[];
  /** What can change this answer and is not modelled. */
  readonly unmodelled: readonly Diagnostic[];
}

export interface RouteTable {
  readonly controller: IngressControllerName;
  /** In the order in which hosts are tried. */
  readonly hosts: readonly RouteHost[];
  /** Every rule of the Ingresses that the controller serves, in the order of the input. */
  readonly routes: readonly Route[];
  readonly findings: readonly Diagnostic[];
  /** The proxy refuses the configuration as a whole and keeps the one it had. */
  readonly refusals: readonly Diagnostic[];
  route(request: RouteRequest): Routing;
}

/** `shop/web:80`: the Service and the number of its port. */
export function backendName({ service, port, found }: RouteBackend): string {
  return `${service}:${found?.port?.port ?? port}`;
}

/** `shop/shop a.example /api Prefix`, `shop/shop defaultBackend`. */
export function routeName({ kind, ingress, host, path, pathType }: Route): string {
  const name = `${ingress.metadata.namespace}/${ingress.metadata.name}`;
  return kind === 'rule' ? `${name} ${host} ${path} ${pathType}` : `${name} defaultBackend`;
}
