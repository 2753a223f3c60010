/** What is wrong with Gateways, routes and their references, at file:line. */

import type { ControlPlane } from '../../control/control-plane.ts';
import { explainNoEndpoints } from '../../control/missing-endpoints.ts';
import type { DiagnosticCode } from '../../diagnostics/codes.ts';
import type { Diagnostic, Help } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import { GATEWAY_GROUP } from '../../k8s/gateway-parts/references.ts';
import { portBehind } from '../../l7/backends.ts';
import type { GatewayApi } from '../../l7/gateway-api/gateway-api.ts';
import { rulesOf } from '../../l7/gateway-api/gateway-table.ts';
import { grantIndex } from '../../l7/gateway-api/grants.ts';
import { idleRoutes } from '../../l7/gateway-api/idle-routes.ts';
import {
  type Condition,
  type GatewayRule,
  type Listener,
  type LostParent,
  type ParentStatus,
  type RouteObject,
  routeKey,
  ruleName,
} from '../../l7/gateway-api/model.ts';
import type { UnservedParent } from '../../l7/gateway-api/parents.ts';
import { answersNobody, referencesOf, sharesNothing } from '../../l7/gateway-api/rule-body.ts';
import type { RouteBackend } from '../../l7/route-table.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { listenerText } from './words.ts';

function finding(code: DiagnosticCode, text: string, at: SourceRef, help: readonly Help[] = []): Diagnostic {
  return {
    code,
    severity: 'error',
    text,
    sources: [{ at, role: 'primary' }],
    ...(help.length === 0 ? {} : { help }),
  };
}

/** A Gateway or ListenerSet that nobody serves. */
export function unservedFinding({ object, reason, at }: UnservedParent): Diagnostic {
  return finding('gateway-class-unknown', `Nobody serves ${object.kind} ${keyOf(object)}: ${reason}`, at);
}

function keyOf({
  metadata,
}: {
  readonly metadata: { readonly namespace: string; readonly name: string };
}): string {
  return `${metadata.namespace}/${metadata.name}`;
}

const LISTENER_CODES: ReadonlyMap<string, DiagnosticCode> = new Map<string, DiagnosticCode>([
  ['HostnameConflict', 'gateway-listener-conflict'],
  ['ProtocolConflict', 'gateway-listener-conflict'],
  ['RefNotPermitted', 'gateway-reference-not-granted'],
  ['InvalidCertificateRef', 'gateway-certificate'],
]);

/** Of one listener: why it takes nothing, or not all that it says. */
export function listenerFindings(listener: Listener): readonly Diagnostic[] {
  return listener.conditions
    .filter(({ type, status }) => status === 'False' && (type === 'Accepted' || type === 'ResolvedRefs'))
    .map(({ reason, message, at }) =>
      finding(
        LISTENER_CODES.get(reason) ?? 'gateway-listener-invalid',
        `${listenerText(listener)}: ${message} (${reason})`,
        at ?? listener.at,
      ),
    );
}

/** Of a ListenerSet that its Gateway does not admit. */
export function listenerSetFindings(api: GatewayApi): readonly Diagnostic[] {
  return api.listenerSets.flatMap(({ listenerSet, conditions }) =>
    conditions
      .filter(({ reason }) => reason === 'NotAllowed')
      .map(({ message, at }) =>
        finding(
          'gateway-allowed-listeners-none',
          `ListenerSet ${keyOf(listenerSet)} is not admitted: ${message}`,
          at ?? listenerSet.origin,
          [{ text: 'on the Gateway: allowedListeners: {namespaces: {from: Same}}', applicability: 'likely' }],
        ),
      ),
  );
}

/** Of a parentRef that no parent belongs to. */
export function lostParentFinding(api: GatewayApi, { route, ref, reason, at }: LostParent): Diagnostic {
  const elsewhere = api.gateways.find(({ gateway }) => gateway.metadata.name === ref.name)?.gateway;
  const help: readonly Help[] =
    elsewhere === undefined || reason.startsWith('nobody')
      ? []
      : [{ text: `namespace: ${elsewhere.metadata.namespace}`, applicability: 'likely' }];
  return finding(
    'gateway-route-parent-missing',
    `${route.kind} ${routeKey(route)} is attached to nothing here: ${reason}`,
    at,
    help,
  );
}

