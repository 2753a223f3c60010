/** Generated gateways of Istio with VirtualServices. */

import fc from 'fast-check';
import { HOSTS, maybe, PATHS, PATTERNS, record, someOf } from './choices.ts';
import {
  GATEWAY_PORT,
  type IstioGateway,
  type IstioMatch,
  type IstioRule,
  NAMESPACE,
  type TextMatch,
  type VirtualService,
  type World,
} from './manifests.ts';

const VALUES = ['a', 'prod', '1', ''];

const uri: fc.Arbitrary<TextMatch> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...PATHS).map((exact) => ({ exact })) },
  { weight: 3, arbitrary: fc.constantFrom(...PATHS).map((prefix) => ({ prefix })) },
  { weight: 2, arbitrary: fc.constantFrom(...PATTERNS).map((regex) => ({ regex })) },
);
const text: fc.Arbitrary<TextMatch> = fc.oneof(
  fc.constantFrom(...VALUES).map((exact) => ({ exact })),
  someOf({ prefix: 'a' }, { prefix: 'pr' }, { regex: 'a+|prod' }, { regex: '[0-9]*' }, { regex: '*' }, {}),
);

function named(names: readonly string[]): fc.Arbitrary<Readonly<Record<string, TextMatch>>> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), text), {
      minLength: 1,
      maxLength: 2,
      selector: ([name]) => name,
    })
    .map((pairs) => Object.fromEntries(pairs));
}

const istioMatch: fc.Arbitrary<IstioMatch> = record<IstioMatch>({
  uri: maybe(uri, 8),
  ignoreUriCase: maybe(fc.constant(true), 2),
  headers: maybe(named(['x-user', 'X-Env', 'host']), 2),
  withoutHeaders: maybe(named(['x-user', 'x-env']), 2),
  queryParams: maybe(named(['q', 'user']), 2),
  method: maybe(someOf({ exact: 'GET' }, { exact: 'POST' }, { regex: 'GET|PUT' }), 2),
  authority: maybe(someOf({ exact: 'a.example' }, { prefix: 'a.' }, { regex: '.*\\.example(:[0-9]+)?' }), 2),
  scheme: maybe(someOf({ exact: 'http' }, { exact: 'https' }), 2),
  port: maybe(someOf(GATEWAY_PORT, 443), 2),
});
const headerChanges = someOf(
  { set: { 'x-user': 'set' } },
  { add: { 'x-user': 'more', 'x-new': 'n' } },
  { remove: ['x-user', 'X-Env'] },
  { set: { 'x-new': '1' }, add: { 'x-new': '2' }, remove: ['x-env'] },
  { set: { 'x-user': 'kept' }, remove: ['x-user'] },
  { set: { Host: 'set.internal' } },
  { set: { 'x-env': 'e' }, add: { host: 'added.internal' } },
);
const destination = record<NonNullable<IstioRule['route']>[number]>({
  destination: someOf(
    { host: 'a' },
    { host: 'b' },
    { host: 'c' },
    { host: 'a', subset: 'v1' },
    { host: 'gone' },
  ),
  weight: someOf(1, 1, 2, 0),
  headers: maybe(
    headerChanges.map((request) => ({ request })),
    2,
  ),
});
const rewrite = someOf<NonNullable<IstioRule['rewrite']>>(
  { uri: '/new' },
  { uri: '/' },
  { uri: '/new/' },
  { authority: 'x.internal' },
  { uri: '/new', authority: 'x.internal' },
  { uriRegexRewrite: { match: '^/a/(.*)$', rewrite: '/x/\\1' } },
  { uriRegexRewrite: { match: '[ab]', rewrite: '<\\0>' } },
);
const headers = maybe(
  headerChanges.map((request) => ({ request })),
  2,
);
const routing = record<IstioRule>({
  route: fc
    .uniqueArray(destination, {
      minLength: 1,
      maxLength: 3,
      selector: (each) => JSON.stringify(each.destination),
    })
    .filter((all) => all.length === 1 || all.some(({ weight = 0 }) => weight > 0)),
  rewrite: maybe(rewrite),
  headers,
  fault: maybe(fc.constant({ abort: { percentage: { value: 100 }, httpStatus: 418 } }), 2),
});
const redirecting = record<IstioRule>({
  redirect: record<NonNullable<IstioRule['redirect']>>({
    uri: maybe(someOf('/there', '/there?x=1')),
    authority: someOf('to.example', 'to.example:8443', undefined),
    scheme: maybe(someOf('http', 'https')),
    redirectCode: maybe(someOf(301, 302, 303, 307, 308)),
    port: maybe(someOf(80, 443, 8443)),
  }).chain((redirect) =>
    redirect.port === undefined
      ? someOf(redirect, { ...redirect, derivePort: 'FROM_REQUEST_PORT' })
      : fc.constant(redirect),
  ),
});
const answering = someOf<IstioRule>(
  { directResponse: { status: 418, body: { string: 'short and stout' } } },
  { directResponse: { status: 503 } },
);
const istioRule = fc
  .tuple(
    fc.array(istioMatch, { maxLength: 2 }),
    fc.oneof({ weight: 5, arbitrary: routing }, { weight: 2, arbitrary: redirecting }, answering),
  )
  .map(([match, action]): IstioRule => (match.length === 0 ? action : { match, ...action }));

/** Rules without a condition take everything behind them, and would make worlds dull. */
const istioRules = fc
  .array(istioRule, { minLength: 1, maxLength: 4 })
  .map((rules) => [...rules].sort((a, b) => Number(a.match === undefined) - Number(b.match === undefined)));

export const istioWorld: fc.Arbitrary<World> = fc
  .record({
    serverHosts: someOf(['*'], ['a.example', '*.wild.example'], ['*.example']),
    services: fc.array(
      fc.record({
        hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
        http: istioRules,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ serverHosts, services }) => ({
    api: 'istio',
    gateway: istioGateway(serverHosts),
    routes: services.map(
      (spec, index): VirtualService => ({
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: `routes-${index}`, namespace: NAMESPACE },
        spec: { gateways: ['edge'], ...spec },
      }),
    ),
  }));

function istioGateway(hosts: readonly string[]): IstioGateway {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: NAMESPACE },
    spec: {
      selector: { istio: 'edge' },
      servers: [{ port: { number: GATEWAY_PORT, name: 'http', protocol: 'HTTP' }, hosts }],
    },
  };
}
