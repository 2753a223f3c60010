/**
 * Gateways. Source: istio/istio:pilot/pkg/networking/core/gateway_simulation_test.go, pilot/pkg/model/gateway.go;
 * rules of docs/semantics/istio.md.
 */

import { describe, expect, test } from 'vitest';
import { istio, meshOf, pod, service } from './mesh.ts';

const INGRESS = `
---
apiVersion: v1
kind: Service
metadata: {name: ingress, namespace: edge}
spec:
  selector: {istio: ingress}
  ports: [{name: http2, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}, {name: tcp, port: 31400}]
${pod('edge', 'ingress-0', 'istio: ingress')}`;
const SERVICES = INGRESS + service('shop', 'a') + service('shop', 'b') + service('other', 'a');
const VIA = { via: 'edge/ingress' };

function gateway(name: string, ...servers: readonly string[]): string {
  return istio('Gateway', name, `{selector: {istio: ingress}, servers: [${servers.join(', ')}]}`);
}

const http = (hosts: string, more = '') =>
  `{port: {number: 80, name: http, protocol: HTTP}, hosts: ${hosts}${more}}`;
const bound = (name: string, hosts: string, rules: string, gateways = '[gw]') =>
  istio('VirtualService', name, `{hosts: ${hosts}, gateways: ${gateways}, http: ${rules}}`);
const to = (host: string) => `[{route: [{destination: {host: ${host}}}]}]`;

describe('10: gateways', () => {
  test('10.5: hosts that both have; others are 404; nothing listens without a server', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway('gw', http("['*.example.com']")),
      bound('v', '[x.example.com]', to('a')),
    );
    expect(ask('outside', 'http://x.example.com/', VIA)).toBe('delivered 100% a:80 [a-0]');
    expect(ask('outside', 'http://y.example.com/', VIA)).toBe('local-reply 404 NR');
    expect(ask('outside', 'https://x.example.com/', VIA)).toBe('refused');
    expect(ask('outside', 'http://x.example.com:81/', VIA)).toBe('refused');
    expect(meshOf(SERVICES).ask('outside', 'http://x.example.com/', VIA)).toBe('refused');
  });

  test('10.5: VirtualServices of one host are joined, and what asks nothing comes last', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway('gw', http("['*']")),
      bound('a-first', '[x.com]', to('a')),
      bound('b-second', '[x.com]', '[{match: [{uri: {prefix: /b}}], route: [{destination: {host: b}}]}]'),
    );
    expect(ask('outside', 'http://x.com/b', VIA)).toContain('b:80');
    expect(ask('outside', 'http://x.com/', VIA)).toContain('a:80');
  });

  test('10.3: a namespace before a host says whose VirtualServices may bind', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway('gw', http("['other/*.example.com', './own.example.com']")),
      bound('v', '[x.example.com, own.example.com]', to('a')),
      bound('other/v', '[y.example.com]', to('a'), '[shop/gw]'),
    );
    expect(ask('outside', 'http://x.example.com/', VIA)).toBe('local-reply 404 NR');
    expect(ask('outside', 'http://own.example.com/', VIA)).toContain('a:80');
    expect(ask('outside', 'http://y.example.com/', VIA)).toContain('a.other:80');
  });

  test('10.4: HTTP joins HTTP; of others on one port the first has it', () => {
    const tcp = '{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}';
    const rule = istio(
      'VirtualService',
      'v',
      '{hosts: ["*"], gateways: [a, b], tcp: [{route: [{destination: {host: a, port: {number: 80}}}]}], http: [{route: [{destination: {host: b}}]}]}',
    );
    expect(
      meshOf(SERVICES, gateway('a', tcp), gateway('b', http('["*"]')), rule).ask(
        'outside',
        'tcp://x.com:80',
        VIA,
      ),
    ).toContain('a:80');
    expect(
      meshOf(SERVICES, gateway('b', tcp), gateway('a', http('["*"]')), rule).ask(
        'outside',
        'http://x.com/',
        VIA,
      ),
    ).toContain('b:80');
  });

  test('10.5: httpsRedirect; TLS by the server name', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway(
        'gw',
        http('[x.com]', ', tls: {httpsRedirect: true}'),
        '{port: {number: 443, name: https-x, protocol: HTTPS}, hosts: [x.com], tls: {mode: SIMPLE, credentialName: c}}',
        '{port: {number: 443, name: tls-y, protocol: TLS}, hosts: [y.com], tls: {mode: PASSTHROUGH}}',
      ),
      bound('v', '[x.com]', to('a')),
      istio(
        'VirtualService',
        'tls',
        '{hosts: [y.com], gateways: [gw], tls: [{match: [{sniHosts: [y.com]}], route: [{destination: {host: b, port: {number: 80}}}]}]}',
      ),
    );
    expect(ask('outside', 'http://x.com/p?q', VIA)).toBe('local-reply 301 https://x.com/p?q');
    expect(ask('outside', 'https://x.com/', VIA)).toContain('delivered 100% a:80');
    expect(ask('outside', 'https://z.com/', VIA)).toBe('reset NR');
  });

  test('7.2: the port of a condition is the server’s, the gateway its own', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway('gw', http('["*"]')),
      bound(
        'v',
        '[x.com]',
        '[{match: [{port: 8080}], route: [{destination: {host: b}}]}, {match: [{port: 80, gateways: [gw]}], route: [{destination: {host: a}}]}]',
        '[gw, mesh]',
      ),
    );
    expect(ask('outside', 'http://x.com/', VIA)).toContain('a:80');
  });

  test('10.6: a rule for the mesh is nothing to a gateway, and one for a gateway nothing to a sidecar', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway('gw', http('["*"]')),
      bound('v', '[x.com]', to('a')),
      bound('w', '[a.shop.svc.cluster.local]', to('b'), '[mesh]'),
      bound('only', '[b]', to('a')),
    );
    expect(ask('outside', 'http://x.com/', VIA)).toContain('a:80');
    expect(ask('shop/client', 'http://a/')).toContain('b:80');
    expect(ask('shop/client', 'http://b/')).toContain('b:80');
  });

  test('a policy for the gateway itself', () => {
    const { ask } = meshOf(
      SERVICES,
      gateway('gw', http('["*"]')),
      bound('v', '[x.com]', to('a')),
      istio(
        'AuthorizationPolicy',
        'edge/no',
        '{selector: {matchLabels: {istio: ingress}}, action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]}',
      ),
    );
    expect(ask('outside', 'http://x.com/admin', VIA)).toBe('local-reply 403 RBAC');
    expect(ask('outside', 'http://x.com/', VIA)).toContain('delivered');
  });
});
