/**
 * Who is in the mesh, and what its proxies know. Source: istio/istio:pilot/pkg/model/sidecar.go, push_context_test.go,
 * sidecar_simulation_test.go, pkg/kube/inject/inject.go; rules of docs/semantics/istio.md.
 */

import { describe, expect, test } from 'vitest';
import { istio, meshOf, pod, service } from './mesh.ts';

const SERVICES = service('shop', 'web') + service('other', 'remote') + service('plain', 'old');
const REGISTRY_ONLY = `
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}
`;

describe('1: membership', () => {
  test.each([
    ['shop', 'app: x', '', 'sidecar'],
    ['shop', 'sidecar.istio.io/inject: "false"', '', 'none'],
    ['plain', 'sidecar.istio.io/inject: "true"', '', 'sidecar'],
    ['plain', 'app: x', 'sidecar.istio.io/inject: "true"', 'none'],
    ['shop', 'app: x', 'sidecar.istio.io/inject: "false"', 'none'],
    ['plain', 'istio.io/dataplane-mode: ambient', '', 'ambient'],
    ['plain', 'istio.io/rev: canary', '', 'sidecar'],
    ['plain', 'app: x', 'sidecar.istio.io/status: injected', 'sidecar'],
  ])('%s {%s} {%s}: %s', (namespace, labels, annotations, expected) => {
    const text = pod(namespace, 'asked', labels).replace('labels:', `annotations: {${annotations}}, labels:`);
    const { snapshot, mesh } = meshOf(text);
    const asked = snapshot.cluster.pods.find(({ name }) => name === 'asked');
    expect(asked && mesh.mesh.membership(asked).membership).toBe(expected);
  });

  test('1.6: rules are nothing to a client without a proxy', () => {
    const fault =
      '[{fault: {abort: {percentage: {value: 100}, httpStatus: 500}}, route: [{destination: {host: web}}]}]';
    const { ask } = meshOf(SERVICES, istio('VirtualService', 'web', `{hosts: [web], http: ${fault}}`));
    expect(ask('shop/client', 'http://web/')).toBe('local-reply 500 FI');
    expect(ask('plain/client', 'http://web.shop/')).toBe('delivered 100% web:80 [web-0]');
    expect(ask('plain/client', 'http://web.shop:81/')).toBe('refused 100% web:81 [] reset');
  });
});

describe('4: what a proxy knows', () => {
  const vs = (metadata: string, spec: string) => istio('VirtualService', metadata, spec);
  const abort =
    'http: [{fault: {abort: {percentage: {value: 100}, httpStatus: 418}}, route: [{destination: {host: remote}}]}]';

  test('4.1: exportTo', () => {
    const { ask } = meshOf(SERVICES, vs('other/v', `{hosts: [remote], exportTo: [.], ${abort}}`));
    expect(ask('other/client', 'http://remote/')).toBe('local-reply 418 FI');
    expect(ask('shop/client', 'http://remote.other/')).toBe('delivered 100% remote.other:80 [remote-0]');
    const nobody = meshOf(SERVICES, vs('other/v', `{hosts: [remote], exportTo: ['~'], ${abort}}`));
    expect(nobody.ask('other/client', 'http://remote/')).toBe('delivered 100% remote.other:80 [remote-0]');
  });

  test('4.2 to 4.4: a Sidecar narrows it; what is not known goes on as dialled, or nowhere', () => {
    const own = istio('Sidecar', 'default', "{egress: [{hosts: ['./*']}]}");
    expect(meshOf(SERVICES, own).ask('shop/client', 'http://remote.other/')).toBe('passthrough');
    const strict = meshOf(SERVICES, own, REGISTRY_ONLY);
    expect(strict.ask('shop/client', 'http://remote.other/')).toBe('local-reply 502');
    expect(strict.ask('shop/client', 'tcp://198.51.100.9:5432')).toBe('reset UH');
    expect(strict.ask('shop/client', 'http://web/')).toBe('delivered 100% web:80 [web-0]');
    expect(strict.ask('other/client', 'http://web.shop/')).toBe('delivered 100% web:80 [web-0]');
  });

  test('4.2: one that selects the pod, then the namespace’s, then the root’s', () => {
    const texts = [
      istio('Sidecar', 'istio-system/root', "{egress: [{hosts: ['~/*']}]}"),
      istio('Sidecar', 'shop/all', "{egress: [{hosts: ['./*']}]}"),
      istio(
        'Sidecar',
        'shop/some',
        "{workloadSelector: {labels: {app: client}}, egress: [{hosts: ['*/*']}]}",
      ),
    ];
    expect(meshOf(SERVICES, ...texts).ask('shop/client', 'http://remote.other/')).toContain('delivered');
    expect(meshOf(SERVICES, ...texts.slice(0, 2)).ask('shop/client', 'http://remote.other/')).toBe(
      'passthrough',
    );
    expect(meshOf(SERVICES, ...texts).ask('other/client', 'http://remote/')).toBe('passthrough');
  });

  test('4.5: what an imported rule leads to is known too', () => {
    const { ask } = meshOf(
      SERVICES,
      istio('Sidecar', 'default', "{egress: [{hosts: ['./*']}]}"),
      vs(
        'shop/v',
        '{hosts: [web], http: [{route: [{destination: {host: remote.other.svc.cluster.local}}]}]}',
      ),
    );
    expect(ask('shop/client', 'http://web/')).toBe('delivered 100% remote.other:80 [remote-0]');
    expect(ask('shop/client', 'http://remote.other/')).toBe('passthrough');
  });
});

