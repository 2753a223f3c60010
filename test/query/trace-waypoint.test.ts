/**
 * Requests through a waypoint. What each test expects is of istio/istio (pilot/pkg/serviceregistry/ambient/waypoints.go,
 * pilot/pkg/networking/core/listener_waypoint.go, pilot/pkg/model/policyattachment.go) and istio/ztunnel
 * (src/proxy/outbound.rs build_request).
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, type TraceQuestion, traceQuestion } from '../../src/index.ts';
import { ask } from './ask.ts';

const FILE = 'fixtures/trace/waypoint/manifests/waypoint.yaml';

function waypoint(from: string, to: string, question: Partial<TraceQuestion> = {}): TraceAnswer {
  return ask('trace/waypoint', { from, to, dns: false, ...question }, { cni: 'calico' });
}

type Path = TraceAnswer['paths'][number];

/** Who opens each connection, and where it goes. */
function connections({ legs }: Path): readonly string[] {
  return legs.flatMap(({ hops }) => {
    const [first] = hops;
    const packet = first?.steps[0]?.packet;
    return first === undefined || packet === undefined ? [] : [`${first.place.name} → ${packet.dst}`];
  });
}

const cause = ({ diagnostics }: TraceAnswer) => diagnostics.find(({ severity }) => severity === 'error');
const texts = ({ diagnostics }: TraceAnswer) => diagnostics.map(({ code }) => code);

test('by the waypoint, whose HTTPRoute chooses the Service; it has its own identity and address', () => {
  const { result, paths, assumptions } = waypoint('shop/web', 'http://reviews.shop/api', { dns: true });
  expect(result).toBe('reachable');
  expect(paths.map(({ weight, backends, serverSees }) => [weight, backends, serverSees?.peer])).toEqual([
    ['3/4', ['shop/reviews-v1'], '10.244.1.190'],
    ['1/4', ['shop/reviews-v2'], '10.244.1.190'],
  ]);
  expect(connections(paths[0] as Path)).toEqual([
    'web → 10.96.0.20:80',
    'web → 10.244.1.190:15008',
    'waypoint#1 → 10.244.2.7:15008',
    'reviews-v1 → 10.244.2.7:9080',
  ]);
  expect(assumptions.find(({ code }) => code === 'A_WAYPOINT')).toMatchObject({
    values: ['shop/waypoint#1'],
  });
});

test.each([
  { title: 'an identity that the policy of the Service does not name', from: 'shop/other', method: 'GET' },
  { title: 'a method that it does not name', from: 'shop/web', method: 'POST' },
])('$title: 403', ({ from, method }) => {
  const answer = waypoint(from, 'http://reviews.shop/api', { dns: true, method });
  expect(answer.paths[0]).toMatchObject({
    disposition: 'denied-l7',
    symptom: 'http-403',
    l7: { status: 403, flag: 'RBAC' },
  });
  expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line: 56 });
});

test('no route of the Service takes the request', () => {
  const [path] = waypoint('shop/web', 'http://reviews.shop/else', { dns: true }).paths;
  expect(path).toMatchObject({ disposition: 'no-l7-route', symptom: 'http-404' });
});

test('the address chooses the Service, not the Host header', () => {
  const headers = ['Host: ratings'];
  const answer = waypoint('shop/web', 'http://reviews.shop/api', { dns: true, headers });
  expect(answer.paths.map(({ backends }) => backends)).toEqual([['shop/reviews-v1'], ['shop/reviews-v2']]);
  expect(answer.paths[0]?.serverSees?.headers?.['Host']).toBe('ratings');
});

test('a VirtualService runs at the waypoint', () => {
  expect(waypoint('shop/web', 'http://ratings.shop/slow', { dns: true }).paths[0]).toMatchObject({
    disposition: 'denied-l7',
    l7: { status: 503, flag: 'FI' },
  });
  const [path] = waypoint('shop/web', 'http://ratings.shop/v2', { dns: true }).paths;
  expect(path).toMatchObject({ disposition: 'accepted', serverSees: { path: '/' } });
});

