/** Listeners: conflicts, ListenerSets, certificates. */

import { describe, expect, test } from 'vitest';
import { ask, gatewayOf, route, CERTIFICATE as SECRET, services, worldOf } from './gateway-world.ts';

const TO_A = 'rules: [{backendRefs: [{name: a, port: 80}]}]';
const TLS = 'tls: {certificateRefs: [{name: tls}]}';

describe('listeners that cannot be told apart', () => {
  function accepted(...listeners: readonly string[]): readonly string[] {
    const table = worldOf([SECRET, gatewayOf(...listeners)]).gateways[0];
    return (table?.listeners ?? []).map(({ body, conditions }) => {
      const [state] = conditions;
      return `${body.name} ${state?.status} ${state?.reason}`;
    });
  }

  // gateway_types.go `listeners`: no winner is picked among the listeners of a Gateway.
  test('two on the same port and hostname are both refused, the rest works', () => {
    expect(
      accepted(
        '{name: a, port: 80, protocol: HTTP}',
        '{name: b, port: 80, protocol: HTTP}',
        '{name: c, port: 80, protocol: HTTP, hostname: c.example}',
      ),
    ).toEqual(['a False HostnameConflict', 'b False HostnameConflict', 'c True Accepted']);
  });

  test('TCP conflicts with everything else on its port, UDP with nothing', () => {
    expect(
      accepted(
        '{name: a, port: 80, protocol: TCP}',
        '{name: b, port: 80, protocol: HTTP}',
        '{name: c, port: 80, protocol: UDP}',
      ),
    ).toEqual(['a False ProtocolConflict', 'b False ProtocolConflict', 'c True Accepted']);
  });

  // conformance/tests/gateway-listener-protocol-and-route-kind-conflicts.yaml.
  test('HTTPS and TLS on one port without hostnames conflict', () => {
    expect(
      accepted(
        `{name: a, port: 8443, protocol: HTTPS, ${TLS}}`,
        '{name: b, port: 8443, protocol: TLS, tls: {mode: Passthrough}}',
      ),
    ).toEqual(['a False ProtocolConflict', 'b False ProtocolConflict']);
  });

  // conformance/tests/gateway-https-and-tls-passthrough-same-port.go.
  test('HTTPS and TLS on one port are told apart by different hostnames', () => {
    expect(
      accepted(
        `{name: a, port: 443, protocol: HTTPS, hostname: "*.example.com", ${TLS}}`,
        '{name: b, port: 443, protocol: TLS, hostname: abc.example.com, tls: {mode: Passthrough}}',
      ),
    ).toEqual(['a True Accepted', 'b True Accepted']);
  });
});

// conformance/tests/listenerset-protocol-conflict.yaml.
test('between a Gateway and its ListenerSets the first listener keeps working', () => {
  const set = (name: string, ...listeners: readonly string[]) => `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: ${name}, namespace: demo}
spec: {parentRef: {name: edge}, listeners: [${listeners.join(', ')}]}
`;
  const api = worldOf([
    gatewayOf('{name: g, port: 80, protocol: HTTP, hostname: g.example}').replace(
      'listeners: [',
      'allowedListeners: {namespaces: {from: Same}}, listeners: [',
    ),
    set(
      'first',
      '{name: own, port: 80, protocol: HTTP, hostname: one.example}',
      '{name: tcp, port: 80, protocol: TCP}',
    ),
    set('second', '{name: tcp, port: 80, protocol: TCP}'),
  ]);
  const states = api.gateways[0]?.listeners.map(
    ({ owner, body, accepted }) => `${owner.metadata.name}/${body.name} ${accepted}`,
  );
  expect(states).toEqual(['edge/g true', 'first/own true', 'first/tcp false', 'second/tcp false']);
  expect(
    api.listenerSets.map(({ conditions }) => `${conditions[0]?.status} ${conditions[0]?.reason}`),
  ).toEqual(['True ListenersNotValid', 'False ListenersNotValid']);
});

// conformance/tests/gateway-invalid-tls-configuration.yaml.
test.each([
  ['{name: nonexistent}', 'InvalidCertificateRef'],
  ['{group: wrong.example, kind: Secret, name: tls}', 'InvalidCertificateRef'],
  ['{kind: WrongKind, name: tls}', 'InvalidCertificateRef'],
  ['{name: malformed}', 'InvalidCertificateRef'],
  ['{name: tls, namespace: other}', 'RefNotPermitted'],
])('the certificate %s: %s, and the handshake fails', (ref, reason) => {
  const malformed = SECRET.replace('name: tls', 'name: malformed').replace(/-----[^-]+-----/g, 'x');
  const api = worldOf([
    SECRET,
    malformed,
    services(),
    gatewayOf(`{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [${ref}]}}`),
    route('HTTPRoute', 'r', TO_A),
  ]);
  expect(api.gateways[0]?.listeners[0]?.conditions[1]).toMatchObject({
    type: 'ResolvedRefs',
    status: 'False',
    reason,
  });
  expect(ask(api, 'https://a.example/')).toMatchObject({ connection: 'rejected', status: 0 });
});