describe('9: ServiceEntries, aliases, headless Services', () => {
  const entry = (name: string, spec: string) => istio('ServiceEntry', name, spec);

  test('9.2: a TCP port without addresses takes the port of every address that is nobody’s', () => {
    const { ask } = meshOf(
      SERVICES,
      service('shop', 'db', '{name: tcp, port: 5432}'),
      entry(
        'ext',
        '{hosts: [db.example.com], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 5432, name: tcp, protocol: TCP}]}',
      ),
    );
    expect(ask('shop/client', 'tcp://198.51.100.9:5432')).toBe('delivered 100% db.example.com:5432 []');
    expect(ask('shop/client', 'tcp://db:5432')).toBe('delivered 100% db:5432 [db-0]');
  });

  test('7.12: TLS by the server name; others go on as dialled', () => {
    const { ask } = meshOf(
      entry(
        'ext',
        '{hosts: [a.example.com, b.example.com], resolution: DNS, ports: [{number: 443, name: tls, protocol: TLS}]}',
      ),
      istio(
        'VirtualService',
        'v',
        '{hosts: [a.example.com], tls: [{match: [{sniHosts: [a.example.com]}], route: [{destination: {host: b.example.com}}]}]}',
      ),
    );
    expect(ask('shop/client', 'https://a.example.com/')).toBe('delivered 100% b.example.com:443 []');
    expect(ask('shop/client', 'https://b.example.com/')).toBe('delivered 100% b.example.com:443 []');
    expect(ask('shop/client', 'https://c.example.com/')).toBe('passthrough');
  });

  test('9.1: endpoints from pods and WorkloadEntries by their labels; a star without addresses has no cluster', () => {
    const { ask, outcome } = meshOf(
      SERVICES,
      entry(
        'in',
        '{hosts: [in.example.com], resolution: STATIC, location: MESH_INTERNAL, workloadSelector: {labels: {app: web}}, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]}',
      ),
      istio('WorkloadEntry', 'vm', '{address: 192.0.2.7, labels: {app: web}}'),
      entry(
        'wild',
        "{hosts: ['*.example.org'], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}",
      ),
    );
    const [branch] = outcome('shop/client', 'http://in.example.com/').branches;
    expect(branch?.endpoints.map(({ address, port }) => `${address}:${port}`).sort()).toEqual([
      expect.stringMatching(/^10\..*:8080$/),
      '192.0.2.7:8080',
    ]);
    expect(ask('shop/client', 'http://x.example.org/')).toContain('503 NC');
  });

  test('9.5: an alias leads to the rules of its target; a loop of aliases to nothing', () => {
    const alias = (name: string, target: string) => `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {type: ExternalName, externalName: ${target}}
`;
    const { ask } = meshOf(
      SERVICES,
      alias('alias', 'web.shop.svc.cluster.local'),
      alias('l1', 'l2.shop.svc.cluster.local'),
      alias('l2', 'l1.shop.svc.cluster.local'),
      istio(
        'VirtualService',
        'v',
        '{hosts: [web], http: [{fault: {abort: {percentage: {value: 100}, httpStatus: 418}}, route: [{destination: {host: web}}]}]}',
      ),
    );
    expect(ask('shop/client', 'http://alias/')).toBe('local-reply 418 FI');
    expect(ask('shop/client', 'http://l1/')).toBe('passthrough');
  });

  test('9.6: a headless Service keeps the pod that the client dialled', () => {
    const headless = service('shop', 'db', '{name: tcp, port: 5432}').replace(
      'spec: {selector',
      'spec: {clusterIP: None, selector',
    );
    const { ask, snapshot } = meshOf(headless, pod('shop', 'db-1', 'app: db'));
    const ip = snapshot.cluster.pods.find(({ name }) => name === 'db-1')?.ips[0]?.text;
    expect(ask('shop/client', 'tcp://db:5432', { connectTo: `${ip}:5432` })).toBe(
      'delivered 100% db:5432 [db-1]',
    );
    expect(ask('shop/client', 'tcp://db:5432')).toBe('delivered 100% db:5432 [db-0 db-1]');
  });
});
