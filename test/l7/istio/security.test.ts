/**
 * mTLS and AuthorizationPolicies. Source: istio/istio:pilot/pkg/security/authn/policy_applier.go,
 * pilot/pkg/security/authz, tests/integration/security/testdata/authz; rules of docs/semantics/istio.md.
 */

import { describe, expect, test } from 'vitest';
import { istio, meshOf, service } from './mesh.ts';

const SERVICES =
  service('shop', 'web') + service('shop', 'db', '{name: tcp, port: 5432}') + service('plain', 'old');
const strict = (name: string, more = '') =>
  istio('PeerAuthentication', name, `{mtls: {mode: STRICT}${more}}`);

describe('11.1 to 11.3: PeerAuthentication', () => {
  test('mTLS among proxies, plaintext to who has none; STRICT closes plaintext connections', () => {
    const { ask, outcome } = meshOf(SERVICES, strict('default'));
    expect(outcome('shop/client', 'http://web/').branches[0]?.tls).toBe('mtls');
    expect(outcome('shop/client', 'http://old.plain/').branches[0]?.tls).toBe('none');
    expect(ask('plain/client', 'http://web.shop/')).toBe('reset 100% web:80 [web-0] reset');
    expect(outcome('plain/client', 'http://web.shop/').by).toBe('shop/web-0');
  });

  test('the workload’s before the namespace’s before the mesh’s; ports are the workload’s', () => {
    const ask = (...texts: readonly string[]) =>
      meshOf(SERVICES, ...texts).ask('plain/client', 'http://web.shop/');
    const mesh = strict('istio-system/mesh');
    expect(ask(mesh)).toContain('reset');
    expect(ask(mesh, istio('PeerAuthentication', 'ns', '{mtls: {mode: PERMISSIVE}}'))).toContain('delivered');
    expect(ask(mesh, istio('PeerAuthentication', 'ns', '{mtls: {mode: UNSET}}'))).toContain('reset');
    const own = (port: number) =>
      strict('own', `, selector: {matchLabels: {app: web}}, portLevelMtls: {${port}: {mode: DISABLE}}`);
    expect(ask(own(80))).toContain('reset');
    expect(ask(own(8080))).toContain('delivered');
    // A selector in the root namespace selects nothing.
    expect(ask(strict('istio-system/some', ', selector: {matchLabels: {app: web}}'))).toContain('delivered');
  });

  test('8.9: a DestinationRule that says otherwise fails at the other end', () => {
    const tls = (host: string, mode: string) =>
      istio('DestinationRule', 'tls', `{host: ${host}, trafficPolicy: {tls: {mode: ${mode}}}}`);
    expect(
      meshOf(SERVICES, strict('default'), tls('web', 'DISABLE')).ask('shop/client', 'http://web/'),
    ).toContain('local-reply 503 UC');
    expect(
      meshOf(SERVICES, tls('old.plain.svc.cluster.local', 'ISTIO_MUTUAL')).ask(
        'shop/client',
        'http://old.plain/',
      ),
    ).toContain('local-reply 503 UF');
  });

  test('an excluded port is the application’s alone', () => {
    const excluded = SERVICES.replace(
      'name: web-0, namespace: shop,',
      "name: web-0, namespace: shop, annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '8080'},",
    );
    expect(meshOf(excluded, strict('default')).ask('plain/client', 'http://web.shop/')).toContain(
      'delivered',
    );
  });
});

