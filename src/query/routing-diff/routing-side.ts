/** One side of the comparison: everything that answers requests, what its rules ask about, and its answers. */

import { compareText } from '../../collections/order.ts';
import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { GrpcMatch } from '../../k8s/kinds/grpc-route.ts';
import type { HttpMatch } from '../../k8s/kinds/http-route.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import { type RouteObject, routeKey, ruleName } from '../../l7/gateway-api/model.ts';
import { parseGatewayRequest } from '../../l7/gateway-api/request.ts';
import type { GatewayRouting } from '../../l7/gateway-api/routing.ts';
import { tablesOf } from '../../l7/ingress-tables.ts';
import { parseRequest } from '../../l7/request.ts';
import { backendName, type RouteTable, type Routing, routeName } from '../../l7/route-table.ts';
import { type GatewayScene, gatewayScene } from '../gateway/scene.ts';
import type { Snapshot } from '../snapshot.ts';
import { sourceAnswer } from '../source-answer.ts';
import { type IstioSide, istioSides } from './istio-side.ts';
import type { OutcomeAnswer } from './routing-diff-answer.ts';
import type { SideAnswer } from './side-answer.ts';
import type { HostConditions, RuleCondition, Witness } from './witness.ts';

export interface RoutingSide {
  readonly scene: GatewayScene;
  readonly hosts: readonly HostConditions[];
  /** Schemes and ports that anything listens on. */
  readonly doors: readonly string[];
  /** Does it match paths without regard to case anywhere? */
  readonly anyCase: boolean;
  answer(witness: Witness, door: string): SideAnswer;
}

const NOTHING: ReadonlyMap<string, string> = new Map();

/** The side of a snapshot. */
export function routingSide(snapshot: Snapshot): RoutingSide {
  const scene = gatewayScene(snapshot);
  const { tables } = tablesOf(snapshot.control);
  const istio = istioSides(snapshot, scene.namer);
  const ingressHosts = tables.flatMap(ingressConditions);
  const istioHosts = istio.flatMap(({ hosts }) => hosts);
  return {
    scene,
    hosts: [...ingressHosts, ...scene.api.gateways.flatMap(gatewayConditions), ...istioHosts],
    doors: [...doorsOf(scene, tables), ...istio.flatMap(({ doors }) => doors)],
    anyCase:
      tables.some(({ hosts }) => hosts.some(({ mode }) => mode !== undefined)) ||
      istio.some(({ anyCase }) => anyCase),
    answer: (witness, door) => answerOf({ scene, tables, istio }, witness, door),
  };
}

/** `http://:80`, without the host. An Ingress controller listens on 80 and 443. */
function doorsOf({ api }: GatewayScene, tables: readonly RouteTable[]): readonly string[] {
  const ofGateways = api.gateways.flatMap(({ listeners }) =>
    listeners.flatMap(({ body: { protocol, port } }) =>
      protocol === 'HTTP' ? [`http ${port}`] : protocol === 'HTTPS' ? [`https ${port}`] : [],
    ),
  );
  return [...(tables.length === 0 ? [] : ['http 80', 'https 443']), ...ofGateways];
}

function ingressConditions({ hosts }: RouteTable): readonly HostConditions[] {
  return hosts.flatMap(({ names, mode, entries }) => {
    const conditions = entries.flatMap(({ route }): readonly RuleCondition[] => {
      if (route === undefined || route.kind !== 'rule') return [];
      const { annotations } = route.ingress.metadata;
      const isPattern = mode !== undefined || route.pathType === 'ImplementationSpecific';
      const base: RuleCondition = {
        path: route.path,
        pathKind: isPattern && /[^\w/.~-]/.test(route.path) ? 'pattern' : 'literal',
        headers: NOTHING,
        query: NOTHING,
        isGrpc: false,
      };
      return [base, ...canaryHeaders(annotations).map((headers) => ({ ...base, headers }))];
    });
    return names.filter((name) => !name.startsWith('~')).map((hostname) => ({ hostname, conditions }));
  });
}

const CANARY = 'nginx.ingress.kubernetes.io/canary-by-';

/** What makes a request one of the canary, or surely not. */
function canaryHeaders(annotations: ReadonlyMap<string, string>): readonly ReadonlyMap<string, string>[] {
  const header = annotations.get(`${CANARY}header`)?.toLowerCase();
  const cookie = annotations.get(`${CANARY}cookie`);
  const value = annotations.get(`${CANARY}header-value`);
  return [
    ...(header === undefined ? [] : [value ?? 'always', 'never'].map((word) => new Map([[header, word]]))),
    ...(cookie === undefined
      ? []
      : ['always', 'never'].map((word) => new Map([['cookie', `${cookie}=${word}`]]))),
  ];
}

function gatewayConditions(table: GatewayTable): readonly HostConditions[] {
  return table.listeners.flatMap((listener) =>
    table.attachmentsOf(listener).flatMap(({ route, hostnames }) => {
      const conditions = routeConditions(route);
      return hostnames.map(({ effective }) => ({ hostname: effective, conditions }));
    }),
  );
}

