/** TLSRoute: names in the TLS handshake to backends. Source: kubernetes-sigs/gateway-api:apis/v1/tlsroute_types.go. */

import { type RouteBody, type RouteRuleBody, readPlainRule, readRoute } from '../gateway-parts/route.ts';
import type { K8sObject, KindReader } from '../object.ts';

export type TlsRouteBody = RouteBody<RouteRuleBody>;
export type TlsRouteObject = K8sObject<'TLSRoute', TlsRouteBody>;

export const tlsRouteReader: KindReader<'TLSRoute', TlsRouteBody> = {
  kind: 'TLSRoute',
  apiVersions: [
    'gateway.networking.k8s.io/v1',
    'gateway.networking.k8s.io/v1alpha3',
    'gateway.networking.k8s.io/v1alpha2',
  ],
  namespaced: true,
  read: (fields) => readRoute(fields, readPlainRule),
};
