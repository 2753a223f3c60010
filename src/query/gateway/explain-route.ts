/** The question of `explain route`: where routes are attached, their rules and backends, and what becomes of one request. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { GrpcMatch } from '../../k8s/kinds/grpc-route.ts';
import type { HttpMatch } from '../../k8s/kinds/http-route.ts';
import { matchesOf, routesOf, rulesOf } from '../../l7/gateway-api/gateway-table.ts';
import type { GatewayRule, ParentStatus, RouteObject } from '../../l7/gateway-api/model.ts';
import { routeKey } from '../../l7/gateway-api/model.ts';
import { refTo } from '../../source/ref.ts';
import type { Snapshot } from '../snapshot.ts';
import { diagnosticAnswer, sourceAnswer } from '../source-answer.ts';
import { TOOL } from '../tool.ts';
import { UsageError } from '../usage-error.ts';
import { backendAnswers, filterTexts } from './backend-answers.ts';
import { conditionAnswer, routedFindings } from './explain-gateway.ts';
import {
  idleRouteFindings,
  lostParentFinding,
  parentFindings,
  parentlessFindings,
  routeFindings,
} from './findings.ts';
import type { ParentAnswer, RouteExplanation, RouteObjectAnswer, RuleAnswer } from './gateway-answer.ts';
import { type GatewayQuestion, routeQuestion } from './request.ts';
import { type GatewayScene, gatewayScene, sceneAssumptions } from './scene.ts';

/**
 * Explains the routes of a snapshot, or one of them.
 * @throws UsageError
 */
export function explainRoute(snapshot: Snapshot, question: GatewayQuestion): RouteExplanation {
  const scene = gatewayScene(snapshot);
  const routes = named(scene, question.name);
  const { url } = question;
  const routed = url === undefined ? undefined : routeQuestion(scene, { ...question, url }, undefined);
  const findings =
    routed === undefined
      ? routes.flatMap((route) => findingsOf(scene, route))
      : routedFindings(scene, routed);
  return {
    schema: 'k8snet/explain-route/1',
    tool: TOOL,
    routes: routes.map((route) => routeAnswer(scene, route)),
    ...(routed === undefined ? {} : { request: routed.answer, losers: routed.losers }),
    findings: findings.map((each) => diagnosticAnswer(each, scene.namer)),
    assumptions: sceneAssumptions(scene, { isAsked: routed !== undefined }).list(),
  };
}

/** `web`, `shop/web`, `httproute/web`, `shop/httproute/web`. */
function named({ snapshot }: GatewayScene, text: string | undefined): readonly RouteObject[] {
  const routes = routesOf(snapshot.cluster);
  if (text === undefined) return routes;
  const parts = text.split('/');
  const name = parts.at(-1);
  const kind = parts
    .map((part) => part.toLowerCase().replace(/s$/, ''))
    .find((part) => part.endsWith('route'));
  const [first = ''] = parts;
  const namespace = parts.length > 1 && first.toLowerCase().replace(/s$/, '') !== kind ? first : undefined;
  const found = routes.filter(
    (route) =>
      route.metadata.name === name &&
      (namespace === undefined || route.metadata.namespace === namespace) &&
      (kind === undefined || kind === 'route' || route.kind.toLowerCase() === kind),
  );
  const own = found.filter(({ metadata }) => metadata.namespace === snapshot.profile.namespace);
  const chosen = found.length > 1 && own.length === 1 ? own : found;
  if (chosen.length === 1) return chosen;
  const candidates = (found.length === 0 ? routes : found).map(
    (route) => `${route.metadata.namespace}/${route.kind.toLowerCase()}/${route.metadata.name}`,
  );
  throw new UsageError(
    found.length === 0 ? `there is no route "${text}"` : `"${text}" means several routes`,
    candidates.slice(0, 10),
  );
}

function findingsOf({ api, snapshot }: GatewayScene, route: RouteObject): readonly Diagnostic[] {
  const idle = idleRouteFindings(api).filter(({ text }) =>
    text.startsWith(`${route.kind} ${routeKey(route)} `),
  );
  return [
    ...parentlessFindings(route),
    ...api.lostParents.filter((lost) => lost.route === route).map((lost) => lostParentFinding(api, lost)),
    ...api.statuses.filter((status) => status.route === route).flatMap(parentFindings),
    ...idle,
    ...routeFindings(snapshot.control, api, route),
  ];
}

function routeAnswer(scene: GatewayScene, route: RouteObject): RouteObjectAnswer {
  const { api, namer } = scene;
  return {
    kind: route.kind,
    namespace: route.metadata.namespace,
    name: route.metadata.name,
    hostnames: route.body.hostnames ?? [],
    parents: [
      ...api.statuses.filter((status) => status.route === route).map((status) => parentAnswer(scene, status)),
      ...api.lostParents
        .filter((lost) => lost.route === route)
        .map(({ ref, at }) => ({
          parent: `${ref.kind}/${ref.namespace ?? route.metadata.namespace}/${ref.name}`,
          conditions: [],
          listeners: [],
          at: sourceAnswer(at, { namer }),
        })),
    ],
    rules: rulesOf(route).map((rule) => ruleAnswer(scene, rule)),
    at: sourceAnswer(refTo(route.origin, 'metadata', 'name'), { namer }),
  };
}

function parentAnswer({ namer }: GatewayScene, status: ParentStatus): ParentAnswer {
  const { parent, ref, conditions, attachments, at } = status;
  return {
    parent,
    ...(ref.sectionName === undefined ? {} : { sectionName: ref.sectionName }),
    ...(ref.port === undefined ? {} : { port: ref.port }),
    conditions: conditions.map(conditionAnswer),
    listeners: attachments.map(({ listener, hostnames }) => ({
      name: listener.body.name,
      hostnames: hostnames.map(({ effective }) => effective),
    })),
    at: sourceAnswer(at, { namer }),
  };
}

function ruleAnswer({ api, namer }: GatewayScene, rule: GatewayRule): RuleAnswer {
  const every = { effective: '*', declared: '*' };
  const { matches } = rule.body as Partial<MatchingRule<HttpMatch | GrpcMatch>>;
  const texts = matchesOf([{ route: rule.route, hostnames: [every] }])
    .filter((match) => match.rule.index === rule.index)
    .map(({ matcher }) => matcher);
  const isConnection = !('filters' in rule.body);
  return {
    index: rule.index,
    ...(rule.body.name === undefined ? {} : { name: rule.body.name }),
    matches: isConnection ? ['every connection'] : matches?.length === 0 ? [] : texts,
    filters: filterTexts(rule),
    backends: backendAnswers(rule, { resolver: api.resolver, namer }),
    at: sourceAnswer(rule.at, { namer }),
  };
}
