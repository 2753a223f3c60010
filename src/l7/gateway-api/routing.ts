/** What a gateway or mesh makes of a request, and of a rule that it has chosen. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { RouteFilter } from '../../k8s/gateway-parts/filters.ts';
import type { FilteredBackendRef } from '../../k8s/gateway-parts/route.ts';
import type { Fraction } from '../../net/fraction.ts';
import { addFractions, multiplyFractions } from '../../net/fraction.ts';
import { refTo } from '../../source/ref.ts';
import { backendName, type RouteBackend, type Routing } from '../route-table.ts';
import { type BackendResolver, isReachable } from './backends.ts';
import { applyFilters, arriving, type FilterScene, type Mirror, type Passing } from './filters.ts';
import type { GatewayMatch } from './matches.ts';
import type { GatewayRule, Listener } from './model.ts';
import type { GatewayRequest } from './request.ts';

/** A share of the requests, and what becomes of it. */
export interface GatewayShare {
  readonly backend?: RouteBackend;
  readonly share: Fraction;
  /** 200: handed to the backend. */
  readonly status: number;
  readonly reason: string;
  readonly passing: Passing;
  /** The name that a BackendTLSPolicy has verified; undefined: the gateway speaks no TLS to it. */
  readonly backendTls?: string;
}

export interface GatewayRouting extends Routing<GatewayMatch> {
  /** refused: nothing listens; rejected: reset, or the TLS handshake fails. The status is 0 then. */
  readonly connection?: 'refused' | 'rejected';
  readonly grpcStatus?: 'OK' | 'UNIMPLEMENTED' | 'UNAVAILABLE';
  /** What the gateway does with TLS on a TLS listener. */
  readonly tls?: 'terminated' | 'passthrough';
  readonly listener?: Listener;
  /** The rule, also where its kind has no matches. */
  readonly rule?: GatewayRule;
  /** Every share of the requests, in the order of the rule. */
  readonly shares: readonly GatewayShare[];
  /** At the client. */
  readonly responseHeaders?: ReadonlyMap<string, string>;
  readonly mirroredTo: readonly Mirror[];
  /** The API leaves open what the client gets. */
  readonly isUnspecified?: boolean;
}

/** The parts of a routing that every outcome has. */
export const NO_SHARES: Pick<GatewayRouting, 'losers' | 'unmodelled' | 'shares' | 'mirroredTo'> = {
  losers: [],
  unmodelled: [],
  shares: [],
  mirroredTo: [],
};

/** An answer of the gateway itself, or of nobody. */
export function answered(status: number, reason: string): GatewayRouting {
  return { status, reason, ...NO_SHARES };
}

/** No connection. */
export function notConnected(connection: 'refused' | 'rejected', reason: string): GatewayRouting {
  return { connection, ...answered(0, reason) };
}

const WHOLE: Fraction = { numerator: 1, denominator: 1 };
const ALL_ZERO =
  'every backend has the weight 0; what the client gets is not specified (500, as upstream tests)';

/** Sends a request through the filters and to the backends of the rule that has won. */
export function runRule(
  match: GatewayMatch,
  filters: readonly RouteFilter[],
  { request, listenerPort, resolver }: RunningRule,
): GatewayRouting {
  const { rule } = match;
  const scene: FilterScene = {
    request,
    prefix: match.prefix,
    listenerPort,
    mirror: (filter) => {
      const backend = resolver.resolve(rule.route, filter.backend);
      if (!isReachable(backend)) return undefined;
      const { share } = filter;
      return share === undefined
        ? { backend }
        : { backend, percent: (share.numerator * 100) / share.denominator };
    },
  };
  const passing = applyFilters(arriving(request), filters, scene);
  const shares =
    passing.answer === undefined
      ? sharesOf(rule, passing, { scene, resolver })
      : [answeredShare(passing.answer, passing, WHOLE)];
  const notModelled = unmodelledFilters(rule, [passing, ...shares.map((share) => share.passing)]);
  return { ...summary(request, passing, shares), route: match, rule, unmodelled: notModelled };
}

export interface RunningRule {
  readonly request: GatewayRequest;
  readonly listenerPort: number;
  readonly resolver: BackendResolver;
}

/** Each backend with a weight, and what its part of the requests gets. */
function sharesOf(
  rule: GatewayRule,
  passing: Passing,
  { scene, resolver }: { readonly scene: FilterScene; readonly resolver: BackendResolver },
): readonly GatewayShare[] {
  const { backends } = rule.body;
  if (backends.length === 0) return [failedShare(500, 'the rule has no backend', passing)];
  return weighted(backends).map(({ ref, share }) => {
    const backend = resolver.resolve(rule.route, ref);
    const after = applyFilters(passing, ref.filters, scene);
    if (after.answer !== undefined) return answeredShare(after.answer, after, share);
    const failure = backendFailure(backend);
    return failure === undefined
      ? { backend, share, ...HANDED_OVER, passing: after, ...tlsTo(backend, resolver) }
      : { backend, share, ...failure, passing: after };
  });
}

const HANDED_OVER = { status: 200, reason: 'handed to the backend' };