const PARENT_CODES: ReadonlyMap<string, DiagnosticCode> = new Map<string, DiagnosticCode>([
  ['NoMatchingParent', 'gateway-route-parent-missing'],
  ['Conflicted', 'gateway-http-grpc-clash'],
]);

/** Of a parentRef that is refused. */
export function parentFindings({ route, parent, conditions, at }: ParentStatus): readonly Diagnostic[] {
  return conditions
    .filter(({ type, status }) => type === 'Accepted' && status === 'False')
    .map(({ reason, message }) =>
      finding(
        PARENT_CODES.get(reason) ?? 'gateway-route-not-admitted',
        `${route.kind} ${routeKey(route)} is not accepted by ${parent}: ${message} (${reason})`,
        at,
      ),
    );
}

/** TCP and UDP listeners serve one route, whatever is attached. */
export function idleRouteFindings(api: GatewayApi): readonly Diagnostic[] {
  return api.gateways.flatMap(idleRoutes).map(({ route, listener, winner }) => ({
    ...finding(
      'gateway-tcp-second-route',
      `${route.kind} ${routeKey(route)} gets nothing from ${listenerText(listener)}: ${routeKey(winner)} is older, or the first by name`,
      refTo(route.origin, 'metadata', 'name'),
    ),
    severity: 'warning' as const,
  }));
}

/** Of a route that names no parent at all. */
export function parentlessFindings(route: RouteObject): readonly Diagnostic[] {
  const { defaultGateways } = route.body;
  if (defaultGateways !== undefined) {
    const text = `${route.kind} ${routeKey(route)} is attached to default Gateways too, which is not modelled`;
    return [{ ...finding('unmodelled', text, refTo(route.origin, ...defaultGateways)), severity: 'warning' }];
  }
  if (route.body.parents.length > 0) return [];
  const at = refTo(route.origin, 'metadata', 'name');
  const text = `${route.kind} ${routeKey(route)} has no parentRefs: it is attached to nothing`;
  return [finding('gateway-route-parent-missing', text, at)];
}

/** Of the rules of a route. */
export function routeFindings(
  control: ControlPlane,
  api: GatewayApi,
  route: RouteObject,
): readonly Diagnostic[] {
  return rulesOf(route).flatMap((rule) => ruleFindings(control, api, rule));
}

function ruleFindings(control: ControlPlane, api: GatewayApi, rule: GatewayRule): readonly Diagnostic[] {
  const { kind } = rule.route;
  if (answersNobody(rule.body)) {
    const fate = isOfRequests(kind)
      ? ' and no redirect: every request gets 500'
      : ': connections are rejected';
    return [finding('gateway-no-backend', `${kind} ${ruleName(rule)} has no backend${fate}`, rule.at)];
  }
  const problems = referencesOf(rule.body).flatMap((ref) =>
    backendFindings(control, rule, api.resolver.resolve(rule.route, ref)),
  );
  return sharesNothing(rule.body)
    ? [
        ...problems,
        finding('gateway-zero-weight', `Every backend of ${ruleName(rule)} has the weight 0`, rule.at),
      ]
    : problems;
}

function backendFindings(
  control: ControlPlane,
  rule: GatewayRule,
  backend: RouteBackend,
): readonly Diagnostic[] {
  const { service, port, at, found } = backend;
  switch (backend.state) {
    case 'no-such-service':
      return [missingService(control, rule, backend)];
    case 'no-such-port':
      return [missingPort(backend)];
    case 'not-permitted':
      return [notGranted(control, rule, backend)];
    case 'invalid-kind':
      return [
        finding(
          'gateway-backend-kind',
          `${service} is of a kind that no gateway has to know as a backend`,
          at,
        ),
      ];
    case 'no-authority': {
      const text = `Nothing is sent to Service ${service}: its BackendTLSPolicy has no certificate authority`;
      return [finding('gateway-backend-tls', text, at)];
    }
    case 'no-endpoints': {
      const servicePort = control
        .servicePortsOf(found?.service.key ?? '/')
        .find((each) => each.portName === found?.port?.name && each.protocol === found.port.protocol);
      if (servicePort !== undefined) return [explainNoEndpoints(control, servicePort).diagnostic];
      return [finding('pods-not-ready', `Service ${service} has no ready endpoint on port ${port}`, at)];
    }
    default:
      return [];
  }
}

