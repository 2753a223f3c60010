/** Ingress cases: manifests, and requests as each profile (the API alone, ingress-nginx) routes them. */

import {
  backendName,
  ingressTables,
  loadSnapshot,
  parseRequest,
  type RouteTable,
  type Routing,
  routeName,
} from '../../src/index.ts';
import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';

type Expectation = Readonly<Record<string, unknown>>;

interface IngressRequest {
  readonly name: string;
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly clientIP?: string;
  readonly expect: Expectation;
  readonly expectByProfile?: Readonly<Record<string, Expectation>>;
}

interface IngressCase {
  readonly id: string;
  readonly profiles: readonly string[];
  readonly controller?: Readonly<Record<string, unknown>>;
  readonly nginxConfigError?: string;
  readonly manifests: readonly unknown[];
  readonly requests: readonly IngressRequest[];
}

export const ingress: VectorFamily = {
  name: 'ingress',
  modelled: true,
  detects: (json) =>
    Array.isArray(json) &&
    json.length > 0 &&
    json.every(
      (each) => typeof each === 'object' && each !== null && 'requests' in each && 'profiles' in each,
    ),
  *run(json): Generator<VectorResult> {
    for (const each of json as readonly IngressCase[]) yield* runCase(each);
  },
};

function* runCase({
  id,
  profiles,
  controller = {},
  nginxConfigError,
  manifests,
  requests,
}: IngressCase): Generator<VectorResult> {
  for (const profile of profiles) {
    const settings = Object.entries({ name: profile, ...controller });
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const snapshot = loadSnapshot({
      files: [{ name: `${id}.json`, text }],
      profile: { flags: { set: settings.map(([key, value]) => `ingressController.${key}=${value}`) } },
    });
    const [table] = ingressTables(snapshot.control).tables;
    if (table === undefined) throw new Error('a profile that names its controller has a table');
    for (const request of requests) {
      const wrong = compare(table, request, request.expectByProfile?.[profile] ?? request.expect);
      if (profile === 'ingress-nginx' && (nginxConfigError !== undefined) !== table.refusals.length > 0) {
        wrong.push(
          `expected a refused configuration: ${nginxConfigError ?? 'no'}, got ${table.refusals.length}`,
        );
      }
      const part = `${request.name} (${profile})`;
      yield wrong.length === 0
        ? { id, part, status: 'pass' }
        : { id, part, status: 'fail', detail: wrong.join('; ') };
    }
  }
}

function compare(table: RouteTable, request: IngressRequest, expected: Expectation): string[] {
  const { url, method, headers = {}, clientIP } = request;
  const parsed = parseRequest(url, {
    headers: Object.entries(headers),
    ...(method === undefined ? {} : { method }),
    ...(clientIP === undefined ? {} : { clientIp: clientIP }),
  });
  if (parsed === undefined) return [`${url} is no URL`];
  const routing = table.route(parsed);
  return Object.entries(expected).flatMap(([key, value]) => {
    const got = FIELDS[key]?.(routing, value);
    return JSON.stringify(got) === JSON.stringify(value)
      ? []
      : [`expected ${key} ${JSON.stringify(value)}, got ${JSON.stringify(got)}`];
  });
}

/** Each key of an expectation, as the answer has it; headers only those that are expected. */
const FIELDS: Readonly<Record<string, (routing: Routing, expected: unknown) => unknown>> = {
  status: ({ status }) => status,
  statusAnyOf: ({ status }, expected) =>
    Array.isArray(expected) && expected.includes(status) ? expected : status,
  backend: ({ backend }) => (backend === undefined ? null : backendName(backend)),
  weights: ({ weights }) =>
    Object.fromEntries(
      [...(weights ?? [])].map(([name, { numerator, denominator }]) => [name, numerator / denominator]),
    ),
  rewrittenPath: ({ rewrittenPath }) => rewrittenPath,
  upstreamPath: ({ upstreamPath }) => upstreamPath,
  rewrittenHost: ({ rewrittenHost }) => rewrittenHost,
  redirect: ({ redirect }) => redirect,
  requestHeaders: ({ requestHeaders }, expected) =>
    Object.fromEntries(
      Object.keys(expected as object).map((name) => [
        name,
        [...(requestHeaders ?? [])].find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1],
      ]),
    ),
  absentRequestHeaders: ({ requestHeaders }, expected) =>
    (expected as readonly string[]).filter(
      (name) => ![...(requestHeaders ?? [])].some(([known]) => known.toLowerCase() === name.toLowerCase()),
    ),
  tlsSecret: ({ certificate }) => certificate,
  endpointCount: ({ backend }) => backend?.endpoints.length,
  matched: ({ route }) => (route === undefined ? undefined : routeName(route)),
};
