/** The Gateway API engine, by what upstream's conformance tests and type comments say. */

import { describe, expect, test } from 'vitest';
import { parseGatewayRequest } from '../../src/index.ts';
import { coversHostname, hostnamesFor, intersectHostnames } from '../../src/l7/gateway-api/hostnames.ts';
import { modifiedUri } from '../../src/l7/gateway-api/paths.ts';
import { ask, gatewayOf, route, CERTIFICATE as SECRET, services, worldOf } from './gateway-world.ts';

const HTTP = '{name: http, port: 80, protocol: HTTP}';
const TO_A = 'rules: [{backendRefs: [{name: a, port: 80}]}]';

// kubernetes-sigs/gateway-api:apis/v1/httproute_types.go `hostnames`, gateway_types.go `hostname`.
describe('hostnames', () => {
  test.each([
    ['test.example.com', 'test.example.com', 'test.example.com'],
    ['test.example.com', '*.example.com', 'test.example.com'],
    ['*.example.com', 'foo.test.example.com', 'foo.test.example.com'],
    ['*.example.com', '*.test.example.com', '*.test.example.com'],
    ['*.example.com', 'example.com', undefined],
    ['*.example.com', 'test.example.net', undefined],
    ['*.example.com', '*.example.org', undefined],
    ['*', 'a.example', 'a.example'],
    ['*', '*', '*'],
  ])('%s and %s have %s in common', (a, b, common) => {
    expect(intersectHostnames(a, b)).toBe(common);
    expect(intersectHostnames(b, a)).toBe(common);
  });

  test('the longer wildcard comes first, the whole name before it', () => {
    expect([...hostnamesFor('a.b.c')]).toEqual(['a.b.c', '*.b.c', '*.c', '*']);
    expect(coversHostname('*.com', 'xcom')).toBe(false);
  });
});

// The table at httproute_types.go `replacePrefixMatch`.
test.each([
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
])('%s with the prefix %s replaced by %s is %s', (path, prefix, value, expected) => {
  expect(modifiedUri(`${path}?q=1`, { type: 'ReplacePrefixMatch', value }, prefix)).toBe(`${expected}?q=1`);
});

const TLS = 'tls: {certificateRefs: [{name: tls}]}';

// kubernetes-sigs/gateway-api:conformance/tests/httproute-https-listener-detect-misdirected-requests.go.
describe('the name in the handshake and the Host header', () => {
  const api = worldOf([
    SECRET,
    services(),
    gatewayOf(
      `{name: https, port: 443, protocol: HTTPS, ${TLS}}`,
      `{name: with-hostname, port: 443, protocol: HTTPS, hostname: second-example.org, ${TLS}}`,
      `{name: with-wildcard, port: 443, protocol: HTTPS, hostname: "*.wildcard.org", ${TLS}}`,
      `{name: matching-wildcard, port: 443, protocol: HTTPS, hostname: fourth-example.wildcard.org, ${TLS}}`,
    ),
    route('HTTPRoute', 'r1', `hostnames: [example.org], ${TO_A}`),
    route(
      'HTTPRoute',
      'r2',
      'parentRefs: [{name: edge, sectionName: with-hostname}], rules: [{backendRefs: [{name: b, port: 80}]}]',
    ),
    route(
      'HTTPRoute',
      'r3',
      'parentRefs: [{name: edge, sectionName: with-wildcard}], rules: [{backendRefs: [{name: c, port: 80}]}]',
    ),
    route('HTTPRoute', 'r4', `parentRefs: [{name: edge, sectionName: matching-wildcard}], ${TO_A}`),
  ]);

  test.each([
    ['example.org', 'example.org', 200],
    ['example.org', 'second-example.org', 421],
    ['example.org', 'unknown-example.org', 404],
    ['second-example.org', 'second-example.org', 200],
    ['second-example.org', 'example.org', 421],
    ['second-example.org', 'unknown-example.org', 421],
    ['third-example.wildcard.org', 'third-example.wildcard.org', 200],
    ['third-example.wildcard.org', 'fith-example.wildcard.org', 200],
    ['third-example.wildcard.org', 'fourth-example.wildcard.org', 421],
    ['third-example.wildcard.org', 'second-example.org', 421],
    ['third-example.wildcard.org', 'unknown-example.org', 421],
    ['fourth-example.wildcard.org', 'fourth-example.wildcard.org', 200],
    ['fourth-example.wildcard.org', 'fith-example.wildcard.org', 421],
    ['unknown-example.org', 'example.org', 200],
    ['unknown-example.org', 'unknown-example.org', 404],
  ])('SNI %s, Host %s: %i', (sni, host, status) => {
    expect(ask(api, `https://${host}/`, { sni }).status).toBe(status);
  });
});