function missingService(
  { cluster }: ControlPlane,
  rule: GatewayRule,
  { service, at }: RouteBackend,
): Diagnostic {
  const [namespace = '', name = ''] = service.split('/');
  const own = cluster.services.filter((each) => each.namespace === namespace).map((each) => each.name);
  const elsewhere = cluster.services.find((each) => each.name === name);
  const [near] = nearest(name, own, 1);
  const help: readonly Help[] =
    elsewhere !== undefined
      ? [{ text: `namespace: ${elsewhere.namespace}, and a ReferenceGrant there`, applicability: 'likely' }]
      : near === undefined
        ? []
        : [{ text: `name: ${near}`, applicability: 'likely' }];
  const text = isOfRequests(rule.route.kind)
    ? `There is no Service ${service}: what ${ruleName(rule)} sends there gets 500`
    : `There is no Service ${service}: connections that ${ruleName(rule)} sends there are rejected`;
  return finding('gateway-backend-missing', text, at, help);
}

function isOfRequests(kind: RouteObject['kind']): boolean {
  return kind === 'HTTPRoute' || kind === 'GRPCRoute';
}

function missingPort({ service, port, at, found }: RouteBackend): Diagnostic {
  const ports = found?.service.body.ports ?? [];
  const listed = ports.map((each) => (each.name === '' ? String(each.port) : `${each.port} (${each.name})`));
  const target = portBehind(ports, port);
  const text = `Service ${service} has no port ${port}; it has ${listed.join(', ') || 'none'}`;
  const help: readonly Help[] =
    target === undefined
      ? []
      : [{ text: `${port} is a target port: write port: ${target.port}`, applicability: 'likely' }];
  return finding('gateway-backend-port', text, at, help);
}

/** The grant to create, or what one that is there nearly says. */
function notGranted(
  control: ControlPlane,
  { route }: GatewayRule,
  { service, at }: RouteBackend,
): Diagnostic {
  const [namespace = '', name = ''] = service.split('/');
  const near = grantIndex(control.cluster.objects.ofKind('ReferenceGrant')).inNamespace(namespace);
  const wanted = `from: [{group: ${GATEWAY_GROUP}, kind: ${route.kind}, namespace: ${route.metadata.namespace}}], to: [{group: "", kind: Service, name: ${name}}]`;
  const [first] = near;
  const diagnostic = finding(
    'gateway-reference-not-granted',
    `No ReferenceGrant in ${namespace} lets ${route.kind}s of ${route.metadata.namespace} use Service ${name}`,
    at,
    [{ text: `a ReferenceGrant in ${namespace} with ${wanted}`, applicability: 'likely' }],
  );
  if (first === undefined) return diagnostic;
  const context = { at: refTo(first.origin, 'spec'), role: 'near-miss' as const, label: 'this one does not' };
  return { ...diagnostic, sources: [...diagnostic.sources, context] };
}

/** Of BackendTLSPolicies. */
export function policyFindings(api: GatewayApi): readonly Diagnostic[] {
  return api.policies.flatMap(({ policy, conditions }) =>
    conditions
      .filter(({ status }) => status === 'False')
      .map((each: Condition) =>
        finding(
          'gateway-backend-tls',
          `BackendTLSPolicy ${keyOf(policy)}: ${each.message} (${each.reason})`,
          each.at ?? refTo(policy.origin, 'metadata', 'name'),
        ),
      ),
  );
}
