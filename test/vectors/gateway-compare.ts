/** What is expected of a routed request, and what came of it. */

import { backendName, type GatewayRouting, ruleName, weightsOf } from '../../src/index.ts';

export type Expectation = Readonly<Record<string, unknown>>;

type Headers = Readonly<Record<string, string>>;

/** The differences in words; a text in the place of a routing: there was none. */
export function routingDifferences(
  routing: GatewayRouting | string,
  expected: Expectation,
): readonly string[] {
  if (typeof routing === 'string') {
    const isRefused = routing === 'refused' && expected['connection'] === 'refused';
    return isRefused ? [] : [`expected ${JSON.stringify(expected)}, got ${routing}`];
  }
  return Object.entries(expected).flatMap(([key, value]) => {
    const compare = FIELDS[key];
    if (compare === undefined) return [`nothing compares ${key}`];
    const got = compare(routing, value);
    return JSON.stringify(got) === JSON.stringify(value)
      ? []
      : [`expected ${key} ${JSON.stringify(value)}, got ${JSON.stringify(got)} (${routing.reason})`];
  });
}

/** Each key, as the answer has it; where several answers are right, the expected ones if it is one of them. */
const FIELDS: Readonly<Record<string, (routing: GatewayRouting, expected: unknown) => unknown>> = {
  status: ({ status }) => status,
  statusAnyOf: ({ status }, expected) => ((expected as number[]).includes(status) ? expected : status),
  grpcStatus: ({ grpcStatus }) => grpcStatus,
  connection: ({ connection }) => connection,
  backend: ({ backend }) => (backend === undefined ? null : backendName(backend)),
  weights: ({ weights }, expected) => {
    const wanted = expected as Readonly<Record<string, number>>;
    const got = Object.fromEntries(
      [...(weights ?? [])].map(([name, { numerator, denominator }]) => [name, numerator / denominator]),
    );
    const isSame =
      Object.keys(got).length === Object.keys(wanted).length &&
      Object.entries(wanted).every(([name, share]) => Math.abs((got[name] ?? -1) - share) < 0.0001);
    return isSame ? wanted : got;
  },
  unspecified: ({ isUnspecified, backend, shares }) =>
    isUnspecified === true && backend === undefined && weightsOf(shares).size === 0,
  rewrittenPath: ({ rewrittenPath }) => rewrittenPath,
  rewrittenHost: ({ rewrittenHost }) => rewrittenHost,
  redirect: ({ redirect }) => redirect,
  requestHeaders: ({ requestHeaders }, expected) => those(requestHeaders, expected as Headers),
  absentRequestHeaders: ({ requestHeaders }, expected) => absent(requestHeaders, expected as string[]),
  requestHeadersByBackend: ({ shares }, expected) =>
    Object.fromEntries(
      Object.entries(expected as Readonly<Record<string, Headers>>).map(([name, headers]) => {
        const share = shares.find(({ backend }) => backend !== undefined && backendName(backend) === name);
        return [name, those(share?.passing.requestHeaders, headers)];
      }),
    ),
  responseHeaders: ({ responseHeaders }, expected) => those(responseHeaders, expected as Headers),
  responseHeadersAnyOf: ({ responseHeaders }, expected) =>
    Object.fromEntries(
      Object.entries(expected as Readonly<Record<string, readonly string[]>>).map(([name, values]) => {
        const got = responseHeaders?.get(name.toLowerCase());
        return [name, values.some((value) => value === got) ? values : got];
      }),
    ),
  absentResponseHeaders: ({ responseHeaders }, expected) => absent(responseHeaders, expected as string[]),
  mirroredTo: ({ mirroredTo }) =>
    mirroredTo.map(({ backend, percent }) => ({
      backend: backendName(backend),
      ...(percent === undefined ? {} : { percent }),
    })),
  tls: ({ tls }) => tls,
  matched: ({ rule }) => (rule === undefined ? undefined : ruleName(rule)),
};

/** The expected headers, as they are. */
function those(headers: ReadonlyMap<string, string> | undefined, expected: Headers): Headers {
  return Object.fromEntries(
    Object.keys(expected).map((name) => [name, headers?.get(name.toLowerCase()) ?? '(none)']),
  );
}

function absent(headers: ReadonlyMap<string, string> | undefined, names: readonly string[]): string[] {
  return names.filter((name) => headers?.has(name.toLowerCase()) !== true);
}
