/**
 * Hops through Envoy. What each test expects is of istio/istio: capture and ports of
 * tools/istio-iptables/pkg/capture/run.go, routes and flags of docs/semantics/istio.md 6 to 12, the peer 127.0.0.6 and
 * the certificate's header as httpbin shows them (istio.io: docs/tasks/security/authentication/authn-policy).
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, type TraceQuestion, traceQuestion } from '../../src/index.ts';
import { ask } from './ask.ts';

const FILE = 'fixtures/trace/mesh/manifests/mesh.yaml';

function mesh(from: string, to: string, question: Partial<TraceQuestion> = {}): TraceAnswer {
  return ask('trace/mesh', { from, to, ...question }, { cni: 'flannel' });
}

type Path = TraceAnswer['paths'][number];

/** `request pod/web proxy/web`: each leg with the places that it crosses. */
function places({ legs }: Path): readonly string[] {
  return legs.map(({ purpose, hops }) =>
    [purpose, ...hops.map(({ place }) => `${place.kind}/${place.name}`)].join(' '),
  );
}

/** Changes of destinations, with the chain that made them. */
function redirects({ legs }: Path): readonly (readonly unknown[])[] {
  return legs.flatMap(({ hops }) =>
    hops.flatMap(({ steps }) =>
      steps.flatMap(({ changes = [], where }) =>
        changes
          .filter(({ nat }) => nat === 'redirect')
          .map(({ from, to }) => [from, to, where?.chain?.at(-1)]),
      ),
    ),
  );
}

const cause = ({ diagnostics }: TraceAnswer) => diagnostics.find(({ severity }) => severity === 'error');

test('both have a sidecar: three connections, each with its reply; weights are paths', () => {
  const answer = mesh('shop/web', 'http://reviews/api/items?page=2');
  expect(answer.result).toBe('reachable');
  expect(answer.paths.map(({ weight, backends }) => [weight, backends])).toEqual([
    ['4/5', ['shop/reviews-v1']],
    ['1/5', ['shop/reviews-v2']],
  ]);
  const [near, far] = answer.paths as [Path, Path];
  expect(places(near).slice(1)).toEqual([
    'request pod/web proxy/web',
    'proxied proxy/web node/node-a proxy/reviews-v1',
    'proxied proxy/reviews-v1 pod/reviews-v1',
  ]);
  expect(places(far)[2]).toBe('proxied proxy/web node/node-a node/node-b proxy/reviews-v2');
  expect(redirects(near)).toEqual([
    ['10.96.0.20:80', '127.0.0.1:15001', 'ISTIO_REDIRECT'],
    ['10.244.1.7:9080', '10.244.1.7:15006', 'ISTIO_IN_REDIRECT'],
  ]);
  expect(near.serverSees).toEqual({
    peer: '127.0.0.6',
    path: '/reviews/items?page=2',
    headers: {
      Host: 'reviews',
      'X-Forwarded-Client-Cert':
        'By=spiffe://cluster.local/ns/shop/sa/reviews;Hash=…;Subject="";URI=spiffe://cluster.local/ns/shop/sa/web',
    },
  });
  const own = near.legs[1]?.hops[1]?.steps.filter(({ kind }) => kind.startsWith('l7')) ?? [];
  expect(own.map(({ kind, text, where }) => [kind, text, where?.rule])).toEqual([
    ['l7-route', 'VirtualService shop/reviews http[3]: uri prefix /api', `${FILE}:14`],
    ['l7-route', '→ outbound|80|v1|reviews.shop.svc.cluster.local, mTLS', `${FILE}:28`],
    ['l7-rewrite', 'path /api/items?page=2 ⇒ /reviews/items?page=2', undefined],
  ]);
});

test('the answer comes back as the client knows its server', () => {
  for (const path of mesh('shop/web', 'http://reviews/api').paths) {
    for (const { reply, purpose } of path.legs) {
      if (purpose === 'lookup') continue;
      expect(reply?.disposition).toBe('accepted');
    }
    const [, request] = path.legs;
    const last = request?.reply?.hops.at(-1)?.steps.at(-1);
    expect(last).toMatchObject({ kind: 'accept', packet: { src: '10.96.0.20:80', dst: '10.244.1.5:40000' } });
  }
});

test.each([
  {
    title: 'a subset that nobody defines',
    to: 'http://reviews/v3',
    path: { disposition: 'no-l7-route', symptom: 'http-503', l7: { status: 503, flag: 'NC' } },
    line: 13,
  },
  {
    title: 'no rule, and the own route is gone',
    to: 'http://reviews/nothing',
    path: { disposition: 'no-l7-route', reason: 'path-no-match', symptom: 'http-404', l7: { flag: 'NR' } },
    line: 7,
  },
  {
    title: 'a policy of the server',
    to: 'http://ratings/',
    path: {
      disposition: 'denied-l7',
      symptom: 'http-403',
      l7: { status: 403, flag: 'RBAC' },
      backends: ['shop/ratings'],
    },
    line: 43,
  },
])('$title: $to', ({ to, path, line }) => {
  const answer = mesh('shop/web', to);
  expect(answer.paths).toHaveLength(1);
  expect(answer.paths[0]).toMatchObject(path);
  expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line });
});

