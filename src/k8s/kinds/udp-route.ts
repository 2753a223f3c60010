/** UDPRoute: all datagrams of a listener to backends. Source: kubernetes-sigs/gateway-api:apis/v1/udproute_types.go. */

import { type RouteBody, type RouteRuleBody, readPlainRule, readRoute } from '../gateway-parts/route.ts';
import type { K8sObject, KindReader } from '../object.ts';

export type UdpRouteBody = RouteBody<RouteRuleBody>;
export type UdpRouteObject = K8sObject<'UDPRoute', UdpRouteBody>;

export const udpRouteReader: KindReader<'UDPRoute', UdpRouteBody> = {
  kind: 'UDPRoute',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  namespaced: true,
  read: (fields) => readRoute(fields, readPlainRule),
};
