/** The question of `explain ingress`: the routing tables, and what becomes of one request. */

import type { IngressControllerName } from '../cluster/profile.ts';
import { present } from '../collections/present.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import type { IngressOwner } from '../l7/ingress-owner.ts';
import { type IngressTables, ingressTables } from '../l7/ingress-tables.ts';
import { parseRequest, type RouteRequest } from '../l7/request.ts';
import { backendName, type Route, type RouteHost, type RouteTable, routeName } from '../l7/route-table.ts';
import { printSocketAddress } from '../net/ip.ts';
import type { DiagnosticAnswer, SourceAnswer } from './answer.ts';
import { type AssumptionSet, assumptionSet } from './assumptions.ts';
import { type RequestQuestion, readHeader } from './http-request.ts';
import type {
  IngressAnswer,
  IngressExplanation,
  IngressRuleAnswer,
  RouteAnswer,
  RoutedRequest,
  RouteHostAnswer,
} from './ingress-answer.ts';
import { ingressFindings, routeFindings } from './ingress-findings.ts';
import { objectNamer } from './namer.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer, type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { resolvePod } from './target.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

export interface IngressQuestion extends Omit<RequestQuestion, 'via'> {
  /** `NAME` or `NAMESPACE/NAME`; without one, all. */
  readonly name?: string;
  readonly controller?: string;
}

const CONTROLLER_NAMES: readonly IngressControllerName[] = ['spec', 'ingress-nginx', 'traefik', 'aws-alb'];

const REWRITE_LOSES = 'ingress-nginx-rewrite-loses-path';

interface Explaining {
  readonly snapshot: Snapshot;
  readonly all: IngressTables;
  readonly namer: ObjectNamer;
  /** Those that were asked for. */
  readonly ingresses: readonly IngressObject[];
  readonly rewrites: ReadonlyMap<Route, string>;
}

/**
 * Explains the Ingresses of a snapshot, or one of them.
 * @throws UsageError
 */
export function explainIngress(snapshot: Snapshot, question: IngressQuestion): IngressExplanation {
  const all = ingressTables(snapshot.control, controllerOf(question.controller));
  const ingresses = named(snapshot, question.name);
  const explaining: Explaining = {
    snapshot,
    all,
    namer: objectNamer(snapshot.objects),
    ingresses,
    rewrites: rewritesOf(all.tables),
  };
  const asked = new Set(ingresses);
  const isAll = question.name === undefined;
  const answers = ingresses.map((ingress) => ingressAnswer(explaining, ingress));
  const routed = question.url === undefined ? undefined : routedRequest(explaining, question, question.url);
  const concerned =
    routed === undefined ? ingresses : ingresses.filter((ingress) => isConcerned(all, ingress, routed));
  const general = [
    ...concerned.flatMap((ingress) => ingressFindings(snapshot.cluster, ingress, ownerOf(all, ingress))),
    ...all.tables.flatMap(({ findings, refusals }) => [
      ...refusals,
      // What is not modelled of the rule that answers a request stands in its own answer.
      ...findings.filter(({ severity }) => routed === undefined || severity === 'error'),
    ]),
    ...unknownControllers(explaining, question),
    ...(routed?.unmodelled ?? []),
  ];
  return {
    schema: 'k8snet/explain-ingress/1',
    tool: TOOL,
    ingresses: answers,
    tables: all.tables.map(({ controller, hosts }) => ({
      controller,
      hosts: hosts
        .filter(
          (host) =>
            isAll || host.entries.some(({ route }) => route !== undefined && asked.has(route.ingress)),
        )
        .filter((host) => host.names[0] !== '*' || host.entries.some(({ route }) => route !== undefined))
        .map((host) => hostAnswer(host, explaining.namer)),
    })),
    ...(routed === undefined ? {} : { request: routed.request, losers: routed.losers }),
    findings: [
      ...general.map((diagnostic) => diagnosticAnswer(diagnostic, explaining.namer)),
      ...answers.flatMap((answer) => ruleFindings(answer, routed)),
    ],
    assumptions: assumptions(explaining).list(),
  };
}

/** A request is about the Ingress of its rule, and those that nobody serves. */
function isConcerned(all: IngressTables, ingress: IngressObject, { route }: Routed): boolean {
  return route?.ingress === ingress || ownerOf(all, ingress).controller === undefined;
}

/** With a request only those of its rule. That a rewrite loses the path is said once for an Ingress. */
function ruleFindings({ rules }: IngressAnswer, routed: Routed | undefined): readonly DiagnosticAnswer[] {
  const place = (at: SourceAnswer | undefined) => `${at?.file}:${at?.line}:${at?.column}`;
  const wanted = routed?.request.at;
  const asked = routed === undefined ? rules : rules.filter(({ at }) => place(at) === place(wanted));
  const findings = asked.flatMap((rule) => rule.findings);
  const first = findings.find(({ code }) => code === REWRITE_LOSES);
  return findings.filter((each) => each.code !== REWRITE_LOSES || each === first);
}