// httproute_types.go `port` of a redirect, conformance/tests/httproute-redirect-port-and-scheme.go.
test.each([
  ['scheme: https', 'http://a.example:8080/x?q=1', 'https://a.example/x?q=1'],
  // Envoy 1.40.0 leaves the client's case (docs/semantics/oracles.md).
  ['scheme: https', 'http://A.Example:8080/x', 'https://A.Example/x'],
  ['hostname: b.example', 'http://a.example:8080/x', 'http://b.example:8080/x'],
  ['hostname: b.example, port: 80', 'http://a.example:8080/x', 'http://b.example/x'],
  ['scheme: https, port: 8443', 'http://a.example:8080/x', 'https://a.example:8443/x'],
  [
    'path: {type: ReplaceFullPath, replaceFullPath: /y}, statusCode: 308',
    'http://a.example:8080/x',
    'http://a.example:8080/y',
  ],
])('a redirect {%s} of %s leads to %s', (filter, url, location) => {
  const api = worldOf([
    gatewayOf('{name: http, port: 8080, protocol: HTTP}'),
    route('HTTPRoute', 'r', `rules: [{filters: [{type: RequestRedirect, requestRedirect: {${filter}}}]}]`),
  ]);
  expect(ask(api, url)).toMatchObject({ status: filter.includes('308') ? 308 : 302, redirect: location });
});

describe('weights', () => {
  const api = worldOf([
    services(),
    gatewayOf(HTTP),
    route(
      'HTTPRoute',
      'r',
      `rules: [
        {matches: [{path: {value: /part}}], backendRefs: [{name: a, port: 80, weight: 3}, {name: gone, port: 80}]},
        {matches: [{path: {value: /none}}], backendRefs: [{name: a, port: 80, weight: 0}]},
        {matches: [{path: {value: /same}}], backendRefs: [{name: a, port: 80, weight: 5}, {name: a, port: 80, weight: 7}]},
        {matches: [{path: {value: /big}}], backendRefs: [{name: a, port: 80, weight: 1000000}, {name: b, port: 80, weight: 1000000}]}]`,
    ),
  ]);

  // httproute_types.go `backendRefs`: the share of an invalid backend gets 500.
  test('an invalid backend answers its share with 500', () => {
    const { status, weights } = ask(api, 'http://h/part');
    expect(status).toBe(200);
    expect(
      [...(weights ?? [])].map(([name, { numerator, denominator }]) => [name, numerator / denominator]),
    ).toEqual([
      ['demo/a:80', 0.75],
      ['500', 0.25],
    ]);
  });

  // conformance/tests/httproute-all-backends-weight-zero.go.
  test('all weights zero: 500', () => expect(ask(api, 'http://h/none').status).toBe(500));

  test('one backend twice is one backend', () => {
    expect(ask(api, 'http://h/same')).toMatchObject({ status: 200, backend: { service: 'demo/a' } });
  });

  test('the biggest weights keep exact shares', () => {
    expect([...(ask(api, 'http://h/big').weights?.values() ?? [])]).toEqual([
      { numerator: 1, denominator: 2 },
      { numerator: 1, denominator: 2 },
    ]);
  });
});

