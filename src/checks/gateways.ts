/** The Gateway API as its controllers would take it, for the rules that judge it. */

import type { RouteFilter } from '../k8s/gateway-parts/filters.ts';
import type { BackendRef } from '../k8s/gateway-parts/references.ts';
import type { RouteRuleBody } from '../k8s/gateway-parts/route.ts';
import type { GatewayApi } from '../l7/gateway-api/gateway-api.ts';
import {
  type Condition,
  type Listener,
  ROUTE_KINDS,
  type RouteKind,
  type RouteObject,
} from '../l7/gateway-api/model.ts';
import { filtersOf, referencesOf } from '../l7/gateway-api/rule-body.ts';
import { WAYPOINT_CLASS } from '../l7/istio/ambient/waypoints.ts';
import type { BackendState } from '../l7/route-table.ts';
import { gatewaysAssuming } from '../query/gateway/scene.ts';
import type { FieldPath } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import { type Subject, subjectOf } from './subject.ts';

/** Classes and Secrets may be elsewhere: that they are missing has rules of its own. */
const ASSUMED = { classes: true, secrets: true };

/** The Gateways and routes of the input. */
export function gatewaysOf({ snapshot }: CheckInput): GatewayApi {
  return gatewaysAssuming(snapshot.control, ASSUMED);
}

/** A backend that a route names: in `backendRefs`, or in a filter. */
export interface BackendRefView {
  readonly route: RouteObject;
  readonly subject: Subject;
  readonly ref: BackendRef;
  /** Of the Service, with the namespace of the route where it names none. */
  readonly namespace: string;
  readonly state: BackendState;
}

/** Every reference to a backend, in the order of the input. */
export const backendRefViews: OfInput<readonly BackendRefView[]> = perInput((input) =>
  routesOf(input).flatMap((route) =>
    route.body.rules.flatMap(referencesOf).map((ref) => ({
      route,
      subject: subjectOf(route),
      ref,
      namespace: ref.namespace ?? route.metadata.namespace,
      state: gatewaysOf(input).resolver.resolve(route, ref).state,
    })),
  ),
);

/** Every route of the input. */
export const routesOf: OfInput<readonly RouteObject[]> = perInput(({ snapshot }) =>
  ROUTE_KINDS.flatMap((kind) => snapshot.objects.ofKind(kind) as readonly RouteObject[]),
);

/** A listener of a Gateway or ListenerSet. */
export interface ListenerView {
  readonly listener: Listener;
  readonly subject: Subject;
}

/** Every listener that somebody serves, or would serve, for routes: waypoints' take none. */
export const listenerViews: OfInput<readonly ListenerView[]> = perInput((input) =>
  gatewaysOf(input).gateways.flatMap(({ gateway, listeners }) =>
    gateway.body.className === WAYPOINT_CLASS
      ? []
      : listeners.map((listener) => ({ listener, subject: subjectOf(listener.owner) })),
  ),
);

/** A condition's place in an object; the fallback where the condition has none. */
export function conditionPath(
  { origin }: { readonly origin: SourceRef },
  { at }: Condition,
  fallback: FieldPath,
): FieldPath {
  return at === undefined ? fallback : at.path.slice(origin.path.length);
}

/** The kinds that have rules with matches. */
export const MATCHING_KINDS: readonly RouteKind[] = ['HTTPRoute', 'GRPCRoute'];

/** A rule of a route, with its filters where its kind has any. */
export interface RouteRuleView {
  readonly route: RouteObject;
  readonly subject: Subject;
  readonly rule: RouteRuleBody;
  readonly filters: readonly RouteFilter[];
}

/** Every rule of every route. */
export const routeRuleViews: OfInput<readonly RouteRuleView[]> = perInput((input) =>
  routesOf(input).flatMap((route) =>
    route.body.rules.map((rule: RouteRuleBody) => ({
      route,
      subject: subjectOf(route),
      rule,
      filters: filtersOf(rule),
    })),
  ),
);
