/** A URL through an Istio ingress gateway, from its load balancer to the application behind its sidecar. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, type TraceQuestion, traceQuestion } from '../../src/index.ts';
import { ask } from './ask.ts';

const FILE = 'fixtures/trace/mesh-gateway/manifests/gateway.yaml';

function edge(to: string, question: Partial<TraceQuestion> = {}): TraceAnswer {
  return ask('trace/mesh-gateway', { from: 'internet', to, ...question }, { cni: 'flannel' });
}

const cause = ({ diagnostics }: TraceAnswer) => diagnostics.find(({ severity }) => severity === 'error');

test('TLS ends at the gateway, which has a certificate of the mesh for the sidecar behind it', () => {
  const [path] = edge('https://shop.example.com/api/items').paths;
  expect(
    path?.legs.map(({ purpose, hops }) => [purpose, hops.at(-1)?.place.kind, hops.at(-1)?.place.name]),
  ).toEqual([
    ['lookup', 'resolver', expect.any(String)],
    ['request', 'proxy', 'ingressgateway'],
    ['proxied', 'proxy', 'web'],
    ['proxied', 'pod', 'web'],
  ]);
  const own = path?.legs[1]?.hops.at(-1)?.steps.filter(({ kind }) => /^(l7|term)/.test(kind)) ?? [];
  expect(own.map(({ kind, text, where }) => [kind, text, where?.rule])).toEqual([
    ['terminate-tls', 'secret shop-tls', `${FILE}:37`],
    ['l7-route', 'VirtualService shop/shop http[0]: uri prefix /api/', `${FILE}:48`],
    ['l7-route', '→ outbound|80||web.shop.svc.cluster.local, mTLS', `${FILE}:50`],
    ['l7-rewrite', 'path /api/items ⇒ /items', undefined],
  ]);
  expect(path?.serverSees).toEqual({
    peer: '127.0.0.6',
    path: '/items',
    headers: {
      Host: 'shop.example.com',
      'X-Forwarded-For': '10.244.1.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Client-Cert':
        'By=spiffe://cluster.local/ns/shop/sa/web;Hash=…;Subject="";URI=spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway',
    },
  });
});

test.each([
  {
    to: 'http://shop.example.com/api',
    path: {
      disposition: 'answered-by-proxy',
      symptom: 'http-301',
      l7: { location: 'https://shop.example.com/api' },
    },
  },
  {
    to: 'https://shop.example.com/gone',
    path: { disposition: 'no-l7-route', reason: 'backend-service-missing', l7: { status: 503, flag: 'NC' } },
    line: 52,
  },
  {
    to: 'https://shop.example.com/',
    path: { disposition: 'no-l7-route', reason: 'path-no-match', symptom: 'http-404', l7: { flag: 'NR' } },
    line: 48,
  },
  {
    title: 'another server name',
    to: 'https://shop.example.com/api/',
    question: { sni: 'other.example.com' },
    path: { disposition: 'no-l7-route', symptom: 'tls-failure', l7: { flag: 'NR' } },
  },
])('$to', ({ to, question = {}, path, line }) => {
  const answer = edge(to, question);
  expect(answer.paths).toHaveLength(1);
  expect(answer.paths[0]).toMatchObject(path);
  if (line !== undefined) expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line });
});

test('the Gateway as the target: its first server', () => {
  expect(edge('shop/gtw/edge').question.http).toMatchObject({ host: 'shop.example.com', path: '/' });
  expect(edge('shop/gtw/edge:443', { path: '/api/x' }).paths[0]?.serverSees?.path).toBe('/x');
});

test('a proxy that no Gateway of Istio selects is none of its gateways', () => {
  const text = `apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: other}}
spec: {nodeName: node-a, containers: [{name: istio-proxy, image: istio/proxyv2, ports: [{containerPort: 8080}]}]}
`;
  const folder = 'fixtures/trace/mesh-gateway/manifests';
  const files = ['gateway.yaml', 'shop.yaml'].map((name) => ({
    name,
    text: readFileSync(`${folder}/${name}`, 'utf8'),
  }));
  const profile = { flags: { set: [], cni: 'flannel' } };
  const snapshot = loadSnapshot({ files: [...files, { name: 'other.yaml', text }], profile });
  const question = { from: 'node/node-a', to: 'shop/other:8080', path: '/', dns: true };
  expect(traceQuestion(snapshot, question).paths[0]).toMatchObject({
    disposition: 'accepted',
    backends: ['shop/other'],
  });
});

test('gateway pods that no manifest has are assumed, as the chart installs them', () => {
  const text = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web.example.com]
  gateways: [edge]
  http: [{route: [{destination: {host: web}}]}]
`;
  const snapshot = loadSnapshot({ files: [{ name: 'all.yaml', text }], profile: { flags: { set: [] } } });
  const answer = traceQuestion(snapshot, { from: 'internet', to: 'http://web.example.com/', dns: true });
  expect(answer.paths[0]).toMatchObject({
    disposition: 'accepted',
    backends: ['default/web'],
    serverSees: { headers: { Host: 'web.example.com', 'X-Forwarded-Proto': 'http' } },
  });
  expect(answer.assumptions.find(({ code }) => code === 'A_CONTROLLER')?.values?.[0]).toMatch(
    /^istio-system\/istio-ingressgateway/,
  );
});