describe('hostile input', () => {
  const api = worldOf([
    services(),
    gatewayOf(HTTP, '{name: idn, port: 80, protocol: HTTP, hostname: xn--bcher-kva.example}'),
    route(
      'HTTPRoute',
      'r',
      `rules: [
        {matches: [{path: {type: RegularExpression, value: "(a+)+b"}}], backendRefs: [{name: b, port: 80}]},
        {matches: [{path: {type: RegularExpression, value: "/x)|(.*"}}], backendRefs: [{name: b, port: 80}]},
        {matches: [{path: {type: Exact, value: /a/b}}], backendRefs: [{name: a, port: 80}]}]`,
    ),
  ]);

  test('a pattern that backtracks elsewhere is matched in linear time', () => {
    expect(ask(api, `http://h/${'a'.repeat(50_000)}c`).status).toBe(404);
  });

  test('a pattern that is only one inside of brackets matches nothing', () => {
    expect(ask(api, 'http://h/y').status).toBe(404);
  });

  test.each(['/a//b', '/a/./b', '/a/../a/b', '/a%2Fb', '/a%2fb', '/A/b'])(
    '%s is not /a/b, and the answer says what is open',
    (path) => {
      const { status, unmodelled } = ask(api, `http://h${path}`);
      expect(status).toBe(404);
      expect(unmodelled.length).toBe(path === '/A/b' ? 0 : 1);
    },
  );

  test('names outside ASCII are asked for in ASCII', () => {
    expect(parseGatewayRequest('http://bücher.example/')?.host).toBe('xn--bcher-kva.example');
    expect(ask(api, 'http://bücher.example/a/b').listener?.body.name).toBe('idn');
  });

  // RFC 6066 3: literal addresses are not permitted in the server name.
  test.each(['203.0.113.10', '[2001:db8::1]'])('%s is no server name', (host) => {
    expect(parseGatewayRequest(`https://${host}/`)?.sni).toBeUndefined();
    expect(ask(api, `http://${host}/a/b`).status).toBe(200);
  });

  test.each(['ftp://h/', 'http:///', 'tcp://h', 'http://h:0/', 'http://h:65536/', ''])(
    '%j is no request',
    (url) => {
      expect(parseGatewayRequest(url)).toBeUndefined();
    },
  );
});

// apis/v1/grpcroute_types.go `hostnames`: HTTPRoutes and GRPCRoutes do not share a hostname.
test('of an HTTPRoute and a GRPCRoute with a hostname in common the older one stays', () => {
  const api = worldOf([
    services(),
    gatewayOf(HTTP),
    route('HTTPRoute', 'new', `hostnames: [a.example], ${TO_A}`, 'creationTimestamp: "2026-01-02T00:00:00Z"'),
    route(
      'GRPCRoute',
      'old',
      `hostnames: ["*.example"], ${TO_A}`,
      'creationTimestamp: "2026-01-01T00:00:00Z"',
    ),
  ]);
  expect(api.statuses.map(({ route: { kind }, accepted }) => [kind, accepted])).toEqual([
    ['HTTPRoute', false],
    ['GRPCRoute', true],
  ]);
  expect(ask(api, 'http://a.example/').status).toBe(404);
  expect(ask(api, 'http://a.example/pkg.S/M', { protocol: 'grpc' })).toMatchObject({ grpcStatus: 'OK' });
});

// grpcroute_types.go, conformance/tests/grpcroute-listener-hostname-matching.go: a host of no listener is UNIMPLEMENTED.
test('a call of gRPC gets UNIMPLEMENTED where HTTP gets 404, whoever answers it', () => {
  const api = worldOf([
    services(),
    gatewayOf('{name: http, port: 80, protocol: HTTP, hostname: a.example}'),
    route(
      'GRPCRoute',
      'r',
      `rules: [{matches: [{method: {service: pkg.S}}], backendRefs: [{name: a, port: 80}]}]`,
    ),
  ]);
  for (const url of ['http://b.example/pkg.S/M', 'http://a.example/pkg.T/M']) {
    expect(ask(api, url, { protocol: 'grpc' })).toMatchObject({ status: 404, grpcStatus: 'UNIMPLEMENTED' });
  }
});

// gateway_types.go RouteNamespaces: a namespace that no manifest writes has its name as a label all the same.
test('a selector by name admits a namespace that nobody wrote', () => {
  const listener =
    '{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: far}}}}}';
  const far = route('HTTPRoute', 'r', `parentRefs: [{name: edge, namespace: demo}], ${TO_A}`).replace(
    'namespace: demo}\nspec',
    'namespace: far}\nspec',
  );
  const api = worldOf([gatewayOf(listener), far]);
  expect(api.statuses[0]).toMatchObject({ accepted: true });
});
