/** Requests that no backend gets: what the controller answers, and which line of which Ingress makes it so. */

import { explainNoEndpoints } from '../../control/missing-endpoints.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import { tablesOf } from '../../l7/ingress-tables.ts';
import { hostName, splitQuery } from '../../l7/request.ts';
import type { Route, RouteBackend, RouteTable, Routing } from '../../l7/route-table.ts';
import { ONE } from '../../net/fraction.ts';
import { refTo } from '../../source/ref.ts';
import { httpSymptom, type Reason } from '../../trace/disposition.ts';
import type { StepAnswer } from '../answer.ts';
import type { Asking } from '../asking.ts';
import { backendFindings, unservedFinding } from '../ingress-findings.ts';
import { redirected } from './changed-requests.ts';
import type { Arrival, ProxyAnswer } from './proxy.ts';

/** What a request came to in the table of a controller. */
export interface Routed {
  readonly routing: Routing;
  readonly arrival: Pick<Arrival, 'request' | 'headers'>;
}

/** Where the answer of a route stands on the scale of dispositions. */
export function answerOf(asking: Asking, table: RouteTable, routed: Routed): ProxyAnswer {
  const { routing } = routed;
  const { status, redirect } = routing;
  const base = {
    kind: 'answer',
    share: ONE,
    symptom: httpSymptom(status),
    l7: { status, ...(redirect === undefined ? {} : { location: redirect }) },
  } as const;
  if (status < 400) {
    if (redirect !== undefined) asking.report(redirected(locationOf(routed, redirect), asking.question.from));
    return { ...base, disposition: 'answered-by-proxy', causes: [], steps: [answerStep(routing)] };
  }
  const cause = causeOf(asking, table, routed);
  return {
    ...base,
    disposition: isRefusal(routing) ? 'denied-l7' : 'no-l7-route',
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
    causes: cause.diagnostics,
    steps: [{ kind: 'end', text: `${status}: ${routing.reason}` }],
  };
}

/** Lists of source ranges and locations that an annotation closes. */
function isRefusal({ status, isClosed }: Routing): boolean {
  return status === 403 || isClosed === true;
}

function isUsable({ state }: RouteBackend): boolean {
  return state === 'ready' || state === 'external-name';
}

function answerStep({ status, redirect, reason }: Routing): StepAnswer {
  const where = redirect === undefined ? '' : ` Location ${redirect}`;
  return { kind: 'proxy', text: `answers ${status}${where} (${reason})` };
}

/** A Location without a host is one of the host that was asked. */
function locationOf({ arrival: { request } }: Routed, redirect: string): string {
  return redirect.startsWith('/') ? `${request.scheme}://${request.host}${redirect}` : redirect;
}

interface Cause {
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}

function causeOf(asking: Asking, table: RouteTable, { routing, arrival }: Routed): Cause {
  const { route, status } = routing;
  if (status === 403 && route !== undefined) return refused(route, routing, arrival);
  if (route !== undefined && !isUsable(route.backend)) return noBackend(asking, route.backend);
  if (route !== undefined) return { diagnostics: [decidedBy(route, routing)] };
  if (status !== 404) return { diagnostics: [] };
  if (routing.host !== undefined) return noPath(table, routing.host, arrival);
  return unserved(asking, hostName(arrival.request.host)) ?? noHost(table, arrival);
}

function refused(
  { ingress: { origin, metadata } }: Route,
  { reason }: Routing,
  { request }: Routed['arrival'],
): Cause {
  const annotation = [...metadata.annotations.keys()].find((key) =>
    /(white|allow|deny)list-source-range$/.test(key),
  );
  const at = annotation === undefined ? origin : refTo(origin, 'metadata', 'annotations', annotation);
  const client = request.clientIp?.text ?? 'the client';
  return {
    diagnostics: [
      {
        code: 'l7-denied',
        severity: 'error',
        text: `The controller sees ${client} as the client, and refuses it: ${reason}`,
        sources: [{ at, role: 'primary' }],
        help: [
          {
            text: 'where that is an address of a node, externalTrafficPolicy: Local on the Service of the controller keeps the client’s own',
            applicability: 'likely',
          },
        ],
      },
    ],
  };
}

function decidedBy({ at }: Route, { status, reason }: Routing): Diagnostic {
  return {
    code: 'l7-denied',
    severity: 'error',
    text: `The controller answers ${status}: ${reason}`,
    sources: [{ at, role: 'primary' }],
  };
}

function noBackend({ snapshot: { control } }: Asking, backend: RouteBackend): Cause {
  const diagnostics = backendFindings(control, backend).filter(({ severity }) => severity === 'error');
  switch (backend.state) {
    case 'no-such-service':
      return { reason: 'backend-service-missing', diagnostics };
    case 'no-such-port':
      return { reason: 'no-such-port', diagnostics };
    case 'no-endpoints': {
      const { service, port } = backend.found ?? {};
      const servicePort = control
        .servicePortsOf(service?.key ?? '/')
        .find(({ portName, protocol }) => portName === port?.name && protocol === port.protocol);
      const reason = servicePort === undefined ? undefined : explainNoEndpoints(control, servicePort).reason;
      return { ...(reason === undefined ? {} : { reason }), diagnostics };
    }
    default:
      return { diagnostics };
  }
}

/** An Ingress has the host, and no controller serves it. */
function unserved({ snapshot: { cluster, control } }: Asking, host: string): Cause | undefined {
  for (const [ingress, owner] of tablesOf(control).owners) {
    if (owner.controller !== undefined || !ingress.body.rules.some((rule) => rule.host === host)) continue;
    const finding = unservedFinding(cluster.objects, ingress, owner);
    return {
      reason: 'no-ingress-class',
      diagnostics: finding === undefined ? [] : [{ ...finding, severity: 'error' }],
    };
  }
  return undefined;
}

function noHost({ hosts, routes }: RouteTable, { request }: Routed['arrival']): Cause {
  const host = hostName(request.host);
  const names = hosts.flatMap((each) => each.names).filter((name) => name !== '*');
  const [near] = nearest(host, names, 1);
  const nearRoute = routes.find((route) => route.host === near);
  const known = names.slice(0, 5).join(', ') || 'none';
  return {
    reason: 'host-no-match',
    diagnostics: [
      {
        code: 'host-no-match',
        severity: 'error',
        text: `No Ingress has rules for the host ${host}; those that the controller serves: ${known}`,
        sources:
          nearRoute === undefined ? [] : [{ at: nearRoute.at, role: 'near-miss', label: `host ${near}` }],
        ...(near === undefined ? {} : { help: [{ text: `did you mean ${near}?`, applicability: 'likely' }] }),
      },
    ],
  };
}

function noPath({ routes }: RouteTable, host: string, { request }: Routed['arrival']): Cause {
  const { path } = splitQuery(request.uri);
  const own = routes.filter((route) => route.host === host && route.kind === 'rule');
  const paths = own.map((route) => `${route.path} ${route.pathType}`);
  const [first] = own;
  return {
    reason: 'path-no-match',
    diagnostics: [
      {
        code: 'path-no-match',
        severity: 'error',
        text: `No rule of ${host} matches ${path}; it has ${paths.slice(0, 5).join(', ') || 'none'}:`,
        sources: first === undefined ? [] : [{ at: first.at, role: 'primary' }],
        help: [
          {
            text: `k8snet explain ingress --url ${request.scheme}://${request.host}${request.uri} lists them in the order tried`,
          },
        ],
      },
    ],
  };
}