test("a redirect is the sidecar's answer", () => {
  expect(mesh('shop/web', 'http://reviews/old').paths[0]).toMatchObject({
    disposition: 'answered-by-proxy',
    symptom: 'http-301',
    l7: { status: 301, location: 'http://reviews/new' },
  });
});

test('a fault of a part of the requests is a path of its own', () => {
  const { result, paths } = mesh('shop/web', 'http://reviews/broken');
  expect(result).toBe('ambiguous');
  expect(paths.map(({ weight, symptom, l7 }) => [weight, symptom, l7?.flag])).toEqual([
    ['1/4', 'http-500', 'FI'],
    ['3/4', 'connected', undefined],
  ]);
});

test('who may ask is told by the certificate: another service account of the mesh gets through', () => {
  const [path] = mesh('shop/reviews-v1', 'http://ratings/').paths;
  expect(path).toMatchObject({ disposition: 'accepted', serverSees: { peer: '127.0.0.6' } });
});

test('a client without a sidecar goes by kube-proxy, and STRICT closes its connection', () => {
  const [path] = mesh('legacy/old', 'http://ratings.shop/').paths as [Path];
  expect(places(path)[1]).toBe('request pod/old node/node-a node/node-b proxy/ratings');
  expect(path).toMatchObject({ disposition: 'denied-l7', symptom: 'reset', l7: { flag: 'NR' } });
});

test('a client without a sidecar knows no VirtualService, and PERMISSIVE lets it in', () => {
  const { paths } = mesh('legacy/old', 'http://reviews.shop/v3');
  expect(paths.map(({ weight, symptom }) => [weight, symptom])).toEqual([
    ['1/2', 'connected'],
    ['1/2', 'connected'],
  ]);
  expect(paths[0]?.serverSees).toEqual({ peer: '127.0.0.6', path: '/v3', headers: { Host: 'reviews.shop' } });
});

test('a server without a sidecar gets plaintext from the proxy of its client', () => {
  const [path] = mesh('shop/web', 'http://old.legacy/').paths as [Path];
  expect(places(path).slice(1)).toEqual([
    'request pod/web proxy/web',
    'proxied proxy/web node/node-a pod/old',
  ]);
  expect(path.serverSees).toEqual({ peer: '10.244.1.5', path: '/', headers: { Host: 'old.legacy' } });
});

test('TCP: by the address that was dialled; no header is there to be read', () => {
  const [path] = mesh('shop/web', 'svc/db').paths as [Path];
  expect(redirects(path)[1]).toEqual(['10.244.2.9:3306', '10.244.2.9:15006', 'ISTIO_IN_REDIRECT']);
  expect(path.serverSees).toEqual({ peer: '127.0.0.6' });
});

test('a port that speaks HTTP, and no request: a GET for the name is assumed, and told', () => {
  const { assumptions } = mesh('shop/web', 'svc/ratings');
  expect(assumptions.find(({ code }) => code === 'A_REQUEST')?.values).toEqual(['GET http://ratings/']);
});

/** The fixture with more manifests. */
function meshWith(text: string, question: Pick<TraceQuestion, 'from' | 'to'>): TraceAnswer {
  const folder = 'fixtures/trace/mesh/manifests';
  const files = ['apps.yaml', 'mesh.yaml'].map((name) => ({
    name,
    text: readFileSync(`${folder}/${name}`, 'utf8'),
  }));
  const profile = { flags: { set: [], cni: 'flannel' } };
  const snapshot = loadSnapshot({ files: [...files, { name: 'more.yaml', text }], profile });
  return traceQuestion(snapshot, { dns: true, ...question });
}

const HTTP_ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ratings, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: ratings, port: 80}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /old}}]
      filters: [{type: RequestRedirect, requestRedirect: {statusCode: 302}}]
    - matches: [{path: {type: PathPrefix, value: /api}}]
      backendRefs:
        - {name: ratings, port: 80, weight: 3}
        - {name: reviews, port: 80, weight: 1}
`;

// gep-1294: routes with a Service as their parent are the client's; istio/istio:pilot/pkg/config/kube/gateway reads them.
test.each([
  {
    to: 'http://ratings/api',
    paths: [
      ['1/8', 'connected'],
      ['1/8', 'connected'],
      ['3/4', 'connected'],
    ],
  },
  { to: 'http://ratings/old', paths: [['1/1', 'http-302']] },
  { to: 'http://ratings/other', paths: [['1/1', 'http-404']] },
])('an HTTPRoute at a Service: $to', ({ to, paths }) => {
  const answer = meshWith(HTTP_ROUTE, { from: 'shop/reviews-v1', to });
  expect(answer.paths.map(({ weight, symptom }) => [weight, symptom]).sort()).toEqual(paths);
});

const ANNOTATED = `apiVersion: v1
kind: Pod
metadata:
  name: batch
  namespace: shop
  annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "80", traffic.sidecar.istio.io/excludeInboundPorts: "9090"}
