/** TCPRoute: all connections of a listener to backends. Source: kubernetes-sigs/gateway-api:apis/v1/tcproute_types.go. */

import { type RouteBody, type RouteRuleBody, readPlainRule, readRoute } from '../gateway-parts/route.ts';
import type { K8sObject, KindReader } from '../object.ts';

export type TcpRouteBody = RouteBody<RouteRuleBody>;
export type TcpRouteObject = K8sObject<'TCPRoute', TcpRouteBody>;

export const tcpRouteReader: KindReader<'TCPRoute', TcpRouteBody> = {
  kind: 'TCPRoute',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  namespaced: true,
  read: (fields) => readRoute(fields, readPlainRule),
};