function controllerOf(text: string | undefined): IngressControllerName | undefined {
  if (text === undefined) return undefined;
  const found = CONTROLLER_NAMES.find((name) => name === text.toLowerCase());
  if (found === undefined) throw new UsageError(`no controller is called "${text}"`, CONTROLLER_NAMES);
  return found;
}

function named({ objects, profile }: Snapshot, text: string | undefined): readonly IngressObject[] {
  const ingresses = objects.ofKind('Ingress');
  if (text === undefined) return ingresses;
  const full = ingresses.map((each) => ({ each, key: `${each.metadata.namespace}/${each.metadata.name}` }));
  const found = full.filter(({ each, key }) => key === text || each.metadata.name === text);
  const inNamespace = found.filter(({ each }) => each.metadata.namespace === profile.namespace);
  const chosen = found.length > 1 && inNamespace.length === 1 ? inNamespace : found;
  if (chosen.length === 1) return chosen.map(({ each }) => each);
  const candidates = (found.length === 0 ? full : found).map(({ key }) => key);
  throw new UsageError(
    found.length === 0 ? `there is no Ingress "${text}"` : `"${text}" means several Ingresses`,
    candidates.slice(0, 10),
  );
}

function ownerOf({ owners }: IngressTables, ingress: IngressObject): IngressOwner {
  const owner = owners.get(ingress);
  if (owner === undefined) throw new Error('every Ingress has an owner or a reason for none');
  return owner;
}

function rewritesOf(tables: readonly RouteTable[]): ReadonlyMap<Route, string> {
  const entries = tables.flatMap(({ hosts }) => hosts.flatMap((host) => host.entries));
  return new Map(
    entries.flatMap(({ route, rewrite }) =>
      route === undefined || rewrite === undefined ? [] : [[route, rewrite] as const],
    ),
  );
}

function ingressAnswer(explaining: Explaining, ingress: IngressObject): IngressAnswer {
  const { snapshot, all, namer } = explaining;
  const { metadata, body, origin } = ingress;
  const owner = ownerOf(all, ingress);
  const secrets = snapshot.objects
    .otherOfKind('Secret')
    .filter((each) => each.namespace === metadata.namespace);
  const table = all.tables.find(({ controller }) => controller === owner.controller);
  const routes = table?.routes.filter((route) => route.ingress === ingress) ?? [];
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ...(owner.className === '' ? {} : { class: owner.className }),
    ...(owner.controller === undefined ? {} : { controller: owner.controller }),
    reason: owner.reason,
    addresses: body.addresses,
    tls: body.tls.map(({ hosts, secretName }) => ({
      hosts,
      ...(secretName === '' ? {} : { secretName }),
      found: secrets.some(({ name }) => name === secretName),
    })),
    rules: routes.map((route) => ruleAnswer(explaining, route)),
    at: sourceAnswer(origin, { namer }),
  };
}

function ruleAnswer({ snapshot, namer, rewrites }: Explaining, route: Route): IngressRuleAnswer {
  const { host, path, pathType, backend, at } = route;
  const rewrite = rewrites.get(route);
  const isService = backend.state !== 'resource';
  return {
    host,
    ...(path === '' ? {} : { path }),
    ...(pathType === undefined ? {} : { pathType }),
    ...(isService ? { service: backend.service, port: backend.found?.port?.port ?? backend.port } : {}),
    endpoints: backend.endpoints.map(({ ip, port }) => printSocketAddress(ip, port)),
    state: backend.state,
    ...(rewrite === undefined ? {} : { rewrite }),
    findings: routeFindings(snapshot.control, route, rewrite).map((found) => diagnosticAnswer(found, namer)),
    at: sourceAnswer(at, { namer }),
  };
}

function hostAnswer({ names, mode, certificate, entries }: RouteHost, namer: ObjectNamer): RouteHostAnswer {
  return present({
    names,
    mode: mode && { text: mode.text, at: sourceAnswer(mode.at, { namer }) },
    certificate,
    routes: entries.map(({ matcher, route, rewrite }): RouteAnswer => {
      if (route === undefined) return { matcher, endpoints: 0, state: 'default-backend' };
      const { backend } = route;
      return present({
        matcher,
        rule: routeName(route),
        backend: backend.state === 'resource' ? undefined : backendName(backend),
        endpoints: backend.endpoints.length,
        state: backend.state,
        rewrite,
        at: sourceAnswer(route.at, { namer }),
      });
    }),
  });
}

interface Routed {
  readonly route?: Route;
  readonly request: RoutedRequest;
  readonly losers: NonNullable<IngressExplanation['losers']>;
  readonly unmodelled: readonly Diagnostic[];
}

