/** The question of `explain gateway`: listeners with what is attached to them, and what becomes of one request. */

import { onceEach } from '../../collections/once.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import type { Condition, GatewayRule, Listener } from '../../l7/gateway-api/model.ts';
import { ownerName, ruleName } from '../../l7/gateway-api/model.ts';
import type { UnservedParent } from '../../l7/gateway-api/parents.ts';
import type { Snapshot } from '../snapshot.ts';
import { diagnosticAnswer, sourceAnswer } from '../source-answer.ts';
import { TOOL } from '../tool.ts';
import { backendAnswers, filterTexts } from './backend-answers.ts';
import {
  idleRouteFindings,
  listenerFindings,
  listenerSetFindings,
  lostParentFinding,
  parentFindings,
  policyFindings,
  routeFindings,
  unservedFinding,
} from './findings.ts';
import type {
  ConditionAnswer,
  GatewayAnswer,
  GatewayExplanation,
  ListenerAnswer,
  ListenerHostAnswer,
  MatchAnswer,
} from './gateway-answer.ts';
import { findGateway, type GatewayQuestion, type Routed, routeQuestion } from './request.ts';
import { type GatewayScene, gatewayScene, sceneAssumptions } from './scene.ts';

/**
 * Explains the Gateways of a snapshot, or one of them.
 * @throws UsageError
 */
export function explainGateway(snapshot: Snapshot, question: GatewayQuestion): GatewayExplanation {
  const scene = gatewayScene(snapshot);
  const key = question.name === undefined ? undefined : findGateway(scene, question.name);
  const { url } = question;
  const routed = url === undefined ? undefined : routeQuestion(scene, { ...question, url }, key);
  const gateways = snapshot.objects
    .ofKind('Gateway')
    .filter(
      (gateway) => key === undefined || `${gateway.metadata.namespace}/${gateway.metadata.name}` === key,
    );
  const findings = routed === undefined ? allFindings(scene, key) : routedFindings(scene, routed);
  return {
    schema: 'k8snet/explain-gateway/1',
    tool: TOOL,
    gateways: gateways.map((gateway) => gatewayAnswer(scene, gateway)),
    ...(routed === undefined ? {} : { request: routed.answer, losers: routed.losers }),
    findings: findings.map((each) => diagnosticAnswer(each, scene.namer)),
    assumptions: sceneAssumptions(scene, { isAsked: routed !== undefined }).list(),
  };
}

/** Of the rule that answers a request, else of the listener that it ends at. */
export function routedFindings({ api, snapshot }: GatewayScene, routed: Routed): readonly Diagnostic[] {
  const { rule, listener } = routed.routing;
  const own = rule === undefined ? [] : routeFindings(snapshot.control, api, rule.route);
  const ofRule = own.filter(({ sources }) => {
    const path = sources[0]?.at;
    return rule !== undefined && path !== undefined && 'path' in path && isBelow(path.path, rule.at.path);
  });
  // What is wrong with a Service stands at the Service.
  const ofServices = own.filter(
    (each) =>
      !ofRule.includes(each) &&
      routed.routing.shares.some(({ status }) => status === 503) &&
      !each.code.startsWith('gateway-'),
  );
  return [
    ...ofRule,
    ...ofServices,
    ...(listener === undefined ? [] : listenerFindings(listener)),
    ...routed.unmodelled,
  ];
}

function isBelow(path: readonly (string | number)[], base: readonly (string | number)[]): boolean {
  return base.every((key, index) => path[index] === key);
}

