/** A request of `explain virtualservice`: who sends it, by which gateway, and what becomes of it. */

import type { ClusterService, Pod } from '../../cluster/cluster.ts';
import { diallingOf } from '../../l7/istio/dialled-address.ts';
import { type MeshRequest, parseMeshRequest } from '../../l7/istio/mesh-request.ts';
import type { MeshOutcome } from '../../l7/istio/outcome.ts';
import type { IstioMesh } from '../../l7/istio/routing.ts';
import { parseIp } from '../../net/ip.ts';
import { type RequestQuestion, readHeader } from '../http-request.ts';
import type { Snapshot } from '../snapshot.ts';
import { type ObjectNamer, sourceAnswer } from '../source-answer.ts';
import { findServiceNamed, resolvePod } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import type { MeshLoserAnswer, MeshRequestAnswer } from './istio-answer.ts';
import { destinationAnswer, ruleName } from './rule-answers.ts';

export interface VirtualServiceQuestion extends RequestQuestion {
  /** `NAME` or `NAMESPACE/NAME`; without one, all. */
  readonly name?: string;
}

export interface RoutedRequest {
  readonly outcome: MeshOutcome;
  readonly answer: MeshRequestAnswer;
  readonly losers: readonly MeshLoserAnswer[];
}

/**
 * Routes the URL of a question.
 * @throws UsageError
 */
export function routeRequest(
  {
    mesh,
    snapshot,
    namer,
  }: { readonly mesh: IstioMesh; readonly snapshot: Snapshot; readonly namer: ObjectNamer },
  question: VirtualServiceQuestion & { readonly url: string },
): RoutedRequest {
  const request = requestOf(question);
  const from = clientOf(mesh, snapshot, question, request);
  const via =
    from === undefined || question.via !== undefined ? viaOf(mesh, snapshot, question, request) : undefined;
  const clientIp = question.clientIp === undefined ? undefined : parseIp(question.clientIp);
  if (question.clientIp !== undefined && clientIp === undefined) {
    throw new UsageError(`--client-ip ${question.clientIp}: must be an IP address`);
  }
  const outcome = mesh.route({
    request,
    ...(from === undefined ? {} : { from }),
    ...(via === undefined ? {} : { via }),
    ...(clientIp === undefined ? {} : { clientIp }),
  });
  const asked = {
    url: question.url,
    from: from?.key ?? 'outside',
    ...(via === undefined ? {} : { via: via.key }),
  };
  return {
    outcome,
    answer: { ...requestAnswer(outcome, request, namer), ...asked },
    losers: loserAnswers(outcome, namer),
  };
}

function requestOf({
  url,
  method,
  headers = [],
  sni,
}: VirtualServiceQuestion & { readonly url: string }): MeshRequest {
  const withScheme = url.includes('://') ? url : `http://${url}`;
  const request = parseMeshRequest(withScheme, {
    headers: headers.map(readHeader),
    ...(method === undefined ? {} : { method }),
    ...(sni === undefined ? {} : { sni }),
  });
  if (request === undefined) {
    throw new UsageError(`--url ${url}: must be a URL like http://reviews:9080/ or tcp://db:5432`);
  }
  return request;
}

/**
 * The pod that is named; for a name of the cluster without one, a pod with a sidecar, of the default namespace if
 * there is one; else a client outside.
 */
function clientOf(
  { mesh }: IstioMesh,
  { cluster, profile }: Snapshot,
  { from, via }: VirtualServiceQuestion,
  request: MeshRequest,
): Pod | undefined {
  if (from !== undefined) return resolvePod(cluster, from);
  if (via !== undefined || diallingOf(mesh, request, profile.namespace).service === undefined)
    return undefined;
  const clients = cluster.pods.filter((pod) => mesh.membership(pod).membership === 'sidecar');
  return clients.find(({ namespace }) => namespace === profile.namespace) ?? clients[0];
}

