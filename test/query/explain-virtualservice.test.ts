/**
 * `explain virtualservice`: the rules as a proxy has them, what becomes of a request, and what is wrong, at file:line.
 * Expected statuses and flags: istio/istio.io:content/en/docs/ops/diagnostic-tools/istioctl-describe,
 * istio/istio:pilot/pkg/networking/core/cluster_builder.go.
 */

import { describe, expect, test } from 'vitest';
import { explainVirtualService } from '../../src/query/istio/explain-virtual-service.ts';
import type { VirtualServiceQuestion } from '../../src/query/istio/request.ts';
import { loadSnapshot } from '../../src/query/snapshot.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { virtualServiceRenderer } from '../../src/render/text/explain-virtualservice.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isClosedAnswer } = publishedSchema('explain-virtualservice');

function explain(fixture: string, question: VirtualServiceQuestion) {
  const answer = explainVirtualService(snapshotOf(`istio/${fixture}`), question);
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer;
}

function explainText(text: string, question: VirtualServiceQuestion) {
  const snapshot = loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });
  const answer = explainVirtualService(snapshot, question);
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer;
}

const rendered = (answer: Parameters<typeof virtualServiceRenderer.render>[0]) =>
  virtualServiceRenderer.render(answer, { width: 80, color: 0, unicode: true, level: 'default' });

describe('80 % to v1, 20 % to v2', () => {
  test.each(['my-service', 'my-service-subsets'])('%s', async (fixture) => {
    const answer = explain(fixture, { url: 'http://my-service/', from: 'client' });
    const text = rendered(answer);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    await expect(text).toMatchFileSnapshot(`../../fixtures/istio/${fixture}/expected.url.txt`);
    await expect(rendered(explain(fixture, {}))).toMatchFileSnapshot(
      `../../fixtures/istio/${fixture}/expected.txt`,
    );
  });

  test('without a DestinationRule no request arrives: 503 NC, told at both subsets', () => {
    const { request, virtualServices } = explain('my-service', { url: 'http://my-service/', from: 'client' });
    expect(request).toMatchObject({
      result: 'local-reply',
      status: 503,
      flag: 'NC',
      destinationRule: null,
      subsets: null,
      destinations: [
        { subset: 'v1', weight: 80, pods: [], state: 'no-such-subset' },
        { subset: 'v2', weight: 20, pods: [], state: 'no-such-subset' },
      ],
    });
    expect(virtualServices[0]?.findings).toMatchObject([
      { code: 'istio-subset-undefined', sources: [{ line: 12 }] },
      { code: 'istio-subset-undefined', sources: [{ line: 16 }] },
    ]);
  });

  test('with one, 80 of 100 go to the pods of v1', () => {
    const { request, virtualServices } = explain('my-service-subsets', { url: 'http://my-service/' });
    expect(request).toMatchObject({
      from: 'default/client',
      result: 'delivered',
      mtls: true,
      destinationRule: 'default/my-service',
      destinations: [
        { subset: 'v1', weight: 80, pods: ['default/my-app-v1#1', 'default/my-app-v1#2'] },
        { subset: 'v2', weight: 20, pods: ['default/my-app-v2#1'] },
      ],
    });
    expect(virtualServices[0]?.findings).toEqual([]);
  });
});

const BROKEN = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}, {name: http-b, port: 81}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{name: tcp, port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: a}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web, subsets: [{name: blue, labels: {version: blue}}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {selector: {istio: none}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example.com]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: all, namespace: shop}
spec:
  hosts: [web, web.shop, db]
  gateways: [mesh, edge, egde]
  http:
  - match: [{uri: {prefix: /blue}}]
    route: [{destination: {host: web, subset: blue, port: {number: 80}}}]
  - match: [{uri: {exact: /blue/x}}]
    route: [{destination: {host: web, subset: bleu, port: {number: 80}}}]
  - match: [{uri: {prefix: /a}}]
    route: [{destination: {host: web.shop}}]
  - match: [{uri: {prefix: /b}}]
    route: [{destination: {host: wbe}}]
  - match: [{uri: {prefix: /c}}]
    route: [{destination: {host: web, port: {number: 82}}}]
  - route: [{destination: {host: db, port: {number: 5432}}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: zzz, namespace: shop}
spec: {hosts: [web], http: [{route: [{destination: {host: web}}]}]}
`;

test('each mistake at its line', () => {
  const { virtualServices } = explainText(BROKEN, {});
  const findings = virtualServices.flatMap((each) =>
    each.findings.map(({ code, sources }) => `${sources?.[0]?.line} ${code}`),
  );
  expect(findings).toEqual([
    '31 istio-host-half-qualified',
    '31 istio-port-protocol',
    '32 istio-gateway-unbound',
    '32 istio-gateway-host',
    '32 istio-gateway-unbound',
    '31 istio-no-proxy',
    '35 istio-subset-empty',
    '37 istio-subset-undefined',
    '39 istio-host-half-qualified',
    '41 istio-host-unknown',
    '43 istio-destination-port',
    '10 selector-matches-no-pod',
    '36 istio-route-unreachable',
    '49 istio-virtualservice-conflict',
    '49 istio-no-proxy',
  ]);
});

test.each([
  { name: 'other' },
  { url: 'ftp://x/' },
  { url: 'http://x.example.com/' },
  { url: 'http://web/', from: 'nobody' },
  { url: 'http://web/', headers: ['x'] },
  { url: 'http://web/', via: 'svc/nobody' },
])('%j is a usage error', (question) => {
  expect(() => explain('my-service', question)).toThrow(UsageError);
});

test('what is not modelled says so', () => {
  const { findings } = explainText(
    `${BROKEN}---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: magic, namespace: shop}
spec: {}
`,
    {},
  );
  expect(findings).toMatchObject([
    { code: 'unmodelled', text: expect.stringContaining('EnvoyFilter shop/magic') },
  ]);
});

test('a connection has no status: only a rule of HTTP answers 503', () => {
  const text = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: shop}
spec: {hosts: [echo.example.com], tcp: [{route: [{destination: {host: nobody}}]}]}
`;
  const [echo] = explainText(text, {}).virtualServices;
  const [destination] = echo?.rules[0]?.destinations ?? [];
  expect(destination).toMatchObject({ state: 'no-such-service', flag: 'NC' });
  expect(destination).not.toHaveProperty('status');
  expect(echo?.findings.map((finding) => finding.text)).toContain(
    'no Service or ServiceEntry has the host nobody.shop.svc.cluster.local: connections are reset',
  );
});