describe('11.4 to 11.8: AuthorizationPolicy', () => {
  const policy = (spec: string, metadata = '') => istio('AuthorizationPolicy', 'p', spec, metadata);
  const ask = (url: string, ...texts: readonly string[]) =>
    meshOf(SERVICES, ...texts).ask('shop/client', url);
  const WEB = 'http://web/admin/x';
  const DENIED = 'local-reply 403 RBAC';

  test.each([
    ['no rules allow nothing', '{}', DENIED],
    ['an empty rule allows everything', '{rules: [{}]}', 'delivered'],
    ['DENY without rules denies nothing', '{action: DENY}', 'delivered'],
    ['DENY with an empty rule', '{action: DENY, rules: [{}]}', DENIED],
    ['AUDIT decides nothing', '{action: AUDIT, rules: [{}]}', 'delivered'],
    [
      'an identity',
      '{rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/default]}}]}]}',
      'delivered',
    ],
    ['another identity', '{rules: [{from: [{source: {principals: ["*/sa/other"]}}]}]}', DENIED],
    ['a namespace', '{rules: [{from: [{source: {namespaces: [shop]}}]}]}', 'delivered'],
    ['a service account', '{rules: [{from: [{source: {serviceAccounts: [shop/default]}}]}]}', 'delivered'],
    ['a path', '{rules: [{to: [{operation: {paths: [/admin/*]}}]}]}', 'delivered'],
    ['a path template', '{rules: [{to: [{operation: {paths: ["/{*}/x"]}}]}]}', 'delivered'],
    ['a path template is one part', '{rules: [{to: [{operation: {paths: ["/{*}"]}}]}]}', DENIED],
    [
      'fields of one operation all hold',
      '{rules: [{to: [{operation: {paths: [/admin/*], methods: [POST]}}]}]}',
      DENIED,
    ],
    ['the port is the workload’s', '{rules: [{to: [{operation: {ports: ["80"]}}]}]}', DENIED],
    ['the port is the workload’s', '{rules: [{to: [{operation: {ports: ["8080"]}}]}]}', 'delivered'],
    [
      'from and when',
      '{rules: [{from: [{source: {namespaces: [shop]}}], when: [{key: "request.headers[x]", values: [y]}]}]}',
      DENIED,
    ],
    [
      'notValues of what is not there',
      '{rules: [{when: [{key: "request.headers[x]", notValues: [y]}]}]}',
      'delivered',
    ],
    ['a selector of others', '{selector: {matchLabels: {app: db}}}', 'delivered'],
    ['targets are for waypoints', '{targetRefs: [{kind: Gateway, name: g}]}', 'delivered'],
  ])('%s', (_name, spec, expected) => {
    expect(ask(WEB, policy(spec))).toContain(expected);
  });

  test('a dry run decides nothing', () => {
    expect(ask(WEB, policy('{}', ", annotations: {istio.io/dry-run: 'true'}"))).toContain('delivered');
  });

  test('DENY goes before ALLOW; the root namespace counts for all', () => {
    const allow = policy('{rules: [{}]}');
    const deny = istio(
      'AuthorizationPolicy',
      'istio-system/no',
      '{action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]}',
    );
    expect(ask(WEB, allow, deny)).toBe(DENIED);
    expect(ask('http://web/', allow, deny)).toContain('delivered');
  });

  test('11.7: without HTTP a rule that allows by it is gone, one that denies is wider', () => {
    const methods = '{operation: {methods: [GET]}}';
    expect(ask('tcp://db:5432', policy(`{rules: [{to: [${methods}]}]}`))).toContain('reset');
    expect(ask('tcp://db:5432', policy(`{action: DENY, rules: [{to: [${methods}]}]}`))).toContain('reset');
    expect(
      ask(
        'tcp://db:5432',
        policy(`{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['1']}}]}]}`),
      ),
    ).toContain('delivered');
  });

  test('a client without an identity: no name is its own, and "not a name" is', () => {
    const asked = (spec: string) => meshOf(SERVICES, policy(spec)).ask('plain/client', 'http://web.shop/');
    expect(asked("{rules: [{from: [{source: {principals: ['*']}}]}]}")).toBe(DENIED);
    expect(asked("{action: DENY, rules: [{from: [{source: {notPrincipals: ['*']}}]}]}")).toBe(DENIED);
  });

  test('11.9: a token of an unknown issuer is refused, none is none', () => {
    const jwt = istio('RequestAuthentication', 'jwt', '{jwtRules: [{issuer: me}]}');
    const token = (claims: object) => `Bearer e30.${btoa(JSON.stringify(claims)).replace(/=/g, '')}.sig`;
    const need = policy('{rules: [{from: [{source: {requestPrincipals: [me/bob]}}]}]}');
    const { ask: asked } = meshOf(SERVICES, jwt, need);
    const withToken = (value: string) =>
      asked('shop/client', 'http://web/', { headers: { authorization: value } });
    expect(withToken(token({ iss: 'me', sub: 'bob' }))).toContain('delivered');
    expect(withToken(token({ iss: 'me', sub: 'eve' }))).toBe(DENIED);
    expect(withToken(token({ iss: 'you', sub: 'bob' }))).toBe('local-reply 401');
    expect(withToken('Bearer nonsense')).toBe('local-reply 401');
    expect(asked('shop/client', 'http://web/')).toBe(DENIED);
  });
});