function allFindings(scene: GatewayScene, key: string | undefined): readonly Diagnostic[] {
  const { api, snapshot } = scene;
  const isAsked = (gateway: GatewayObject) =>
    key === undefined || `${gateway.metadata.namespace}/${gateway.metadata.name}` === key;
  const tables = api.gateways.filter(({ gateway }) => isAsked(gateway));
  const attached = new Set(
    tables.flatMap((table) =>
      table.listeners.flatMap((listener) => table.attachmentsOf(listener).map(({ route }) => route)),
    ),
  );
  const parents = new Set(
    tables.flatMap(({ gateway, listeners }) => [
      ownerName(gateway),
      ...listeners.map(({ owner }) => ownerName(owner)),
    ]),
  );
  const refused = api.statuses.filter(({ parent, accepted }) => !accepted && parents.has(parent));
  return [
    ...api.unserved
      .filter((each: UnservedParent) => key === undefined || keyOfUnserved(each) === key)
      .map(unservedFinding),
    ...tables.flatMap(({ listeners }) => listeners.flatMap(listenerFindings)),
    ...listenerSetFindings(api),
    ...refused.flatMap(parentFindings),
    ...(key === undefined ? api.lostParents.map((lost) => lostParentFinding(api, lost)) : []),
    ...idleRouteFindings(api),
    ...[...attached].flatMap((route) => routeFindings(snapshot.control, api, route)),
    ...policyFindings(api),
  ];
}

function keyOfUnserved({ object: { metadata } }: UnservedParent): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function gatewayAnswer(scene: GatewayScene, gateway: GatewayObject): GatewayAnswer {
  const { api, namer, snapshot } = scene;
  const { metadata, body, origin } = gateway;
  const table = api.gateway(`${metadata.namespace}/${metadata.name}`);
  const controller = snapshot.objects
    .ofKind('GatewayClass')
    .find((each) => each.metadata.name === body.className)?.body.controllerName;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    class: body.className,
    ...(controller === undefined ? {} : { controller }),
    served: table !== undefined,
    addresses: body.addresses,
    conditions: (table?.conditions ?? []).map(conditionAnswer),
    listeners: (table?.listeners ?? []).map((listener) => listenerAnswer(scene, table, listener)),
    at: sourceAnswer(origin, { namer }),
  };
}

/** A condition without its place. */
export function conditionAnswer({ type, status, reason, message }: Condition): ConditionAnswer {
  return { type, status, reason, message };
}

function listenerAnswer(
  scene: GatewayScene,
  table: GatewayTable | undefined,
  listener: Listener,
): ListenerAnswer {
  const { body, owner, gateway, certificates, supportedKinds, conditions, at } = listener;
  return {
    name: body.name,
    ...(owner === gateway ? {} : { owner: ownerName(owner) }),
    port: body.port,
    protocol: body.protocol,
    ...(body.hostname === undefined ? {} : { hostname: body.hostname }),
    ...(body.tls === undefined ? {} : { tlsMode: body.tls.mode }),
    certificates,
    supportedKinds,
    attachedRoutes: table?.attachmentsOf(listener).length ?? 0,
    conditions: conditions.map(conditionAnswer),
    hosts: table === undefined ? [] : hostAnswers(scene, table, listener),
    at: sourceAnswer(at, { namer: scene.namer }),
  };
}

function hostAnswers(
  scene: GatewayScene,
  table: GatewayTable,
  listener: Listener,
): readonly ListenerHostAnswer[] {
  const { api, namer } = scene;
  const ruleAnswer = onceEach((rule: GatewayRule) => ({
    rule: ruleName(rule),
    backends: backendAnswers(rule, { resolver: api.resolver, namer }),
    filters: filterTexts(rule),
    at: sourceAnswer(rule.at, { namer }),
  }));
  if (listener.supportedKinds.some((kind) => kind === 'HTTPRoute' || kind === 'GRPCRoute')) {
    return table.indexOf(listener).hosts.map(({ hostname, matches }) => ({
      hostname,
      routes: matches.map(({ matcher, rule }): MatchAnswer => ({ matcher, ...ruleAnswer(rule) })),
    }));
  }
  return table.connectionRules(listener).map(({ hostname, rule }) => ({
    hostname,
    routes: [{ matcher: 'every connection', ...ruleAnswer(rule) }],
  }));
}