// conformance/tests/gateway-with-invalid-clientcertificate-validation.yaml.
describe('listeners that ask clients for a certificate', () => {
  const authority = (name: string, namespace = 'demo') => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: ${namespace}}
data: {ca.crt: "-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----"}
`;
  const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: cas, namespace: far}
spec: {from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: demo}], to: [{group: "", kind: ConfigMap, name: granted}]}
`;
  const ref = (rest: string) => `{group: "", kind: ConfigMap, ${rest}}`;
  const validation = (...refs: readonly string[]) =>
    `{validation: {caCertificateRefs: [${refs.join(', ')}]}}`;
  const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: demo}
spec:
  gatewayClassName: example
  tls:
    frontend:
      default: ${validation(ref('name: ca'))}
      perPort:
      - {port: 7443, tls: ${validation(ref('name: none'))}}
      - {port: 8443, tls: ${validation('{group: "", kind: Service, name: a}')}}
      - {port: 6443, tls: ${validation(ref('name: ca, namespace: far'))}}
      - {port: 5443, tls: ${validation(ref('name: granted, namespace: far'))}}
      - {port: 4443, tls: ${validation(ref('name: ca'), ref('name: none'))}}
      - {port: 3443, tls: {}}
      - {port: 2443, tls: {validation: {caCertificateRefs: [${ref('name: ca')}], mode: AllowInsecureFallback}}}
  listeners: [${['443', '7443', '8443', '6443', '5443', '4443', '3443', '2443'].map((port) => `{name: p${port}, port: ${port}, protocol: HTTPS, hostname: h${port}.example, ${TLS}}`).join(', ')}]
`;
  const world = worldOf([
    SECRET,
    authority('ca'),
    authority('ca', 'far'),
    authority('granted', 'far'),
    grant,
    GATEWAY,
    services(),
    route('HTTPRoute', 'web', TO_A),
  ]);

  test.each([
    ['p443', 'True Accepted', 'True ResolvedRefs'],
    ['p7443', 'False NoValidCACertificate', 'False InvalidCACertificateRef'],
    ['p8443', 'False NoValidCACertificate', 'False InvalidCACertificateKind'],
    ['p6443', 'False NoValidCACertificate', 'False RefNotPermitted'],
    ['p5443', 'True Accepted', 'True ResolvedRefs'],
    ['p4443', 'True Accepted', 'False InvalidCACertificateRef'],
    ['p3443', 'True Accepted', 'True ResolvedRefs'],
  ])('%s: %s, %s', (name, accepted, resolved) => {
    const listener = world.gateways[0]?.listeners.find(({ body }) => body.name === name);
    const conditions = (listener?.conditions ?? []).map(({ status, reason }) => `${status} ${reason}`);
    expect(conditions.slice(0, 2)).toEqual([accepted, resolved]);
  });

  test.each([
    [443, ['unmodelled']],
    [3443, []],
    [2443, []],
  ])('port %i: which certificate a client shows is not asked', (port, codes) => {
    const routing = ask(world, `https://h${port}.example:${port}/`);
    expect([routing.status, routing.unmodelled.map(({ code }) => code)]).toEqual([200, codes]);
  });
});

// conformance/tests/gateway-overlapping-tls-config-hostnames.yaml.
test('HTTPS listeners of a port with hostnames in common overlap', () => {
  const https = (name: string, hostname: string, port = 443) =>
    `{name: ${name}, port: ${port}, protocol: HTTPS, hostname: "${hostname}", ${TLS}}`;
  const world = worldOf([
    SECRET,
    gatewayOf(
      https('foo', 'foo.example.com'),
      https('bar', 'bar.bar.example.com'),
      https('wild', '*.example.com'),
      https('apex', 'example.com'),
      https('port', 'foo.example.com', 9443),
      '{name: plain, port: 80, protocol: HTTP, hostname: "*.example.com"}',
      '{name: other, port: 80, protocol: HTTP, hostname: foo.example.com}',
    ),
  ]);
  const overlapping = world.gateways[0]?.listeners.filter(({ conditions }) =>
    conditions.some(
      ({ type, reason }) => `${type} ${reason}` === 'OverlappingTLSConfig OverlappingHostnames',
    ),
  );
  expect(overlapping?.map(({ body }) => body.name)).toEqual(['foo', 'bar', 'wild']);
});