function routedRequest(explaining: Explaining, question: IngressQuestion, url: string): Routed {
  const { all, namer } = explaining;
  const request = requestOf(explaining.snapshot, question, url);
  const table = tableFor(explaining, question, request);
  if (table === undefined) {
    const nobody = { status: 404, reason: 'no controller serves any Ingress', backend: null };
    return {
      request: { url, method: request.method, controller: 'none', ...nobody },
      losers: [],
      unmodelled: [],
    };
  }
  const routing = table.route(request);
  const { route, backend, weights, requestHeaders, certificate, redirect } = routing;
  const { rewrittenPath, upstreamPath, rewrittenHost, backendProtocol } = routing;
  const shares = [...(weights ?? [])].map(
    ([name, { numerator, denominator }]) => [name, numerator / denominator] as const,
  );
  return {
    ...(route === undefined ? {} : { route }),
    request: present({
      url,
      method: request.method,
      controller: all.tables.length === 0 ? 'none' : table.controller,
      status: routing.status,
      reason: routing.reason,
      backend: backend === undefined ? null : backendName(backend),
      weights: weights && Object.fromEntries(shares),
      matched: route && routeName(route),
      at: route && sourceAnswer(route.at, { namer }),
      endpointCount: backend?.endpoints.length,
      rewrittenPath,
      upstreamPath,
      rewrittenHost,
      redirect,
      backendProtocol,
      requestHeaders: requestHeaders && Object.fromEntries(requestHeaders),
      tlsSecret: certificate,
    }),
    losers: routing.losers.map(({ route: lost, beatenBy, reason }) => ({
      rule: routeName(lost),
      ...(beatenBy === undefined ? {} : { beatenBy: routeName(beatenBy) }),
      reason,
      at: sourceAnswer(lost.at, { namer }),
    })),
    unmodelled: routing.unmodelled,
  };
}

/** The table of the Ingress that was asked for, else the first in which a rule matches, else the first. */
function tableFor(
  { all, ingresses }: Explaining,
  { name }: IngressQuestion,
  request: RouteRequest,
): RouteTable | undefined {
  const [ingress] = ingresses;
  const owner = name === undefined || ingress === undefined ? undefined : ownerOf(all, ingress).controller;
  if (owner !== undefined) return all.tables.find(({ controller }) => controller === owner);
  return all.tables.find((table) => table.route(request).route !== undefined) ?? all.tables[0];
}

function requestOf(snapshot: Snapshot, question: IngressQuestion, url: string): RouteRequest {
  const { method, headers = [], clientIp, from, sni } = question;
  const pairs = headers.map(readHeader);
  const client =
    clientIp ?? (from === undefined ? undefined : resolvePod(snapshot.cluster, from).ips[0]?.text);
  const withScheme = url.includes('://') ? url : `http://${url}`;
  const request = parseRequest(withScheme, present({ headers: pairs, method, clientIp: client, sni }));
  if (request === undefined)
    throw new UsageError(`--url ${url}: must be a URL like https://shop.example.com/api`);
  if (client !== undefined && request.clientIp === undefined) {
    throw new UsageError(`--client-ip ${client}: must be an IP address`);
  }
  return request;
}

/** Ingresses of a controller that is not modelled, one for each class; nobody asked for the API's own semantics. */
function unknownControllers(
  { snapshot, all, ingresses }: Explaining,
  { controller }: IngressQuestion,
): readonly Diagnostic[] {
  if (controller !== undefined || snapshot.profile.ingressController.name !== undefined) return [];
  const owners = ingresses
    .map((ingress) => ownerOf(all, ingress))
    .filter((owner) => owner.controller === 'spec');
  return [...new Map(owners.map((owner) => [owner.className, owner])).values()].map(
    ({ className, controllerName, at }): Diagnostic => ({
      code: 'unmodelled',
      severity: 'warning',
      text: `${controllerName ?? (className === '' ? 'An unnamed controller' : `The controller of class ${className}`)} is not modelled: its Ingresses are answered by what the API promises`,
      sources: [{ at, role: 'primary' }],
    }),
  );
}

function assumptions({ snapshot, all, ingresses }: Explaining): AssumptionSet {
  const set = assumptionSet();
  const assumed = ingresses.map((ingress) => ownerOf(all, ingress)).filter((owner) => owner.assumed);
  if (assumed.length > 0) {
    const values = [...new Set(assumed.map(({ controller }) => controller ?? 'nobody'))];
    set.add('A_INGRESS_CLASS', { values });
  }
  const secrets = ingresses.flatMap(({ metadata, body }) =>
    body.tls.flatMap(({ secretName }) => (secretName === '' ? [] : [`${metadata.namespace}/${secretName}`])),
  );
  const known = new Set(
    snapshot.objects.otherOfKind('Secret').map((each) => `${each.namespace}/${each.name}`),
  );
  const missing = [...new Set(secrets)].filter((key) => !known.has(key));
  if (missing.length > 0) set.add('A_SECRETS', { values: missing });
  return set;
}
