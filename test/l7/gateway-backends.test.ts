/** Backends: TLS to them, and references across namespaces. */

import { describe, expect, test } from 'vitest';
import { ask, gatewayOf, route, services, worldOf } from './gateway-world.ts';

const HTTP = '{name: http, port: 80, protocol: HTTP}';

// conformance/tests/backendtlspolicy-conflict-resolution.go, backendtlspolicy-invalid-ca-certificate-ref.go.
describe('BackendTLSPolicy', () => {
  const policy = (name: string, target: string, validation: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: ${name}, namespace: demo}
spec: {targetRefs: [{group: "", kind: Service, ${target}}], validation: {hostname: ${name}.example, ${validation}}}
`;
  const system = 'wellKnownCACertificates: System';
  const api = worldOf([
    services(),
    gatewayOf(HTTP),
    route(
      'HTTPRoute',
      'r',
      `rules: [
      {matches: [{path: {value: /a80}}], backendRefs: [{name: a, port: 80}]},
      {matches: [{path: {value: /a81}}], backendRefs: [{name: a, port: 81}]},
      {matches: [{path: {value: /b}}], backendRefs: [{name: b, port: 80}]},
      {matches: [{path: {value: /c}}], backendRefs: [{name: c, port: 80}]}]`,
    ),
    policy('whole-1', 'name: a', system),
    policy('whole-2', 'name: a', system),
    policy('port', 'name: a, sectionName: http', system),
    policy('broken', 'name: b', 'caCertificateRefs: [{group: "", kind: ConfigMap, name: gone}]'),
  ]);

  test('of two with the same target the first by name governs, a port of its own goes before', () => {
    expect(
      api.policies.map(({ policy: { metadata }, conditions }) => `${metadata.name} ${conditions[0]?.reason}`),
    ).toEqual(['whole-1 Accepted', 'whole-2 Conflicted', 'port Accepted', 'broken NoValidCACertificate']);
    expect(ask(api, 'http://h/a80').shares[0]?.backendTls).toBe('port.example');
    expect(ask(api, 'http://h/a81').shares[0]?.backendTls).toBe('whole-1.example');
    expect(ask(api, 'http://h/c').shares[0]?.backendTls).toBeUndefined();
  });

  test('without a certificate authority nothing is sent', () => {
    expect(ask(api, 'http://h/b')).toMatchObject({ status: 500 });
  });
});

// geps/gep-709: the grant stands in the namespace of the target and names kind and namespace of who asks.
test.each([
  { own: 'elsewhere', reason: 'RefNotPermitted' },
  { reason: 'ResolvedRefs' },
  { to: 'Service, name: x', reason: 'RefNotPermitted' },
  { to: 'Service, name: a', reason: 'ResolvedRefs' },
  { namespace: 'other', reason: 'RefNotPermitted' },
  { kind: 'GRPCRoute', reason: 'RefNotPermitted' },
  { to: 'Secret', reason: 'RefNotPermitted' },
])('a grant %j', ({ own = 'far', kind = 'HTTPRoute', namespace = 'demo', to = 'Service', reason }) => {
  const api = worldOf([
    services('far'),
    gatewayOf(HTTP),
    route('HTTPRoute', 'r', 'rules: [{backendRefs: [{name: a, namespace: far, port: 80}]}]'),
    `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: ${own}}
spec: {from: [{group: gateway.networking.k8s.io, kind: ${kind}, namespace: ${namespace}}], to: [{group: "", kind: ${to}}]}
`,
  ]);
  expect(api.statuses[0]?.conditions[1]?.reason).toBe(reason);
  expect(ask(api, 'http://h/').status).toBe(reason === 'ResolvedRefs' ? 200 : 500);
});