test('none opts out: the NetworkPolicy that admits the waypoint alone denies', () => {
  const answer = waypoint('shop/web', 'shop/svc/direct:80');
  expect(answer.paths[0]).toMatchObject({ disposition: 'denied-ingress' });
  expect(connections(answer.paths[0] as Path)).toEqual(['web → 10.96.0.24:80', 'web → 10.244.2.9:15008']);
  // It allows port 15008 already.
  expect(texts(answer)).not.toContain('istio-hbone-port');
});

test("a waypoint that is not there is none, whatever the namespace's label says", () => {
  const answer = waypoint('shop/web', 'shop/svc/wrong:80');
  expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.244.1.5' } });
  const found = answer.diagnostics.find(({ code }) => code === 'istio-waypoint-missing');
  expect(found?.text).toContain('there is no waypoint Gateway shop/wayponit');
});

test('clients outside the mesh pass the waypoint by, and so does who asks a pod', () => {
  const outside = waypoint('legacy/client', 'shop/svc/reviews:80').paths;
  expect(outside.map(({ disposition, backends }) => [disposition, backends])).toEqual([
    ['denied-l7', ['shop/reviews-v2']],
    ['accepted', ['shop/reviews-v1']],
  ]);
  const [path] = waypoint('shop/web', 'shop/pod/reviews-v1:9080').paths as [Path];
  expect(connections(path)[1]).toBe('web → 10.244.2.7:15008');
});

test('a gateway passes the waypoint by, unless the Service asks for it', () => {
  const [bare] = waypoint('internet', 'http://bare.example.com/', { dns: true }).paths as [Path];
  expect(connections(bare).slice(-2)).toEqual([
    'istio-ingressgateway#1 → 10.244.2.7:15008',
    'reviews-v1 → 10.244.2.7:9080',
  ]);
  const [asked] = waypoint('internet', 'http://shop.example.com/', { dns: true }).paths as [Path];
  expect(connections(asked).slice(-3)).toEqual([
    'istio-ingressgateway#1 → 10.244.1.190:15008',
    'waypoint#1 → 10.244.2.9:15008',
    'ratings → 10.244.2.9:9080',
  ]);
});

/** The waypoint's only pod does not pass its probe. */
const UNREADY = `
apiVersion: v1
kind: Pod
metadata: {name: waypoint-0, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: waypoint}}
spec: {nodeName: node-a, containers: [{name: istio-proxy, image: proxyv2}]}
status: {phase: Running, podIP: 10.244.1.77, conditions: [{type: Ready, status: "False"}]}
`;

// istio/istio: pilot/pkg/xds/endpoints/endpoint_builder.go findServiceWaypoint: its pods, even if there is none.
test('without a ready pod of the waypoint a gateway has nobody to ask, and ztunnel closes the connection', () => {
  const files = [
    { name: FILE, text: readFileSync(FILE, 'utf8') },
    { name: 'waypoint-pod.yaml', text: UNREADY },
  ];
  const snapshot = loadSnapshot({ files, profile: { flags: { set: [], cni: 'calico' } } });
  const gateway = traceQuestion(snapshot, { from: 'internet', to: 'http://shop.example.com/', dns: true });
  expect(gateway.paths[0]).toMatchObject({
    disposition: 'no-l7-route',
    reason: 'pods-not-ready',
    symptom: 'http-503',
    l7: { status: 503, flag: 'UH' },
  });
  expect(cause(gateway)?.text).toContain('the waypoint shop/waypoint has no ready pod');
  const pod = traceQuestion(snapshot, { from: 'shop/web', to: 'http://reviews.shop/api', dns: true });
  expect(pod.paths[0]).toMatchObject({ reason: 'pods-not-ready', symptom: 'reset' });
});

test('a waypoint for workloads is before a pod that asks for it, with the policies of its Gateway', () => {
  const [path] = waypoint('shop/web', 'http://10.244.2.10:9080/').paths as [Path];
  expect(connections(path).slice(1, 3)).toEqual([
    expect.stringMatching(/^web → .*:15008$/),
    'pods#1 → 10.244.2.10:15008',
  ]);
  expect(path.disposition).toBe('accepted');
  expect(waypoint('shop/web', 'http://10.244.2.10:9080/admin').paths[0]).toMatchObject({
    disposition: 'denied-l7',
    symptom: 'http-403',
  });
});