/** The Service that is named; for a client outside, the first one of a gateway that has the port. */
function viaOf(
  { mesh }: IstioMesh,
  { cluster }: Snapshot,
  { via, url }: VirtualServiceQuestion,
  { port }: MeshRequest,
): ClusterService {
  if (via !== undefined) return findServiceNamed(cluster, via);
  const isGateway = (pod: Pod) => mesh.membership(pod).membership === 'gateway';
  const gateways = new Set(cluster.pods.filter(isGateway).map(({ key }) => key));
  const found = mesh.services.find(
    (service) =>
      service.kind === 'service' &&
      service.ports.some(
        (each) =>
          each.port === port &&
          service.endpointsOf(each).some(({ pod }) => pod !== undefined && gateways.has(pod)),
      ),
  );
  const service = cluster.services.find(
    ({ name, namespace }) => found?.host.startsWith(`${name}.${namespace}.svc.`) === true,
  );
  if (service !== undefined) return service;
  throw new UsageError(
    `--url ${url}: no Service of a gateway has port ${port}: say who asks with --from POD, or which Service with --via svc/NAME`,
  );
}

function requestAnswer(
  outcome: MeshOutcome,
  { method }: MeshRequest,
  namer: ObjectNamer,
): Omit<MeshRequestAnswer, 'url' | 'from'> {
  const [first] = outcome.branches;
  const decided = outcome.because[0];
  return {
    method,
    result: outcome.result,
    ...picked(outcome, ['status', 'grpcStatus', 'flag', 'redirect', 'cluster', 'virtualHost', 'by']),
    reason: outcome.reason,
    destinations: outcome.branches.map((branch) => destinationAnswer(branch, namer)),
    destinationRule: ruleName(first?.rule),
    subsets: first?.rule?.subsets.map(({ name }) => name) ?? null,
    mirror: outcome.mirrors.map(({ host, port, percent }) => ({ host, port, percent })),
    ...faultOf(outcome),
    ...(outcome.body === undefined ? {} : { directResponse: outcome.body }),
    ...(outcome.rewrite?.path === undefined ? {} : { rewrittenPath: outcome.rewrite.path }),
    ...(outcome.rewrite?.authority === undefined ? {} : { rewrittenHost: outcome.rewrite.authority }),
    timeout: outcome.timeout ?? null,
    retries: outcome.retries === undefined ? null : retriesOf(outcome.retries),
    ...routeOf(outcome),
    ...(first === undefined ? {} : { mtls: outcome.branches.every(({ tls }) => tls === 'mtls') }),
    ...(outcome.authorization === undefined ? {} : { authz: outcome.authorization }),
    ...(decided === undefined ? {} : { at: sourceAnswer(decided, { namer }) }),
  };
}

/** Those of the fields that are there. */
function picked<Key extends keyof MeshOutcome>(
  outcome: MeshOutcome,
  keys: readonly Key[],
): { readonly [K in Key]?: NonNullable<MeshOutcome[K]> } {
  return Object.fromEntries(
    keys.flatMap((key) => (outcome[key] === undefined ? [] : [[key, outcome[key]]])),
  ) as { readonly [K in Key]?: NonNullable<MeshOutcome[K]> };
}

function faultOf({ fault }: MeshOutcome): Pick<MeshRequestAnswer, 'fault'> {
  if (fault === undefined) return {};
  const { abort, delay } = fault;
  return {
    fault: {
      ...(abort === undefined
        ? {}
        : {
            abort: {
              percent: abort.percent,
              ...(abort.httpStatus === undefined ? {} : { status: abort.httpStatus }),
              ...(abort.grpcStatus === undefined ? {} : { grpcStatus: abort.grpcStatus }),
            },
          }),
      ...(delay === undefined ? {} : { delay }),
    },
  };
}

function retriesOf({
  attempts,
  retryOn,
  perTryTimeout,
}: NonNullable<MeshOutcome['retries']>): MeshRequestAnswer['retries'] {
  return { attempts, retryOn, ...(perTryTimeout === undefined ? {} : { perTryTimeout }) };
}

function routeOf({ route, set, l4Rule }: MeshOutcome): Pick<MeshRequestAnswer, 'route' | 'matched'> {
  if (route?.kind === 'default') return { route: 'default' };
  const placed = route?.placed ?? l4Rule;
  if (placed === undefined || set === undefined) return {};
  const name = route?.name ?? '';
  return { ...(name === '' ? {} : { route: name }), matched: `${set.key} ${placed.label}` };
}

function loserAnswers(outcome: MeshOutcome, namer: ObjectNamer): readonly MeshLoserAnswer[] {
  const { matched } = routeOf(outcome);
  return outcome.passedOver().map(({ label, kind, reason, at }) => ({
    rule: label,
    kind,
    ...(kind === 'beaten' && matched !== undefined ? { beatenBy: matched } : {}),
    reason,
    at: sourceAnswer(at, { namer }),
  }));
}
