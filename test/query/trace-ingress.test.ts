/**
 * A URL through an Ingress controller: DNS, load balancer, controller, backend, and what each of them refuses. What
 * ingress-nginx answers: docs/semantics/ingress.md N5 and N11 (kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl).
 */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, type TraceQuestion, traceQuestion } from '../../src/index.ts';
import type { StepAnswer } from '../../src/query/answer.ts';
import { ask, snapshotOf } from './ask.ts';

const INGRESS = 'fixtures/trace/shop-ingress/manifests/ingress.yaml';

function shop(to: string, question: Partial<TraceQuestion> = {}): TraceAnswer {
  return ask('trace/shop-ingress', { from: 'internet', to, ...question }, { cni: 'flannel' });
}

const steps = ({ paths: [path] }: TraceAnswer) =>
  path?.legs.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps)) ?? [];
const l7Steps = (answer: TraceAnswer) =>
  steps(answer)
    .filter(({ kind }) => ['terminate-tls', 'l7-route', 'l7-rewrite', 'proxy'].includes(kind))
    .map(({ kind, text, where }: StepAnswer) => [kind, text, where?.rule?.replace(/^.*\//, '')]);
const cause = ({ diagnostics }: TraceAnswer) => diagnostics.find(({ severity }) => severity === 'error');

test('from the internet to a pod: two connections, and what the pod sees', () => {
  const answer = shop('https://shop.example.com/api/items?page=2');
  expect(answer.result).toBe('reachable');
  expect(answer.question.http).toEqual({
    method: 'GET',
    host: 'shop.example.com',
    path: '/api/items?page=2',
  });
  const [path] = answer.paths;
  expect(path).toMatchObject({
    weight: '1/1',
    backends: ['shop/api-0'],
    disposition: 'accepted',
    symptom: 'connected',
  });
  const places = path?.legs.map(({ purpose, hops }) => [purpose, ...hops.map(({ place }) => place.kind)]);
  expect(places).toEqual([
    ['lookup', 'resolver'],
    ['request', 'external', 'loadbalancer', 'node', 'proxy'],
    ['proxied', 'proxy', 'node', 'node', 'pod'],
  ]);
  expect(l7Steps(answer)).toEqual([
    ['terminate-tls', 'secret shop-tls, not in the manifests', 'ingress.yaml:12'],
    ['l7-route', '/api Prefix → svc/api:80', 'ingress.yaml:18'],
  ]);
  const controller = path?.legs[2]?.hops[0];
  expect(controller?.place).toMatchObject({ name: 'ingress-nginx-controller#1', node: 'node-a' });
  const [address = ''] = [controller?.place.address];
  expect(controller?.steps[0]?.text).toMatch(new RegExp(`^${address}:40001 → 10\\.244\\.2\\.\\d+:8080$`));
  // externalTrafficPolicy Local: the controller sees the client, the pod sees the controller.
  expect(path?.serverSees).toEqual({
    peer: address,
    path: '/api/items?page=2',
    headers: {
      Host: 'shop.example.com',
      'X-Real-IP': '203.0.113.9',
      'X-Forwarded-For': '203.0.113.9',
      'X-Forwarded-Host': 'shop.example.com',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Scheme': 'https',
    },
  });
  expect(
    path?.legs.every(({ purpose, reply }) => purpose === 'lookup' || reply?.disposition === 'accepted'),
  ).toBe(true);
});

test.each([
  {
    to: 'https://shop.example.com/nope',
    disposition: 'no-l7-route',
    reason: 'path-no-match',
    status: 404,
    at: 18,
  },
  {
    to: 'https://shop.example.com/gone',
    disposition: 'no-l7-route',
    reason: 'backend-service-missing',
    status: 503,
    at: 28,
  },
  {
    to: 'https://shop.example.com/empty',
    disposition: 'no-l7-route',
    reason: 'selector-matches-no-pod',
    status: 503,
    at: undefined,
  },
  {
    to: 'https://office.example.com/admin/x',
    disposition: 'denied-l7',
    reason: undefined,
    status: 403,
    at: 56,
  },
  {
    to: 'https://lost.example.com/',
    disposition: 'no-l7-route',
    reason: 'no-ingress-class',
    status: 404,
    at: 85,
  },
])('$to: $status', ({ to, disposition, reason, status, at }) => {
  const answer = shop(to);
  expect(answer.result).toBe('unreachable');
  const [path] = answer.paths;
  expect(path).toMatchObject({ disposition, symptom: `http-${status}`, l7: { status }, backends: [] });
  expect(path?.reason).toBe(reason);
  expect(path?.serverSees).toBeUndefined();
  const place = cause(answer)?.sources?.[0];
  if (at !== undefined) expect([place?.file, place?.line]).toEqual([INGRESS, at]);
  expect(path?.legs.at(-1)?.hops.at(-1)?.steps.at(-1)).toMatchObject({ kind: 'end' });
});

test('a host that no Ingress has, by the address of the load balancer', () => {
  const answer = shop('http://198.51.100.7/', { headers: ['Host: shpo.example.com'] });
  expect(answer.paths[0]).toMatchObject({ reason: 'host-no-match', symptom: 'http-404' });
  expect(cause(answer)?.help?.[0]?.text).toBe('did you mean shop.example.com?');
});

test('a redirect is an answer, and says where the client goes on', () => {
  const answer = shop('http://shop.example.com/api/');
  expect(answer.result).toBe('reachable');
  expect(answer.paths[0]).toMatchObject({
    disposition: 'answered-by-proxy',
    symptom: 'http-308',
    l7: { status: 308, location: 'https://shop.example.com/api' },
  });
  expect(answer.diagnostics.find(({ code }) => code === 'redirected')?.help?.[0]?.text).toBe(
    'k8snet trace https://shop.example.com/api',
  );
});

test('an ExternalName backend is looked up where the controller runs', () => {
  const lost = shop('https://old.example.com/v1/x');
  expect(lost.paths[0]).toMatchObject({ disposition: 'name-not-found', symptom: 'http-503' });
  expect(lost.paths[0]?.legs.map(({ purpose }) => purpose)).toEqual(['lookup', 'request', 'lookup']);
  expect(cause(lost)?.sources?.[0]).toMatchObject({ line: 46, object: 'service/shop/partner' });
  const found = ask(
    'trace/shop-ingress',
    { from: 'internet', to: 'https://old.example.com/v1/x' },
    { cni: 'flannel', set: ['dns.upstream={partner.example.net.: [{type: A, data: 192.0.2.80}]}'] },
  );
  expect(found.paths[0]).toMatchObject({ disposition: 'exits-cluster' });
  expect(found.paths[0]?.legs.map(({ purpose }) => purpose)).toEqual([
    'lookup',
    'request',
    'lookup',
    'proxied',
  ]);
});

test('from a pod: kube-proxy takes the address of the load balancer for the Service', () => {
  const answer = shop('https://shop.example.com/api', { from: 'shop/client' });
  const [path] = answer.paths;
  expect(path?.legs[1]?.hops.map(({ place }) => place.kind)).toEqual(['pod', 'node', 'node', 'proxy']);
  expect(path?.serverSees?.headers?.['X-Forwarded-For']).toBe(answer.question.from.address);
});

test('a Service by its name: no proxy, and the request as the pod gets it', () => {
  const answer = shop('http://api/items', { from: 'shop/client', method: 'post', headers: ['X-Trace: 1'] });
  expect(answer.question.http).toEqual({
    method: 'POST',
    host: 'api',
    path: '/items',
    headers: { 'x-trace': '1' },
  });
  expect(answer.paths[0]?.serverSees).toMatchObject({ headers: { Host: 'api' }, path: '/items' });
  expect(answer.paths[0]?.legs.map(({ purpose }) => purpose)).toEqual(['lookup', 'request']);
});

test('TLS at the plain port, and a plain request at the TLS port', () => {
  const host = ['Host: shop.example.com'];
  const tls = shop('https://198.51.100.7:80/', { headers: host });
  expect(tls.paths[0]).toMatchObject({ disposition: 'no-l7-route', symptom: 'tls-failure' });
  const plain = shop('http://198.51.100.7:443/', { headers: host });
  expect(plain.paths[0]).toMatchObject({ disposition: 'no-l7-route', symptom: 'http-400' });
});

describe('a controller that the manifests do not install', () => {
  const trace = (set: readonly string[] = []) =>
    ask('trace/my-ingress', { from: 'internet', to: 'http://example.com/foo/bar' }, { set });

  test('is assumed as its own manifests have it, with the rewrite of mission example 2', () => {
    const answer = trace();
    expect(answer.result).toBe('reachable');
    expect(answer.assumptions.find(({ code }) => code === 'A_CONTROLLER')?.values).toEqual([
      'ingress-nginx/ingress-nginx-controller, of type LoadBalancer with externalTrafficPolicy Local',
    ]);
    expect(answer.assumptions.map(({ code }) => code)).toContain('A_LB_ADDRESS');
    expect(answer.paths.map(({ weight, backends }) => [weight, ...backends])).toEqual([
      ['1/2', 'default/my-app#1'],
      ['1/2', 'default/my-app#2'],
    ]);
    for (const { serverSees } of answer.paths) {
      expect(serverSees).toMatchObject({ path: '/', headers: { Host: 'example.com' } });
    }
    expect(l7Steps(answer)).toContainEqual(['l7-rewrite', 'path /foo/bar ⇒ /', undefined]);
  });

  test('moves no pod: the other addresses are those of any other question', () => {
    const address = (answer: TraceAnswer) => answer.paths[0]?.legs.at(-1)?.hops.at(-1)?.place.address;
    const plain = ask('trace/my-ingress', { from: 'node/node-a', to: 'pod/my-app#1' });
    expect(address(trace())).toBe(address(plain));
  });

  test('is not assumed in a dump, which says so', () => {
    const answer = trace([
      'input=stored',
      'ingressController.name=ingress-nginx',
      'ingressController.watchIngressWithoutClass=true',
      'dns.upstream={example.com.: [{type: A, data: 192.0.2.80}]}',
    ]);
    expect(answer.diagnostics.map(({ code }) => code)).toContain('controller-assumed');
    expect(answer.assumptions.map(({ code }) => code)).not.toContain('A_CONTROLLER');
  });
});

describe('policies of both connections', () => {
  const policy = (name: string, namespace: string, spec: object) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  });
  const load = (...items: readonly object[]) => {
    const { files } = snapshotOf('trace/shop-ingress');
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    return loadSnapshot({
      files: [...files, { name: 'policies.json', text }],
      profile: { flags: { set: [], cni: 'calico' } },
    });
  };

  test('the backend does not admit the controller: 504', () => {
    const snapshot = load(
      policy('only-client', 'shop', {
        podSelector: { matchLabels: { app: 'api' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }],
      }),
    );
    const to = 'https://shop.example.com/api';
    const answer = traceQuestion(snapshot, { from: 'internet', to, dns: true });
    expect(answer.paths[0]).toMatchObject({
      disposition: 'denied-ingress',
      symptom: 'http-504',
      policy: { egress: 'allow', ingress: 'deny' },
    });
    expect(cause(answer)?.sources?.[0]?.object).toBe('networkpolicy/shop/only-client');
    const ignored = traceQuestion(snapshot, { from: 'internet', to, dns: true, policies: 'ignored' });
    expect(ignored.paths[0]).toMatchObject({ disposition: 'accepted', policy: { ingress: 'deny' } });
  });

  test('the controller does not admit the client: a timeout, and no second connection', () => {
    const snapshot = load(policy('closed', 'ingress-nginx', { podSelector: {}, policyTypes: ['Ingress'] }));
    const to = 'https://shop.example.com/api';
    const answer = traceQuestion(snapshot, { from: 'shop/client', to, dns: true });
    expect(answer.paths[0]).toMatchObject({ disposition: 'denied-ingress', symptom: 'timeout' });
    expect(answer.paths[0]?.legs.map(({ purpose }) => purpose)).toEqual(['lookup', 'request']);
  });
});

test('backend-protocol: what nginx speaks to the backend', () => {
  const { files } = snapshotOf('trace/my-ingress');
  const [file] = files;
  const annotation = '    nginx.ingress.kubernetes.io/backend-protocol: grpcs\n';
  const text = file?.text.replace('  annotations:\n', `  annotations:\n${annotation}`) ?? '';
  const snapshot = loadSnapshot({ files: [{ name: 'app.yaml', text }], profile: { flags: { set: [] } } });
  const answer = traceQuestion(snapshot, { from: 'internet', to: 'http://example.com/foo', dns: true });
  expect(l7Steps(answer)[0]?.[1]).toBe('/foo Prefix → svc/my-service:80 over GRPCS');
});

describe('an Ingress as the target', () => {
  test('stands for its first rule, and names the others', () => {
    const answer = shop('shop/ing/shop');
    expect(answer.question).toMatchObject({
      to: 'shop/ing/shop',
      http: { host: 'shop.example.com', path: '/api' },
    });
    expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', backends: ['shop/api-0'] });
    expect(answer.diagnostics.find(({ code }) => code === 'rules-not-asked')?.text).toBe(
      'rule shop.example.com/api was taken; Ingress shop/shop also has shop.example.com/gone, shop.example.com/empty, old.example.com/v1: name a URL to ask for one',
    );
  });

  test('a path that is a regular expression: what stands before it', () => {
    expect(shop('shop/ing/office').question.http?.path).toBe('/admin/');
  });

  test('that is not there: those of nearly that name', () => {
    expect(() => shop('shop/ing/shp')).toThrow('no Ingress shp in namespace shop');
  });
});

describe('other doors of a controller', () => {
  const controller = (service: object, port: object = {}) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ingress', namespace: 'edge' },
      spec: { selector: { app: 'nginx' }, ports: [{ name: 'http', port: 80 }], ...service },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'nginx-0', namespace: 'edge', labels: { app: 'nginx' } },
      spec: {
        nodeName: 'node-a',
        containers: [
          {
            name: 'controller',
            image: 'mirror.example.com/ingress-nginx/controller:v1.15.1@sha256:0',
            ports: [{ name: 'http', containerPort: 80, ...port }],
          },
        ],
      },
    },
  ];
  const trace = (items: readonly object[], from = 'internet') => {
    const { files } = snapshotOf('trace/my-ingress');
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const snapshot = loadSnapshot({
      files: [...files, { name: 'controller.json', text }],
      profile: { flags: { set: [], cni: 'flannel' } },
    });
    return traceQuestion(snapshot, { from, to: 'http://example.com/foo', dns: true });
  };

  test('a node port, though the URL means port 80: something before the nodes is taken to pass it on', () => {
    const answer = trace(controller({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }));
    expect(answer.result).toBe('reachable');
    expect(steps(answer).find(({ kind }) => kind === 'originate')?.text).toMatch(/→ 10\.0\.0\.11:30080$/);
    expect(answer.diagnostics.map(({ code }) => code)).toContain('url-port-closed');
    expect(answer.assumptions.find(({ code }) => code === 'A_CONTROLLER')).toMatchObject({ decisive: true });
  });

  test('a host port: the client address is kept', () => {
    const answer = trace(controller({}, { hostPort: 80 }));
    expect(answer.paths[0]?.serverSees?.headers?.['X-Forwarded-For']).toBe('203.0.113.9');
    expect(answer.assumptions.map(({ code }) => code)).not.toContain('A_CONTROLLER');
  });

  test('a load balancer without an address in its status: one is invented, inside and outside alike', () => {
    const items = controller({ type: 'LoadBalancer' });
    const name = (answer: TraceAnswer) => answer.paths[0]?.legs[0]?.hops.at(-1)?.steps.at(-1)?.text;
    const [outside, inside] = [trace(items), trace(items, 'pod/my-app#1')];
    expect(name(outside)).toBe(name(inside));
    for (const answer of [outside, inside]) {
      expect(answer.paths.every(({ disposition }) => disposition === 'accepted')).toBe(true);
      expect(answer.assumptions.map(({ code }) => code)).toContain('A_LB_ADDRESS');
    }
    // Policy Cluster: from outside a node masquerades, and the controller sees its address.
    const clients = outside.paths.map(({ serverSees }) => serverSees?.headers?.['X-Forwarded-For']);
    expect(clients).not.toContain('203.0.113.9');
  });
});
