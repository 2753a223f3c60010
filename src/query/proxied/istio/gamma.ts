/**
 * HTTPRoutes and GRPCRoutes with a Service as their parent, which Istio hands to sidecars as it does VirtualServices
 * (GAMMA; istio/istio:pilot/pkg/config/kube/gateway). Rules: docs/semantics/gateway-api.md, istio.md 6.9.
 */

import type { GatewayRouting, GatewayShare } from '../../../l7/gateway-api/routing.ts';
import type { IstioMesh } from '../../../l7/istio/routing.ts';
import type { RouteRequest } from '../../../l7/request.ts';
import { backendName, type RouteBackend } from '../../../l7/route-table.ts';
import { multiplyFractions, ONE } from '../../../net/fraction.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Asking } from '../../asking.ts';
import type { ClientSocket } from '../../dial.ts';
import { gatewaysOf } from '../../gateway/scene.ts';
import { isGrpc } from '../../http-request.ts';
import { redirected, rewriteSteps } from '../changed-requests.ts';
import type { Connection, Forwarding, Handling, Outcome, ProxyAnswer, SocketAddress } from '../proxy.ts';
import { placeOf } from '../step-place.ts';
import { backendUnusable } from './causes.ts';
import { type SealedGroup, sealedGroups, sealWords } from './sealed-groups.ts';
import type { Sent } from './sent.ts';
import { answered } from './symptoms.ts';

interface Captured {
  readonly asking: Asking;
  readonly all: IstioMesh;
  readonly connection: Connection;
  readonly dialled: SocketAddress;
  readonly sent: Sent;
  /** As which it opens connections; undefined: as any program. */
  readonly socket?: ClientSocket;
  /** Of the Service whose routes count, where the address that was dialled says it; undefined: the Host header does. */
  readonly host?: string;
}

interface Scene extends Captured {
  readonly request: RouteRequest;
  readonly routing: GatewayRouting;
}

/** What a sidecar, or a waypoint, does with a request to a Service that has such routes; undefined: it has none. */
export function gammaHandling(captured: Captured): Handling | undefined {
  const { asking, connection, dialled, sent } = captured;
  const { objects, control } = asking.snapshot;
  const hasRoutes = objects.ofKind('HTTPRoute').length + objects.ofKind('GRPCRoute').length > 0;
  const { request } = sent;
  if (!hasRoutes || request === undefined || sent.mesh.wire !== 'http') return undefined;
  const routing = gatewaysOf(control).mesh.route(
    { namespace: connection.pod.namespace },
    {
      ...request,
      host: captured.host ?? request.host,
      port: dialled.port,
      isGrpc: isGrpc(request),
      answerHeaders: new Map(),
    },
  );
  // Without a route at the Service it is the Service itself, which is for Istio's own rules to say.
  if (routing.connection !== undefined || (routing.rule === undefined && routing.status === 200))
    return undefined;
  for (const diagnostic of routing.unmodelled) asking.report(diagnostic);
  const scene: Scene = { ...captured, request, routing };
  const { shares } = routing;
  return {
    steps: ruleSteps(scene),
    outcomes:
      shares.length === 0 || routing.redirect !== undefined
        ? [ownAnswer(scene)]
        : shares.flatMap((share) => outcomesOf(scene, share)),
  };
}

function ruleSteps({ asking, routing: { rule, route } }: Scene): readonly StepAnswer[] {
  if (rule === undefined) return [];
  const { kind, metadata } = rule.route;
  const words = route?.matcher === undefined ? '' : `: ${route.matcher}`;
  const text = `${kind} ${metadata.namespace}/${metadata.name}${words}`;
  return [{ kind: 'l7-route', text, ...placeOf(asking, rule.at) }];
}

function outcomesOf(scene: Scene, share: GatewayShare): readonly Outcome[] {
  const { backend, status } = share;
  if (status !== 200 || backend === undefined || backend.endpoints.length === 0)
    return [shareAnswer(scene, share)];
  const { endpoints } = backend;
  return sealedGroups(scene.all.mesh, scene.connection.pod, { endpoints, tls: 'auto' }).map((group) =>
    forwarding(scene, share, { ...group, backend }),
  );
}

type Group = SealedGroup<RouteBackend['endpoints'][number]>;

function forwarding(
  { asking, connection, request, socket, host: named }: Scene,
  { share, passing }: GatewayShare,
  { backend, seal, endpoints, addresses }: Group & { readonly backend: RouteBackend },
): Forwarding {
  const added = [...passing.requestHeaders].filter(
    ([name, value]) => name !== 'host' && request.headers.get(name) !== value,
  );
  const text = `→ ${backendName(backend)}${sealWords(seal)}`;
  const part = { numerator: endpoints.length, denominator: backend.endpoints.length };
  // A rule that leaves the host alone leaves it as the client sent it.
  const host = passing.host === named ? request.host : passing.host;
  const headers = new Map([['Host', host] as const, ...connection.headers, ...added]);
  headers.set('Host', host);
  return {
    kind: 'forward',
    share: multiplyFractions(share, part),
    steps: [
      { kind: 'l7-route', text, ...placeOf(asking, backend.at) },
      ...rewriteSteps(request, { host, uri: passing.uri }),
    ],
    to: { kind: 'addresses', addresses },
    request: { ...request, host, uri: passing.uri },
    headers,
    ...(socket === undefined ? {} : { socket }),
    seal,
    name: `${backendName(backend)}${sealWords(seal)}`,
  };
}

/** A backend that cannot be asked. */
function shareAnswer(scene: Scene, { share, status, reason, backend }: GatewayShare): ProxyAnswer {
  const code = status === 200 ? 503 : status;
  return {
    kind: 'answer',
    share,
    steps: [{ kind: 'end', text: `${code}: ${reason}` }],
    disposition: 'no-l7-route',
    ...answered(scene.request, code, code === 503 ? 'UH' : undefined),
    causes: [backendUnusable(reason, backend?.at ?? scene.routing.rule?.at)],
    name: backend === undefined ? reason : backendName(backend),
  };
}

/** A redirect, or no rule that has the request. */
function ownAnswer({ asking, request, routing }: Scene): ProxyAnswer {
  const { status, reason, redirect, rule } = routing;
  if (redirect !== undefined) asking.report(redirected(redirect, asking.question.from));
  const { symptom, l7 } = answered(request, status, status === 404 ? 'NR' : undefined);
  return {
    kind: 'answer',
    share: ONE,
    steps: [
      redirect === undefined
        ? { kind: 'end', text: `${status}: ${reason}` }
        : { kind: 'proxy', text: `answers ${status} (${reason})` },
    ],
    disposition: redirect === undefined ? 'no-l7-route' : 'answered-by-proxy',
    ...(redirect === undefined && status === 404 ? { reason: 'path-no-match' as const } : {}),
    symptom,
    l7: { ...l7, ...(redirect === undefined ? {} : { location: redirect }) },
    causes: redirect === undefined ? [backendUnusable(reason, rule?.at)] : [],
  };
}