function tlsTo({ found }: RouteBackend, { tls }: BackendResolver): Pick<GatewayShare, 'backendTls'> {
  const policy = found === undefined ? undefined : tls.policyFor(found.service, found.port?.name ?? '');
  return policy === undefined ? {} : { backendTls: policy.policy.body.hostname };
}

/** Backends with their exact shares; those of weight 0 get nothing. */
export function weighted(
  backends: readonly FilteredBackendRef[],
): readonly { readonly ref: FilteredBackendRef; readonly share: Fraction }[] {
  const sum = backends.reduce((total, { weight }) => total + weight, 0);
  return backends
    .filter(({ weight }) => weight > 0)
    .map((ref) => ({ ref, share: multiplyFractions(whole(ref.weight), { numerator: 1, denominator: sum }) }));
}

function whole(number: number): Fraction {
  return { numerator: number, denominator: 1 };
}

/** What a client gets in the place of a backend that takes nothing (httproute_types.go `backendRefs`). */
export function backendFailure({
  state,
  service,
  port,
}: RouteBackend): Pick<GatewayShare, 'status' | 'reason'> | undefined {
  switch (state) {
    case 'ready':
    case 'external-name':
    case 'service-import':
      return undefined;
    case 'no-endpoints':
      return { status: 503, reason: `Service ${service} has no ready endpoint on port ${port}` };
    case 'not-permitted':
      return { status: 500, reason: `no ReferenceGrant admits Service ${service}` };
    case 'invalid-kind':
    case 'action':
    case 'resource':
      return { status: 500, reason: `${service} is of a kind that is no backend` };
    case 'no-such-service':
      return { status: 500, reason: `there is no Service ${service}` };
    case 'no-such-port':
      return { status: 500, reason: `Service ${service} has no port ${port}` };
    case 'no-authority':
      return {
        status: 500,
        reason: `the BackendTLSPolicy of Service ${service} has no certificate authority that can be used`,
      };
  }
}

function failedShare(status: number, reason: string, passing: Passing): GatewayShare {
  return { share: WHOLE, status, reason, passing };
}

function answeredShare(
  { status, reason }: NonNullable<Passing['answer']>,
  passing: Passing,
  share: Fraction,
): GatewayShare {
  return { share, status, reason, passing };
}

/** The routing as a whole: one outcome, or several with their weights. */
function summary(request: GatewayRequest, passing: Passing, shares: readonly GatewayShare[]): GatewayRouting {
  const [first] = shares;
  if (first === undefined) return { ...answered(500, ALL_ZERO), isUnspecified: true };
  const weights = weightsOf(shares);
  const isOne = weights.size === 1;
  const isAny = shares.some(({ status }) => status === 200);
  const { status, reason, backend, passing: own } = first;
  const shown = isOne ? own : passing;
  const location = isOne ? own.answer?.location : undefined;
  return {
    ...NO_SHARES,
    status: isOne ? status : isAny ? 200 : Math.max(...shares.map((share) => share.status)),
    reason: isOne ? reason : 'shared out by weight',
    ...(isOne && status === 200 && backend !== undefined ? { backend } : {}),
    ...(isOne ? {} : { weights }),
    ...(shown.uri === request.uri || location !== undefined ? {} : { rewrittenPath: shown.uri }),
    ...(shown.host === request.host ? {} : { rewrittenHost: shown.host }),
    ...(location === undefined ? {} : { redirect: location }),
    requestHeaders: shown.requestHeaders,
    responseHeaders: shown.responseHeaders,
    mirroredTo: isOne ? own.mirrors : passing.mirrors,
    shares,
  };
}

/** By backend, or by the status that the gateway answers. */
export function weightsOf(shares: readonly GatewayShare[]): ReadonlyMap<string, Fraction> {
  const weights = new Map<string, Fraction>();
  for (const { backend, status, share } of shares) {
    const key = status === 200 && backend !== undefined ? backendName(backend) : String(status);
    const known = weights.get(key);
    weights.set(key, known === undefined ? share : addFractions(known, share));
  }
  return weights;
}

/** The gRPC status that goes with an outcome (grpcroute_types.go GRPCRouteRule `backendRefs`). */
export function withGrpcStatus(routing: GatewayRouting): GatewayRouting {
  if (routing.connection !== undefined || routing.tls !== undefined) return routing;
  const { status } = routing;
  return { ...routing, grpcStatus: status === 200 ? 'OK' : status === 404 ? 'UNIMPLEMENTED' : 'UNAVAILABLE' };
}

function unmodelledFilters({ route }: GatewayRule, passings: readonly Passing[]): readonly Diagnostic[] {
  const filters = new Set(passings.flatMap(({ unmodelled }) => unmodelled));
  return [...filters].map((filter) => ({
    code: 'unmodelled',
    severity: 'warning',
    text: `${filterText(filter)} is not modelled: it can answer by itself, or change the request`,
    sources: [{ at: refTo(route.origin, ...filter.path), role: 'primary' }],
  }));
}

function filterText(filter: RouteFilter): string {
  if (filter.kind !== 'extension') return 'an ExternalAuth filter';
  const { kind, name, group } = filter.ref;
  return `the filter ${kind} ${name} of ${group}`;
}