function routeConditions(route: RouteObject): readonly RuleCondition[] {
  switch (route.kind) {
    case 'HTTPRoute':
      return route.body.rules.flatMap(({ matches = [] }: MatchingRule<HttpMatch>) =>
        matches.map(httpCondition),
      );
    case 'GRPCRoute':
      return route.body.rules.flatMap(({ matches = [] }: MatchingRule<GrpcMatch>) =>
        matches.map(grpcCondition),
      );
    default:
      return [];
  }
}

function httpCondition({ path, method, headers, query }: HttpMatch): RuleCondition {
  const literal = (list: HttpMatch['headers']) =>
    new Map(list.flatMap(({ name, type, value }) => (type === 'Exact' ? [[name, value] as const] : [])));
  return {
    path: path.value,
    pathKind: path.type === 'RegularExpression' ? 'pattern' : 'literal',
    ...(method === undefined ? {} : { method }),
    headers: literal(headers),
    query: literal(query),
    isGrpc: false,
  };
}

function grpcCondition({ type, service = 'any.Service', method = 'Any', headers }: GrpcMatch): RuleCondition {
  return {
    path: `/${service}/${method}`,
    pathKind: type === 'Exact' ? 'literal' : 'pattern',
    headers: new Map(headers.map(({ name, value }) => [name, value])),
    query: NOTHING,
    isGrpc: true,
  };
}

interface Answering {
  readonly scene: GatewayScene;
  readonly tables: readonly RouteTable[];
  readonly istio: readonly IstioSide[];
}

/** The first that has a rule for it; else the first that answers; else nobody. */
function answerOf({ scene, tables, istio }: Answering, witness: Witness, door: string): SideAnswer {
  const [scheme = 'http', port = '80'] = door.split(' ');
  const isUsual = door === 'http 80' || door === 'https 443';
  const url = `${scheme}://${witness.host}${isUsual ? '' : `:${port}`}${witness.uri}`;
  const answers: SideAnswer[] = [];
  const asked = [
    ...scene.api.gateways.map((table) => () => gatewayAnswer(scene, table, { witness, url })),
    ...istio.map((side) => () => side.answer(witness, { door, url })),
    ...(isUsual ? tables : []).map((table) => () => ingressAnswer(scene, table, { witness, url })),
  ];
  for (const ask of asked) {
    const answer = ask();
    if (answer === undefined) continue;
    if (answer.outcome.matched !== undefined) return answer;
    answers.push(answer);
  }
  const best = answers.find(({ outcome }) => outcome.status !== 0) ?? answers[0];
  return (
    best ?? {
      outcome: { by: 'nobody', status: 0, backends: {}, reason: 'nobody listens there' },
      unmodelled: [],
    }
  );
}

interface Asked {
  readonly witness: Witness;
  readonly url: string;
}

function ingressAnswer({ namer }: GatewayScene, table: RouteTable, { witness, url }: Asked): SideAnswer {
  const request = parseRequest(url, { method: witness.method, headers: witness.headers });
  if (request === undefined) throw new Error('a witness makes a request');
  const routing = table.route(request);
  const { route } = routing;
  return {
    outcome: {
      by: table.controller,
      ...outcome(routing, witness.uri),
      ...(route === undefined ? {} : { matched: routeName(route), at: sourceAnswer(route.at, { namer }) }),
    },
    unmodelled: routing.unmodelled,
  };
}

function gatewayAnswer(
  { namer }: GatewayScene,
  table: GatewayTable,
  { witness, url }: Asked,
): SideAnswer | undefined {
  const request = parseGatewayRequest(url, {
    method: witness.method,
    headers: witness.headers,
    protocol: witness.isGrpc ? 'grpc' : 'http',
  });
  if (request === undefined) throw new Error('a witness makes a request');
  const routing: GatewayRouting = table.route(request);
  const { rule } = routing;
  return {
    outcome: {
      by: `Gateway/${routeKey(table.gateway)}`,
      ...outcome(routing, witness.uri),
      ...(rule === undefined ? {} : { matched: ruleName(rule), at: sourceAnswer(rule.at, { namer }) }),
    },
    unmodelled: routing.unmodelled,
  };
}

/** What can be seen of an answer, in the same words for every sort of proxy. */
function outcome(routing: Routing<unknown>, uri: string): Omit<OutcomeAnswer, 'by'> {
  const { status, backend, weights, redirect, rewrittenHost } = routing;
  const shares =
    weights === undefined
      ? backend === undefined
        ? []
        : [[backendName(backend), 1] as const]
      : [...weights].map(([name, { numerator, denominator }]) => [name, numerator / denominator] as const);
  const backends = Object.fromEntries([...shares].sort(([a], [b]) => compareText(a, b)));
  const isHanded = shares.length > 0;
  return {
    status,
    backends,
    ...(isHanded ? { path: routing.rewrittenPath ?? routing.upstreamPath ?? uri } : {}),
    ...(isHanded && rewrittenHost !== undefined ? { host: rewrittenHost } : {}),
    ...(redirect === undefined ? {} : { redirect }),
    reason: routing.reason,
  };
}
