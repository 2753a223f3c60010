/** Gateway API cases: manifests, requests to a Gateway or inside a mesh, and what status reports. */

import {
  type Condition,
  type GatewayApi,
  type GatewayFeatures,
  type GatewayRouting,
  gatewayApi,
  loadSnapshot,
  ownerName,
  parseGatewayRequest,
  routeKey,
} from '../../src/index.ts';
import type { VectorFamily } from './family.ts';
import { type Expectation, routingDifferences } from './gateway-compare.ts';
import type { VectorResult } from './result.ts';

interface GatewayVectorRequest {
  readonly name: string;
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly gateway?: string;
  readonly sni?: string;
  readonly protocol?: 'http' | 'grpc';
  readonly client?: string;
  readonly backendResponseHeaders?: Readonly<Record<string, string>>;
  readonly expect: Expectation;
}

type Conditions = Readonly<Record<string, readonly [status: string, reason: string | null]>>;

interface StatusRows {
  readonly routes?: readonly {
    readonly kind: string;
    readonly route: string;
    readonly parent: string;
    readonly conditions: Conditions;
  }[];
  readonly listeners?: readonly {
    readonly owner: string;
    readonly listener: string;
    readonly attachedRoutes?: number;
    readonly supportedKinds?: readonly string[];
    readonly conditions?: Conditions;
  }[];
  readonly gateways?: readonly { readonly gateway: string; readonly conditions: Conditions }[];
  readonly listenerSets?: readonly { readonly listenerSet: string; readonly conditions: Conditions }[];
}

interface GatewayVector {
  readonly id: string;
  readonly features?: readonly string[];
  readonly manifests: readonly unknown[];
  readonly requests: readonly GatewayVectorRequest[];
  readonly status?: StatusRows;
}

export const gateway: VectorFamily = {
  name: 'gateway',
  modelled: true,
  detects: (json) =>
    Array.isArray(json) &&
    json.length > 0 &&
    json.every(
      (each) => typeof each === 'object' && each !== null && 'requests' in each && !('profiles' in each),
    ),
  *run(json): Generator<VectorResult> {
    for (const each of json as readonly GatewayVector[]) yield* runVector(each);
  },
};

/** The features that an implementation may have or lack, by their names upstream. */
const FEATURES: Readonly<Record<string, keyof GatewayFeatures>> = {
  GatewayHTTPListenerIsolation: 'listenerIsolation',
  GatewayHTTPSListenerDetectMisdirectedRequests: 'misdirectedRequests',
  TLSRouteModeMixed: 'mixedTlsModes',
};

function featuresOf(names: readonly string[]): Partial<GatewayFeatures> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const key = FEATURES[name.replace(/^!/, '')];
      return key === undefined ? [] : [[key, !name.startsWith('!')]];
    }),
  );
}

function* runVector({
  id,
  features = [],
  manifests,
  requests,
  status = {},
}: GatewayVector): Generator<VectorResult> {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const snapshot = loadSnapshot({ files: [{ name: `${id}.json`, text }], profile: { flags: { set: [] } } });
  const api = gatewayApi(snapshot.control, { features: featuresOf(features) });
  for (const request of requests) {
    yield result(id, request.name, routingDifferences(ask(api, request), request.expect));
  }
  for (const [part, differences] of statusDifferences(api, status)) yield result(id, part, differences);
}

function result(id: string, part: string, differences: readonly string[]): VectorResult {
  return differences.length === 0
    ? { id, part, status: 'pass' }
    : { id, part, status: 'fail', detail: differences.join('; ') };
}

function ask(api: GatewayApi, request: GatewayVectorRequest): GatewayRouting | string {
  const { url, method, headers = {}, sni, protocol, backendResponseHeaders = {} } = request;
  const parsed = parseGatewayRequest(url, {
    headers: Object.entries(headers),
    answerHeaders: Object.entries(backendResponseHeaders),
    ...(method === undefined ? {} : { method }),
    ...(sni === undefined ? {} : { sni }),
    ...(protocol === undefined ? {} : { protocol }),
  });
  if (parsed === undefined) return `${url} is no URL`;
  if (request.client !== undefined) {
    return api.mesh.route({ namespace: request.client.split('/')[0] ?? '' }, parsed);
  }
  const table = api.gateway(request.gateway ?? '');
  // Nobody serves such a Gateway: it has no address.
  return table === undefined ? 'refused' : table.route(parsed);
}

function* statusDifferences(
  api: GatewayApi,
  { routes = [], listeners = [], gateways = [], listenerSets = [] }: StatusRows,
): Generator<readonly [part: string, differences: readonly string[]]> {
  for (const row of routes) {
    const found = api.statuses.find(
      ({ route, parent }) =>
        route.kind === row.kind && routeKey(route) === row.route && parent === row.parent,
    );
    const part = `${row.kind} ${row.route} at ${row.parent}`;
    yield [part, conditionDifferences(found?.conditions, row.conditions)];
  }
  for (const row of listeners) yield [`${row.owner} listener ${row.listener}`, listenerDifferences(api, row)];
  for (const row of gateways) {
    const found = api.gateway(row.gateway);
    yield [`Gateway ${row.gateway}`, conditionDifferences(found?.conditions, row.conditions)];
  }
  for (const row of listenerSets) {
    const found = api.listenerSets.find(
      ({ listenerSet }) => ownerName(listenerSet) === `ListenerSet/${row.listenerSet}`,
    );
    yield [`ListenerSet ${row.listenerSet}`, conditionDifferences(found?.conditions, row.conditions)];
  }
}

function listenerDifferences(
  api: GatewayApi,
  row: NonNullable<StatusRows['listeners']>[number],
): readonly string[] {
  for (const table of api.gateways) {
    const listener = table.listeners.find(
      ({ owner, body }) => ownerName(owner) === row.owner && body.name === row.listener,
    );
    if (listener === undefined) continue;
    const attached = table.attachmentsOf(listener).length;
    const { supportedKinds: kinds } = listener;
    const wanted = row.supportedKinds;
    const hasKinds =
      wanted === undefined ||
      (wanted.every((kind) => kinds.some((each) => each === kind)) &&
        (wanted.length > 0 || kinds.length === 0));
    return [
      ...(row.attachedRoutes === undefined || row.attachedRoutes === attached
        ? []
        : [`expected ${row.attachedRoutes} attached routes, got ${attached}`]),
      ...(hasKinds ? [] : [`expected kinds ${wanted?.join(', ')}, got ${kinds.join(', ')}`]),
      ...conditionDifferences(listener.conditions, row.conditions ?? {}),
    ];
  }
  return ['expected a listener, got none'];
}

function conditionDifferences(
  found: readonly Condition[] | undefined,
  wanted: Conditions,
): readonly string[] {
  if (found === undefined) return ['expected a status, got none'];
  return Object.entries(wanted).flatMap(([type, [status, reason]]) => {
    const got = found.find((each) => each.type === type);
    const isRight = got?.status === status && (reason === null || got.reason === reason);
    return isRight ? [] : [`expected ${type} ${status} ${reason ?? ''}, got ${got?.status} ${got?.reason}`];
  });
}
