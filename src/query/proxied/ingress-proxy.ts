/** The pods of an Ingress controller: they route by the table of the Ingresses that the controller serves. */

import type { IngressControllerName } from '../../cluster/profile.ts';
import { type ControllerInstall, installsOf } from '../../l7/controller-install.ts';
import { tablesOf } from '../../l7/ingress-tables.ts';
import { serverName } from '../../l7/request.ts';
import type { RouteBackend, RouteTable, Routing } from '../../l7/route-table.ts';
import { type Fraction, ONE } from '../../net/fraction.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { Symptom } from '../../trace/disposition.ts';
import type { StepAnswer } from '../answer.ts';
import type { Asking } from '../asking.ts';
import { rewriteSteps } from './changed-requests.ts';
import { answerOf, type Routed } from './ingress-answers.ts';
import { listenerAt } from './listener.ts';
import {
  type Arrival,
  type Forwarding,
  type Handling,
  hasRequest,
  type Outcome,
  type ProxyFinder,
} from './proxy.ts';
import { placeOf } from './step-place.ts';

/** The controller whose pod has taken the connection. */
export const ingressProxy: ProxyFinder = (asking, connection) => {
  const { control, objects } = asking.snapshot;
  if (objects.ofKind('Ingress').length === 0 || !hasRequest(connection)) return undefined;
  const { pod } = connection;
  const install = [...installsOf(control).values()].find(({ pods }) => pods.includes(pod));
  if (install === undefined) return undefined;
  return {
    handle: () => handle(asking, install, connection),
    answerTo: (own) => ({ symptom: gatewayError(own) }),
  };
};

/**
 * What nginx answers where its own connection fails (nginx:src/http/ngx_http_upstream.c ngx_http_upstream_next): 504 where it
 * gets no answer in time, else 502. Traefik and the load balancers of clouds do the same (RFC 9110 15.6.3, 15.6.5).
 */
export function gatewayError(own: Symptom): Symptom {
  if (own === 'timeout') return 'http-504';
  return own === 'name-not-found' || own === 'name-try-again' ? 'http-503' : 'http-502';
}

function handle(asking: Asking, { controller }: ControllerInstall, arrival: Arrival): Handling {
  const mismatch = listenerAt(arrival);
  if (mismatch !== undefined) return { steps: [], outcomes: [mismatch] };
  return handleRequest(asking, controller, { arrival, targetOf });
}

/** A request at a controller, and where it reaches the targets of a backend. */
export interface AtController {
  readonly arrival: Routed['arrival'];
  targetOf(backend: RouteBackend, routing: Routing): Forwarding['to'];
  /** What is served where no Secret of the manifests is the certificate. */
  readonly ownCertificate?: string;
}

/** What a controller does with a request, by the table of the Ingresses that it serves. */
export function handleRequest(asking: Asking, controller: IngressControllerName, at: AtController): Handling {
  const table = tablesOf(asking.snapshot.control).tables.find((each) => each.controller === controller);
  const { arrival } = at;
  const { request } = arrival;
  if (table === undefined) {
    const text = `404: ${controller} serves no Ingress`;
    const step: StepAnswer = { kind: 'end', text };
    const answer = { kind: 'answer', share: ONE, steps: [step], disposition: 'no-l7-route' } as const;
    return { steps: [], outcomes: [{ ...answer, symptom: 'http-404', l7: { status: 404 }, causes: [] }] };
  }
  const routing = table.route(request);
  for (const diagnostic of [...table.refusals, ...routing.unmodelled]) asking.report(diagnostic);
  return {
    steps: [...tlsSteps(asking, routing, at), ...routeSteps(asking, routing)],
    outcomes: outcomesOf(asking, table, { routing, ...at }),
  };
}

function outcomesOf(asking: Asking, table: RouteTable, routed: Routed & AtController): readonly Outcome[] {
  const { routing } = routed;
  const backends = sharesOf(routing);
  if (routing.status !== 200 || backends.length === 0) return [answerOf(asking, table, routed)];
  return backends.map(({ backend, share }) => forwarding(asking, { ...routed, backend, share }));
}

interface Share {
  readonly backend: RouteBackend;
  readonly share: Fraction;
}

function sharesOf({ backend, weights, shared }: Routing): readonly Share[] {
  const fractions = [...(weights?.values() ?? [])];
  if (shared === undefined) return backend === undefined ? [] : [{ backend, share: ONE }];
  return shared
    .map((each, index) => ({ backend: each, share: fractions[index] ?? ONE }))
    .filter(({ share }) => share.numerator > 0);
}