spec: {nodeName: node-b, containers: [{name: batch, image: batch, ports: [{containerPort: 9090}, {containerPort: 9091}]}]}
`;

test('a port that annotations exclude goes past the sidecar, out and in', () => {
  const out = meshWith(ANNOTATED, { from: 'shop/batch', to: 'http://reviews/v3' });
  expect(out.paths.flatMap(({ legs }) => legs[1]?.hops[0]?.place.kind)).toEqual(['pod', 'pod']);
  const [into] = meshWith(ANNOTATED, { from: 'legacy/old', to: 'shop/batch:9090' }).paths as [Path];
  expect(redirects(into)).toEqual([]);
  const [taken] = meshWith(ANNOTATED, { from: 'legacy/old', to: 'shop/batch:9091' }).paths as [Path];
  expect(redirects(taken)).toHaveLength(1);
});

const REGISTRY_ONLY = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
  egress: [{hosts: ["./*"]}]
`;

test.each([
  { to: 'http://old.legacy/', symptom: 'http-502', flag: undefined },
  { to: 'tcp://203.0.113.80:7000', symptom: 'reset', flag: 'UH' },
])('REGISTRY_ONLY: $to', ({ to, symptom, flag }) => {
  const target = to.replace('tcp://', '');
  const [path] = meshWith(REGISTRY_ONLY, { from: 'shop/web', to: target }).paths;
  expect(path).toMatchObject({ disposition: 'no-l7-route', symptom });
  expect(path?.l7?.flag).toBe(flag);
});

test('ALLOW_ANY passes on what nobody knows, to the address that was dialled', () => {
  const [path] = mesh('shop/web', '203.0.113.80:7000').paths as [Path];
  expect(path.disposition).toBe('exits-cluster');
  expect(places(path)).toEqual([
    'request pod/web proxy/web',
    'proxied proxy/web node/node-a external/203.0.113.80',
  ]);
});

const DENY_ALL = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: reviews, namespace: shop}
spec:
  podSelector: {matchLabels: {app: reviews}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 9080}]}]
`;

test('policies see the pod and its target port, not 15006 and no Service', () => {
  const profile = { flags: { set: [], cni: 'calico' } };
  const file = (name: string) => ({
    name,
    text: readFileSync(`fixtures/trace/mesh/manifests/${name}`, 'utf8'),
  });
  const files = [file('apps.yaml'), file('mesh.yaml'), { name: 'policy.yaml', text: DENY_ALL }];
  const snapshot = loadSnapshot({ files, profile });
  const askFrom = (from: string) => traceQuestion(snapshot, { from, to: 'http://reviews/api', dns: true });
  expect(askFrom('shop/web').paths[0]?.policy).toEqual({ egress: 'allow', ingress: 'allow' });
  expect(askFrom('shop/web').result).toBe('reachable');
  const denied = askFrom('shop/ratings');
  // The proxy of the client is refused, and answers so: istio.md 12, connect timeout.
  expect(denied.paths[0]).toMatchObject({
    disposition: 'denied-ingress',
    symptom: 'http-503',
    l7: { status: 503, flag: 'UF' },
  });
});

test('a Service that is translated at the socket is unknown to the sidecar, and that is told', () => {
  const options = { cni: 'cilium', set: ['proxy.mode=cilium'] };
  const answer = ask('trace/mesh', { from: 'shop/web', to: 'svc/db' }, options);
  expect(answer.diagnostics.map(({ code }) => code)).toContain('istio-socket-translation');
  const steps = answer.paths[0]?.legs.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps)) ?? [];
  expect(steps.some(({ text }) => text.startsWith('→ PassthroughCluster'))).toBe(true);
  // Port 80 of the Service is 9080 of its pods, where no HTTP listener is.
  const byHost = ask('trace/mesh', { from: 'shop/web', to: 'http://reviews/api' }, options);
  expect(byHost.paths.map(({ weight }) => weight)).toEqual(['1/2', '1/2']);
});

const REPLICAS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: many, namespace: shop}
spec:
  replicas: 20
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec: {containers: [{name: many, image: many, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: many, namespace: shop}
spec: {selector: {app: many}, ports: [{name: http, port: 80, targetPort: 8080}]}
`;

test('replicas that nothing tells apart are one path a node, with all their names', () => {
  const { paths } = meshWith(REPLICAS, { from: 'shop/web', to: 'http://many/' });
  expect(paths.map(({ weight, backends }) => [weight, backends.length])).toEqual([
    ['1/2', 10],
    ['1/2', 10],
  ]);
  expect(new Set(paths.flatMap(({ backends }) => backends)).size).toBe(20);
});

test('containers of one pod talk past the sidecar', () => {
  for (const to of ['localhost:8080', '10.244.1.5:8080']) {
    const [path] = mesh('shop/web', to).paths as [Path];
    expect(places(path)).toEqual(['request pod/web']);
    expect(redirects(path)).toEqual([]);
  }
});
