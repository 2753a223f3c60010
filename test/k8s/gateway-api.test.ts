/** The kinds of the Gateway API: what is read, in which versions, and what the API server refuses. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';
import type { KnownKind } from '../../src/k8s/kinds.ts';

const GROUP = 'gateway.networking.k8s.io';

function read<Kind extends KnownKind>(kind: Kind, spec: unknown, apiVersion = `${GROUP}/v1`) {
  const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'it', namespace: 'shop' }, spec });
  const snapshot = loadSnapshot({ files: [{ name: 'it.json', text }], profile: { flags: { set: [] } } });
  const [object] = snapshot.objects.ofKind(kind);
  if (object === undefined) throw new Error('not read');
  const said = snapshot.diagnostics;
  return {
    body: object.body,
    complaints: said.flatMap(({ code, text: words }) => (code === 'invalid-field' ? [words] : [])),
    codes: said.map(({ code }) => code),
  };
}

const backendRefs = [{ name: 'web', port: 80 }];
const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };

function rule(part: object): object {
  return { rules: [{ backendRefs, ...part }] };
}

// kubernetes-sigs/gateway-api:pkg/test/cel/httproute_test.go and the XValidation messages of httproute_types.go.
describe('what the API server refuses of an HTTPRoute', () => {
  test.each([
    [rule({ filters: [redirect] }), 'RequestRedirect filter must not be used together with backendRefs'],
    [
      { rules: [{ filters: [redirect, { type: 'URLRewrite', urlRewrite: { hostname: 'a.example' } }] }] },
      'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
    ],
    [rule({ filters: [header('a'), header('b')] }), 'RequestHeaderModifier filter cannot be repeated'],
    [rule({ filters: [{ type: 'CORS' }] }), 'filter.cors must be specified for CORS filter.type'],
    [rule({ matches: [{ path: { value: 'foo' } }] }), "value must be an absolute path and start with '/'"],
    [rule({ matches: [{ path: { value: '/a//b' } }] }), "must not contain '//'"],
    [rule({ matches: [{ path: { value: '/a/../b' } }] }), "must not contain '/../'"],
    [rule({ matches: [{ path: { value: '/a%2fb' } }] }), "must not contain '%2f'"],
    [rule({ matches: [{ path: { value: '/a#b' } }] }), "must not contain '#'"],
    [rule({ matches: [{ path: { value: '/a/..' } }] }), "cannot end with '/..'"],
    [rule({ matches: [{ path: { type: 'Prefix', value: '/a' } }] }), 'Unsupported value: "Prefix"'],
    [rule({ matches: [{ method: 'get' }] }), 'Unsupported value: "get"'],
    [
      rule({ matches: [{ path: { type: 'Exact', value: '/a' } }], filters: [rewritePrefix('/b')] }),
      'When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    ],
    [{ rules: [{ backendRefs: [{ name: 'web' }] }] }, 'Must have port for Service reference'],
    [
      { rules: [{ backendRefs: [{ name: 'web', port: 80, weight: 1_000_001 }] }] },
      'must be between 0 and 1000000',
    ],
    [{ rules: [{ backendRefs: [{ name: 'web', port: 80, weight: -1 }] }] }, 'must be between 0 and 1000000'],
    [{ hostnames: ['10.0.0.1'], ...rule({}) }, 'must be a DNS name, not an IP address'],
    [{ hostnames: ['a.example:80'], ...rule({}) }, 'a lowercase RFC 1123 subdomain'],
    [{ hostnames: ['a.*.example'], ...rule({}) }, "must start with '*.'"],
    [
      rule({
        filters: [
          {
            type: 'RequestMirror',
            requestMirror: { backendRef: backendRefs[0], percent: 5, fraction: { numerator: 1 } },
          },
        ],
      }),
      'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
    ],
    [
      rule({ filters: [{ type: 'CORS', cors: { allowOrigins: ['*', 'https://a.example'] } }] }),
      "AllowOrigins cannot contain '*' alongside other origins",
    ],
    [
      rule({ filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 304 } }], backendRefs: [] }),
      'supported values: 301, 302, 303, 307, 308',
    ],
  ])('%j', (spec, complaint) => {
    const { complaints } = read('HTTPRoute', spec);
    expect(complaints).toEqual([expect.stringContaining(complaint)]);
  });
});

function header(value: string): object {
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value }] } };
}

function rewritePrefix(replacePrefixMatch: string): object {
  return {
    type: 'URLRewrite',
    urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch } },
  };
}

describe('what is left out never means more than was written', () => {
  test('hostnames that are none leave no host, not every host', () => {
    expect(read('HTTPRoute', { hostnames: ['10.0.0.1'], ...rule({}) }).body.hostnames).toEqual([]);
    expect(read('HTTPRoute', rule({})).body.hostnames).toBeUndefined();
  });

  test('a match that cannot be read leaves no match, not every request', () => {
    expect(read('HTTPRoute', rule({ matches: [{ path: { value: 'x' } }] })).body.rules[0]?.matches).toEqual(
      [],
    );
    expect(read('HTTPRoute', rule({})).body.rules[0]?.matches).toBeUndefined();
  });

  test.each([
    ['a mapping', { path: { value: '/a' } }, 'matches: Invalid value: {…}: must be an array'],
    ['a text', '/a', 'matches: Invalid value: "/a": must be an array'],
    ['no mappings', ['/a'], 'matches[0]: Invalid value: "/a": must be an object'],
    [
      'a type that is no text',
      [{ path: { type: ['Exact'], value: '/a' } }],
      'matches[0].path.type: Invalid value: ["Exact"]: must be a string',
    ],
  ])('matches that are %s match nothing, and are reported', (_name, matches, complaint) => {
    for (const kind of ['HTTPRoute', 'GRPCRoute'] as const) {
      if (kind === 'GRPCRoute' && Array.isArray(matches) && typeof matches[0] === 'object') continue;
      const { body, complaints } = read(kind, rule({ matches }));
      expect(body.rules[0]?.matches).toEqual([]);
      expect(complaints).toEqual([`spec.rules[0].${complaint}`]);
    }
  });

  test('a method that is no text is no method, not every one', () => {
    expect(read('HTTPRoute', rule({ matches: [{ method: ['GET'] }] })).body.rules[0]?.matches).toEqual([]);
  });

  test('kinds of routes that are no list admit no route, not those of the protocol', () => {
    const listener = {
      name: 'a',
      port: 80,
      protocol: 'HTTP',
      allowedRoutes: { kinds: { kind: 'HTTPRoute' } },
    };
    const { body, complaints } = read('Gateway', { gatewayClassName: 'c', listeners: [listener] });
    expect(body.listeners[0]?.kinds).toEqual([]);
    expect(complaints).toEqual([
      'spec.listeners[0].allowedRoutes.kinds: Invalid value: {…}: must be an array',
    ]);
  });

  test('a filter of an unknown type is kept as one that cannot be read', () => {
    const { body } = read('HTTPRoute', rule({ filters: [{ type: 'Teleport' }] }));
    expect(body.rules[0]?.filters).toMatchObject([{ kind: 'unreadable' }]);
  });
});

// httproute_types.go: the default of `rules`.
test('an HTTPRoute without rules has one that matches everything and has no backend', () => {
  expect(read('HTTPRoute', {}).body.rules).toMatchObject([{ backends: [] }]);
});

// httproute_types.go HTTPHeaderMatch.name: the first of equivalent names counts.
test('of two conditions on one header the first counts, names know no case', () => {
  const { body } = read(
    'HTTPRoute',
    rule({
      matches: [
        {
          headers: [
            { name: 'Version', value: '1' },
            { name: 'version', value: '2' },
          ],
        },
      ],
    }),
  );
  expect(body.rules[0]?.matches?.[0]?.headers).toEqual([{ name: 'version', type: 'Exact', value: '1' }]);
});

// kubernetes-sigs/gateway-api:pkg/test/cel/gateway_test.go.
describe('listeners', () => {
  test.each([
    [
      { name: 'a', port: 80, protocol: 'HTTP', tls: { certificateRefs: [{ name: 's' }] } },
      "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    ],
    [
      { name: 'a', port: 443, protocol: 'HTTPS', tls: { mode: 'Passthrough' } },
      'tls mode must be Terminate for protocol HTTPS',
    ],
    [{ name: 'a', port: 443, protocol: 'TLS' }, 'tls mode must be set for protocol TLS'],
    [
      { name: 'a', port: 443, protocol: 'HTTPS', tls: {} },
      'certificateRefs or options must be specified when mode is Terminate',
    ],
    [
      { name: 'a', port: 80, protocol: 'TCP', hostname: 'a.example' },
      "hostname must not be specified for protocols ['TCP', 'UDP']",
    ],
    [{ name: 'a', port: 0, protocol: 'HTTP' }, 'must be between 1 and 65535'],
    [{ name: 'a', protocol: 'HTTP' }, 'spec.listeners[0].port: Required value'],
  ])('%j', (listener, complaint) => {
    const { complaints } = read('Gateway', { gatewayClassName: 'x', listeners: [listener] });
    expect(complaints).toEqual([expect.stringContaining(complaint)]);
  });

  // gateway_types.go ProtocolType: all values must be treated case-insensitively.
  test('protocols know no case', () => {
    const { body } = read('Gateway', {
      gatewayClassName: 'x',
      listeners: [{ name: 'a', port: 80, protocol: 'hTtP' }],
    });
    expect(body.listeners[0]?.protocol).toBe('HTTP');
  });

  test('allowedRoutes is Same by default, allowedListeners None', () => {
    const { body } = read('Gateway', {
      gatewayClassName: 'x',
      listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }],
    });
    expect(body.listeners[0]?.namespaces).toEqual({ from: 'Same' });
    expect(body.allowedListeners).toEqual({ from: 'None' });
  });
});

// kubernetes-sigs/gateway-api:config/crd: which versions are served.
describe('versions', () => {
  test.each([
    ['HTTPRoute', `${GROUP}/v1beta1`, []],
    ['ReferenceGrant', `${GROUP}/v1beta1`, []],
    ['HTTPRoute', `${GROUP}/v1alpha2`, ['deprecated-version']],
    ['TCPRoute', `${GROUP}/v1alpha2`, ['deprecated-version']],
    ['TLSRoute', `${GROUP}/v1alpha3`, ['deprecated-version']],
    ['BackendTLSPolicy', `${GROUP}/v1alpha3`, ['deprecated-version']],
  ] as const)('%s of %s', (kind, apiVersion, codes) => {
    const found = read(kind, {}, apiVersion).codes.filter((code) => code === 'deprecated-version');
    expect(found).toEqual(codes);
  });

  test('XListenerSet is read as a kind of its own', () => {
    const spec = { parentRef: { name: 'edge' }, listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }] };
    const { body } = read('XListenerSet', spec, 'gateway.networking.x-k8s.io/v1alpha1');
    expect(body).toMatchObject({ parent: { kind: 'Gateway', name: 'edge' }, listeners: [{ name: 'a' }] });
  });

  test('BackendTLSPolicy v1alpha2: targetRef and tls', () => {
    const spec = {
      targetRef: { group: '', kind: 'Service', name: 'web' },
      tls: { hostname: 'a.example', wellKnownCACerts: 'System' },
    };
    const { body } = read('BackendTLSPolicy', spec, `${GROUP}/v1alpha2`);
    expect(body).toMatchObject({ hostname: 'a.example', wellKnown: true, targets: [{ name: 'web' }] });
  });
});

test.each([
  'Gateway',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'ReferenceGrant',
  'ListenerSet',
  'BackendTLSPolicy',
] as const)('%s with values of other kinds everywhere is read without an exception', (kind) => {
  for (const value of [
    null,
    7,
    'x',
    [],
    [7],
    { rules: 'x', listeners: [{}], parentRefs: [7], hostnames: 7 },
  ]) {
    expect(() => read(kind, value)).not.toThrow();
  }
});