function forwarding(
  asking: Asking,
  { routing, arrival, backend, share, targetOf: to }: Routed & AtController & Share,
): Forwarding {
  const { request } = arrival;
  const headers = new Map([...arrival.headers, ...(routing.requestHeaders ?? [])]);
  const host = headers.get('Host') ?? routing.rewrittenHost ?? request.host;
  const uri = routing.rewrittenPath ?? routing.upstreamPath ?? request.uri;
  const isShared = routing.shared !== undefined;
  return {
    kind: 'forward',
    share,
    steps: [
      ...(isShared ? [backendStep(asking, backend)] : []),
      ...rewriteSteps(request, { host, uri: routing.rewrittenPath ?? request.uri }),
    ],
    to: to(backend, routing),
    request: { ...request, scheme: isSecure(routing) ? 'https' : 'http', host, uri },
    headers: new Map([...headers, ['Host', host]]),
  };
}

function isSecure({ backendProtocol }: Routing): boolean {
  return backendProtocol === 'HTTPS' || backendProtocol === 'GRPCS';
}

function targetOf({ endpoints, externalName, port, found, at }: RouteBackend): Forwarding['to'] {
  if (externalName !== undefined) {
    const number = found?.port?.port ?? (typeof port === 'number' ? port : 80);
    const origin = found?.service.origin;
    const field = origin === undefined ? at : refTo(origin, 'spec', 'externalName');
    return { kind: 'name', host: externalName, port: number, at: field };
  }
  return {
    kind: 'addresses',
    addresses: endpoints.map((endpoint) => ({ ip: endpoint.ip, port: endpoint.port })),
  };
}

/** `secret shop-tls`, with the line of the Ingress that names it. */
function tlsSteps(
  asking: Asking,
  routing: Routing,
  { arrival: { request }, ownCertificate = "the controller's own certificate" }: AtController,
): readonly StepAnswer[] {
  if (request.scheme !== 'https') return [];
  const name = serverName(request);
  const { certificate, route } = routing;
  const entries = asking.snapshot.objects.ofKind('Ingress').flatMap((ingress) =>
    ingress.body.tls.map((entry) => ({
      ...entry,
      isOwn: ingress === route?.ingress,
      key: `${ingress.metadata.namespace}/${entry.secretName}`,
      ref: refTo(ingress.origin, ...entry.at, ...(entry.secretName === '' ? [] : ['secretName'])),
    })),
  );
  const isFor = ({ hosts }: { readonly hosts: readonly string[] }) =>
    hosts.includes(name) || hosts.includes(`*${name.slice(name.indexOf('.'))}`);
  const asked = entries.filter(isFor).find(({ isOwn }) => isOwn) ?? entries.find(isFor);
  const served =
    entries.find(({ key, isOwn }) => key === certificate && isOwn) ??
    entries.find(({ key }) => key === certificate);
  if (served !== undefined) return [tlsStep(asking, `secret ${served.secretName}`, served.ref)];
  // The controller falls back to its own where the Secret is missing; manifests often leave Secrets out.
  if (asked !== undefined && asked.secretName !== '') {
    return [tlsStep(asking, `secret ${asked.secretName}, not in the manifests`, asked.ref)];
  }
  return [tlsStep(asking, ownCertificate, asked?.ref)];
}

function tlsStep(asking: Asking, text: string, at: SourceRef | undefined): StepAnswer {
  return { kind: 'terminate-tls', text, ...placeOf(asking, at) };
}

/** `/api Prefix → svc/api:80`. */
function routeSteps(asking: Asking, routing: Routing): readonly StepAnswer[] {
  const { route, status, shared, redirect, backendProtocol } = routing;
  if (route === undefined) return [];
  const { kind, path, pathType, backend, at } = route;
  const rule = kind === 'rule' ? `${path} ${pathType}` : 'defaultBackend';
  const isLeading =
    shared === undefined && redirect === undefined && backend.state !== 'resource' && status !== 204;
  const over = backendProtocol === undefined ? '' : ` over ${backendProtocol}`;
  const leads = isLeading ? ` → ${backendText(backend)}${over}` : '';
  return [{ kind: 'l7-route', text: `${rule}${leads}`, ...placeOf(asking, at) }];
}

function backendStep(asking: Asking, backend: RouteBackend): StepAnswer {
  return { kind: 'l7-route', text: `→ ${backendText(backend)}`, ...placeOf(asking, backend.at) };
}

/** The Service, in the namespace of its Ingress. */
function backendText({ service, port, found }: RouteBackend): string {
  return `svc/${service.slice(service.indexOf('/') + 1)}:${found?.port?.port ?? port}`;
}
