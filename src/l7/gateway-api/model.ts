/**
 * The words of the Gateway API: a Gateway has listeners, its own and those of ListenerSets; routes attach to
 * listeners; a rule of a route has matches. What a controller would write into `status` are conditions.
 */

import type { ListenerBody } from '../../k8s/gateway-parts/listeners.ts';
import type { ParentRef } from '../../k8s/gateway-parts/references.ts';
import type { MatchingRule, RouteRuleBody } from '../../k8s/gateway-parts/route.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import type { GrpcMatch, GrpcRouteObject } from '../../k8s/kinds/grpc-route.ts';
import type { HttpMatch, HttpRouteObject } from '../../k8s/kinds/http-route.ts';
import type { ListenerSetObject } from '../../k8s/kinds/listener-set.ts';
import type { TcpRouteObject } from '../../k8s/kinds/tcp-route.ts';
import type { TlsRouteObject } from '../../k8s/kinds/tls-route.ts';
import type { UdpRouteObject } from '../../k8s/kinds/udp-route.ts';
import type { SourceRef } from '../../source/ref.ts';

export type RouteObject =
  | HttpRouteObject
  | GrpcRouteObject
  | TlsRouteObject
  | TcpRouteObject
  | UdpRouteObject;

export type RouteKind = RouteObject['kind'];

export const ROUTE_KINDS: readonly RouteKind[] = [
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
];

/** As a controller reports it in `status` (kubernetes-sigs/gateway-api:apis/v1/gateway_types.go, shared_types.go). */
export interface Condition {
  readonly type: 'Accepted' | 'ResolvedRefs' | 'Conflicted' | 'Programmed' | 'OverlappingTLSConfig';
  readonly status: 'True' | 'False';
  readonly reason: string;
  /** In words. */
  readonly message: string;
  /** What decides, where that is another field than the object itself. */
  readonly at?: SourceRef;
}

export type ListenerOwner = GatewayObject | ListenerSetObject;

/** One listener of a Gateway, with those of its ListenerSets in one list. */
export interface Listener {
  readonly gateway: GatewayObject;
  readonly owner: ListenerOwner;
  readonly body: ListenerBody;
  readonly supportedKinds: readonly RouteKind[];
  readonly conditions: readonly Condition[];
  /** It is there for clients: no conflict, and a protocol that is known. */
  readonly accepted: boolean;
  /** The Secret that is served: `shop/web-tls`; undefined where TLS has no certificate that can be used. */
  readonly certificates: readonly string[];
  /** What says that clients without a valid certificate get no connection; undefined: nothing does. */
  readonly onlyValidClients?: SourceRef;
  readonly at: SourceRef;
}

/** What a route's parentRef came to. */
export interface ParentStatus {
  readonly route: RouteObject;
  readonly ref: ParentRef;
  /** `Gateway/shop/edge`, `Service/shop/web`. */
  readonly parent: string;
  readonly conditions: readonly Condition[];
  readonly accepted: boolean;
  /** The listeners that it is attached to, with the hostnames that count there. */
  readonly attachments: readonly Attachment[];
  readonly at: SourceRef;
}

export interface Attachment {
  readonly route: RouteObject;
  readonly listener: Listener;
  readonly hostnames: readonly EffectiveHostname[];
}

/** A hostname of a route as a listener narrows it; `*` for every host. */
export interface EffectiveHostname {
  readonly effective: string;
  readonly declared: string;
}

/** A reference to a parent that is not there, or that nobody serves: no controller writes a status. */
export interface LostParent {
  readonly route: RouteObject;
  readonly ref: ParentRef;
  readonly reason: string;
  readonly at: SourceRef;
}

/** A rule of a route, of whatever kind. */
export interface GatewayRule {
  readonly route: RouteObject;
  /** From 0. */
  readonly index: number;
  readonly body: RouteRuleBody | MatchingRule<HttpMatch | GrpcMatch>;
  readonly at: SourceRef;
}

/** `shop/web#0`: the route, and the number of its rule from 0. */
export function ruleName({ route, index }: Pick<GatewayRule, 'route' | 'index'>): string {
  return `${routeKey(route)}#${index}`;
}

/** `shop/web`. */
export function routeKey({ metadata }: Pick<RouteObject, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** `Gateway/shop/edge`; an XListenerSet is a ListenerSet by its name of today. */
export function ownerName({ kind, metadata }: ListenerOwner): string {
  return `${kind === 'Gateway' ? kind : 'ListenerSet'}/${metadata.namespace}/${metadata.name}`;
}

/** A condition with its parts in one line. */
export function condition(
  type: Condition['type'],
  status: Condition['status'],
  reason: string,
  message: string,
): Condition {
  return { type, status, reason, message };
}
