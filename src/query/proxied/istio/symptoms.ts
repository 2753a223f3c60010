/**
 * What the client of an Envoy sees. Source: envoyproxy/envoy:source/common/router/router.cc,
 * source/common/tcp_proxy/tcp_proxy.cc, source/common/grpc/status.cc httpToGrpcStatus. Rules: docs/semantics/istio.md 12.
 */

import type { RouteRequest } from '../../../l7/request.ts';
import { httpSymptom, type Symptom } from '../../../trace/disposition.ts';
import type { L7Answer } from '../../answer.ts';
import { isGrpc } from '../../http-request.ts';

export interface Felt {
  readonly symptom: Symptom;
  readonly l7?: L7Answer;
}

/** The answer of a proxy with a status, in the words of gRPC where the client speaks it. */
export function answered(
  request: Pick<RouteRequest, 'headers'> | undefined,
  status: number,
  flag: string | undefined,
): Required<Felt> {
  const told: L7Answer = { status, ...(flag === undefined ? {} : { flag }) };
  if (request === undefined || !isGrpc(request)) return { symptom: httpSymptom(status), l7: told };
  if (status === 404) return { symptom: 'grpc-unimplemented', l7: { ...told, grpcStatus: 'UNIMPLEMENTED' } };
  if ([429, 502, 503, 504].includes(status)) {
    return { symptom: 'grpc-unavailable', l7: { ...told, grpcStatus: 'UNAVAILABLE' } };
  }
  return { symptom: httpSymptom(status), l7: told };
}

/** A connection that a proxy closes: a client in TLS has not got through its handshake. */
export function closed(isTls: boolean, flag: string | undefined): Felt {
  return { symptom: isTls ? 'tls-failure' : 'reset', ...(flag === undefined ? {} : { l7: { flag } }) };
}

/**
 * Where the proxy's own connection meets something.
 * @param request undefined: it reads no HTTP, and can only close the client's connection.
 */
export function feltBehind(request: Pick<RouteRequest, 'headers'> | undefined, own: Symptom): Felt {
  if (request === undefined) return { symptom: 'reset', l7: { flag: 'UF' } };
  if (own === 'name-not-found' || own === 'name-try-again') return answered(request, 503, 'UH');
  return answered(request, 503, own === 'reset' ? 'UC' : 'UF');
}
