/** GRPCRoute: services and methods to backends. Source: kubernetes-sigs/gateway-api:apis/v1/grpcroute_types.go. */

import { type Fields, readMapping, readString, reportInvalid } from '../fields.ts';
import {
  type MatchType,
  readMatchType,
  readValueMatches,
  type ValueMatch,
} from '../gateway-parts/matches.ts';
import { type MatchingRule, type RouteBody, readMatchingRule, readRoute } from '../gateway-parts/route.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface GrpcMatch {
  readonly type: MatchType;
  /** undefined: every service. */
  readonly service?: string;
  /** undefined: every method. */
  readonly method?: string;
  /** Names in lower case. */
  readonly headers: readonly ValueMatch[];
}

export type GrpcRouteBody = RouteBody<MatchingRule<GrpcMatch>>;
export type GrpcRouteObject = K8sObject<'GRPCRoute', GrpcRouteBody>;

export const grpcRouteReader: KindReader<'GRPCRoute', GrpcRouteBody> = {
  kind: 'GRPCRoute',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  namespaced: true,
  read: (fields) => readRoute(fields, (rule) => readMatchingRule(rule, 'grpc', readMatch)),
};

function readMatch(fields: Fields): GrpcMatch | undefined {
  const headers = readValueMatches(fields, 'headers', (name) => name.toLowerCase());
  if (headers === undefined) return undefined;
  const method = readMapping(fields, 'method');
  if (method === undefined) return { type: 'Exact', headers };
  const type = readMatchType(method);
  if (type === undefined) return undefined;
  const [service = '', name = ''] = ['service', 'method'].map((key) => readString(method, key) ?? '');
  if (service === '' && name === '') {
    reportInvalid(method, [], method.raw, "One or both of 'service' or 'method' must be specified");
    return undefined;
  }
  if (type === 'Exact' && (service.includes('/') || name.includes('/'))) {
    reportInvalid(method, [], method.raw, 'service and method must only contain valid characters (no `/`)');
    return undefined;
  }
  return {
    type,
    ...(service === '' ? {} : { service }),
    ...(name === '' ? {} : { method: name }),
    headers,
  };
}
