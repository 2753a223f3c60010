/** Generated Gateways of the Gateway API with HTTPRoutes. */

import fc from 'fast-check';
import { HOSTS, maybe, PATHS, PATTERNS, record, someOf } from './choices.ts';
import {
  type ApiGateway,
  type BackendRef,
  GATEWAY_PORT,
  type HttpRoute,
  type HttpRouteMatch,
  NAMESPACE,
  type World,
} from './manifests.ts';

const apiPath = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...PATHS).map((value) => ({ type: 'Exact', value })) },
  { weight: 4, arbitrary: fc.constantFrom(...PATHS).map((value) => ({ type: 'PathPrefix', value })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...PATTERNS).map((value) => ({ type: 'RegularExpression', value })),
  },
);

function values(names: readonly string[]): fc.Arbitrary<NonNullable<HttpRouteMatch['headers']>> {
  const value = fc.oneof(
    fc.constantFrom('a', 'prod', '1').map((each) => ({ type: 'Exact', value: each })),
    someOf({ type: 'RegularExpression', value: 'a+|prod' }, { type: 'RegularExpression', value: '[0-9]*' }),
  );
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), value), {
      minLength: 1,
      maxLength: 2,
      selector: ([name]) => name,
    })
    .map((pairs) => pairs.map(([name, each]) => ({ name, ...each })));
}

const apiMatch = record<HttpRouteMatch>({
  path: maybe(apiPath, 8),
  headers: maybe(values(['x-user', 'X-Env']), 2),
  queryParams: maybe(values(['q', 'user']), 2),
  method: maybe(someOf('GET', 'POST'), 2),
});
const MODIFIES = 'RequestHeaderModifier';
const modifier = someOf(
  { set: [{ name: 'x-user', value: 'set' }] },
  {
    add: [
      { name: 'X-User', value: 'more' },
      { name: 'x-new', value: 'n' },
    ],
  },
  { remove: ['X-Env'] },
  { set: [{ name: 'x-new', value: '1' }], remove: ['x-user'] },
);
const modifying = modifier.map((requestHeaderModifier) => ({
  type: MODIFIES,
  requestHeaderModifier,
}));
const fullPath = someOf('/full', '/', '/full/').map((replaceFullPath) => ({
  type: 'ReplaceFullPath',
  replaceFullPath,
}));

function prefixPath(replacements: readonly string[]) {
  return fc
    .constantFrom(...replacements)
    .map((replacePrefixMatch) => ({ type: 'ReplacePrefixMatch', replacePrefixMatch }));
}

const hostname = maybe(fc.constant('to.example'));

/** @param prefix may a prefix be replaced? The API asks for exactly one match, by a prefix. */
function apiFilters(prefix: 'one prefix' | 'other matches') {
  const mayReplace = prefix === 'one prefix';
  const rewritten = mayReplace ? fc.oneof(fullPath, prefixPath(['/new', '/', '/new/'])) : fullPath;
  // Istio makes `//` of a prefix of redirects that becomes `/` or ends in one (docs/semantics/oracles.md).
  const redirected = mayReplace ? fc.oneof(fullPath, prefixPath(['/new'])) : fullPath;
  const urlRewrite = record<object>({ hostname, path: maybe(rewritten, 8) });
  const requestRedirect = record<object>({
    hostname,
    path: maybe(redirected),
    scheme: maybe(someOf('http', 'https')),
    port: maybe(someOf(80, 443, 8443)),
    statusCode: maybe(someOf(301, 302)),
  });
  return fc.oneof(
    fc.constant([]),
    modifying.map((filter) => [filter]),
    urlRewrite.map((each) => [{ type: 'URLRewrite', urlRewrite: each }]),
    fc
      .tuple(modifying, urlRewrite)
      .map(([filter, each]) => [filter, { type: 'URLRewrite', urlRewrite: each }]),
    requestRedirect.map((each) => [{ type: 'RequestRedirect', requestRedirect: each }]),
  );
}

const backendRef = record<BackendRef>({
  name: someOf('a', 'b', 'c'),
  port: fc.constant(80),
  weight: maybe(someOf(1, 2, 0)),
  filters: maybe(
    modifying.map((filter) => [filter]),
    2,
  ),
});
const backendRefs = fc
  .uniqueArray(backendRef, { minLength: 1, maxLength: 2, selector: ({ name }) => name })
  .filter((all) => all.some(({ weight = 1 }) => weight > 0));
const apiRule = fc.array(apiMatch, { maxLength: 2 }).chain((matches) => {
  const [only, ...others] = matches;
  // Istio makes `/newa` of `/a` where the prefix `/` is replaced by `/new` (docs/semantics/oracles.md).
  const isPrefix = others.length === 0 && only?.path?.type === 'PathPrefix' && only.path.value !== '/';
  return fc
    .tuple(apiFilters(isPrefix ? 'one prefix' : 'other matches'), backendRefs)
    .map(([filters, backends]) => ({
      ...(matches.length === 0 ? {} : { matches }),
      ...(filters.length === 0 ? {} : { filters }),
      ...(filters.some(({ type }) => type === 'RequestRedirect')
        ? {}
        : { backendRefs: filters.some(({ type }) => type === MODIFIES) ? backends.map(plain) : backends }),
    }));
});

/** Where a rule and its backend change one header, Istio has another order (docs/semantics/oracles.md). */
function plain({ filters: _filters, ...backend }: BackendRef): BackendRef {
  return backend;
}

export const apiWorld: fc.Arbitrary<World> = fc
  .record({
    listener: someOf(undefined, '*.example', '*.wild.example', 'a.example'),
    routes: fc.array(
      fc.record({
        hostnames: maybe(
          fc.uniqueArray(fc.constantFrom(...HOSTS.filter((host) => host !== '*')), {
            minLength: 1,
            maxLength: 2,
          }),
          6,
        ),
        rules: fc.array(apiRule, { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ listener, routes }) => ({
    api: 'gateway-api',
    gateway: apiGateway(isNarrowedOnce(routes) ? listener : undefined),
    routes: routes.map(
      ({ hostnames, rules }, index): HttpRoute => ({
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: `routes-${index}`, namespace: NAMESPACE },
        spec: { parentRefs: [{ name: 'edge' }], ...(hostnames === undefined ? {} : { hostnames }), rules },
      }),
    ),
  }));

/**
 * Where a listener's hostname narrows several hostnames to one, the API has the more specific of the declared ones first,
 * and Istio the older route (docs/semantics/oracles.md).
 */
function isNarrowedOnce(routes: readonly { readonly hostnames?: readonly string[] | undefined }[]): boolean {
  return routes.flatMap(({ hostnames = ['*'] }) => hostnames).length === 1;
}

function apiGateway(name: string | undefined): ApiGateway {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: NAMESPACE },
    spec: {
      gatewayClassName: 'istio',
      listeners: [
        {
          name: 'http',
          port: GATEWAY_PORT,
          protocol: 'HTTP',
          ...(name === undefined ? {} : { hostname: name }),
        },
      ],
    },
  };
}
