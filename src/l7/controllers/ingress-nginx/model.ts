/**
 * ingress-nginx's own model: servers (one for each host), their locations, and upstreams (Service and port).
 * Source: kubernetes/ingress-nginx:internal/ingress/types.go.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { Pattern } from '../../match.ts';
import type { Route, RouteBackend } from '../../route-table.ts';
import type { CanaryPolicy, NginxAnnotations } from './annotations.ts';

export interface Upstream {
  readonly name: string;
  /** Made for a canary: it gets no location of its own. */
  readonly noServer: boolean;
  readonly policy?: CanaryPolicy;
  readonly backend: RouteBackend;
  /** Canaries of it; nginx uses the first only. */
  readonly alternatives: Alternative[];
}

export interface Alternative {
  readonly upstream: Upstream;
  readonly route: Route;
}

export interface Location {
  readonly path: string;
  readonly exact: boolean;
  /** undefined: the controller's default backend. */
  route: Route | undefined;
  upstream: Upstream | undefined;
  /** The root that every server has, until a rule takes it. */
  isDefault: boolean;
  annotations: NginxAnnotations | undefined;
  /** The Service of the default-backend annotation that takes the place of a backend without endpoints. */
  substitute?: RouteBackend;
}

/** A rule that the server has no location for. */
export interface Ignored {
  readonly route: Route;
  readonly beatenBy: Route | undefined;
  readonly reason: string;
}

export interface Server {
  /** `_` is the catch-all. */
  readonly hostname: string;
  readonly locations: Location[];
  /** The first location of each path. */
  readonly firstOf: Map<string, Location>;
  aliases: readonly string[];
  certificate: string | undefined;
  fromToWww: boolean;
  readonly ignored: Ignored[];
  /** Of any Ingress of the host. */
  readonly unmodelled: Diagnostic[];
}

/** A location block of the configuration. */
export interface Block {
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly text: string;
  readonly location: Location;
  /** A path without metacharacters, in lower case: compared as a text, since there may be thousands. */
  readonly literal?: string;
  /** Of a regular expression that RE2 can read. */
  readonly pattern?: Pattern;
}

export interface ServerBlocks {
  readonly server: Server;
  readonly regex?: Route;
  /** In the order in which nginx tries them. */
  readonly blocks: readonly Block[];
  readonly exact: ReadonlyMap<string, Block>;
  readonly prefix: ReadonlyMap<string, Block>;
  readonly refusals: readonly Diagnostic[];
}

/** The name of a host in a routing table. */
export function shownHost(hostname: string): string {
  return hostname === '_' ? '*' : hostname;
}
