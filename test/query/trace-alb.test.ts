/**
 * A URL through an Application Load Balancer of AWS, which is no part of the cluster: the client's connection ends there, its own
 * goes to a pod or to a node port (kubernetes-sigs/aws-load-balancer-controller:docs/how-it-works.md; AWS, "HTTP headers and
 * Application Load Balancers").
 */

import { describe, expect, test } from 'vitest';
import {
  loadSnapshot,
  type Snapshot,
  type TraceAnswer,
  type TraceQuestion,
  traceQuestion,
} from '../../src/index.ts';

const app = (type: string) => `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: ${type}, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}]}]}
`;
const ingress = (targetType: string, status = '') => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/target-type: ${targetType}
    alb.ingress.kubernetes.io/listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]'
    alb.ingress.kubernetes.io/ssl-redirect: "443"
spec:
  ingressClassName: alb
  rules:
  - host: shop.example.com
    http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
${status}`;
const POLICY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}
`;

function world(texts: readonly string[], set: readonly string[] = []): Snapshot {
  const files = [{ name: 'all.yaml', text: texts.join('---') }];
  return loadSnapshot({ files, profile: { flags: { set, cni: 'aws-vpc' } } });
}

const ask = (snapshot: Snapshot, to: string, question: Partial<TraceQuestion> = {}): TraceAnswer =>
  traceQuestion(snapshot, { from: 'internet', to, dns: true, ...question });
const PODS = world([app('ClusterIP'), ingress('ip')]);
const URL = 'https://shop.example.com/api/items';
const places = ({ paths: [path] }: TraceAnswer) =>
  path?.legs.map(({ purpose, hops }) => [purpose, ...hops.map(({ place }) => place.name)]);

test('to pods: two connections, of which the pod sees the second', () => {
  const answer = ask(PODS, URL, { headers: ['X-Forwarded-For: 192.0.2.1'] });
  expect(answer.result).toBe('reachable');
  expect(answer.paths.map(({ weight, backends }) => [weight, ...backends])).toEqual([
    ['1/2', 'shop/web#1'],
    ['1/2', 'shop/web#2'],
  ]);
  expect(places(answer)).toEqual([
    ['lookup', 'public DNS'],
    ['request', 'internet', 'load balancer of ing/shop'],
    ['proxied', 'load balancer of ing/shop', 'node-a', 'web#1'],
  ]);
  const seen = answer.paths[0]?.serverSees;
  expect(seen?.headers).toMatchObject({
    Host: 'shop.example.com',
    'X-Forwarded-For': '192.0.2.1, 203.0.113.9',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Port': '443',
  });
  expect(answer.diagnostics.map(({ text }) => text)).toEqual([
    expect.stringContaining('the client address ends at the load balancer'),
  ]);
});

test('to node ports: every node alike, whichever pod is behind it', () => {
  const answer = ask(world([app('NodePort'), ingress('instance')]), URL);
  expect(answer.paths.map(({ weight }) => weight)).toEqual(['1/4', '1/4', '1/4', '1/4']);
  expect(places(answer)?.[2]?.slice(1, 3)).toEqual(['load balancer of ing/shop', 'node-a']);
  const kinds = answer.paths[0]?.legs[2]?.hops[1]?.steps.map(({ kind }) => kind);
  expect(kinds).toContain('translate');
});

describe('what the load balancer answers itself', () => {
  test.each([
    ['http://shop.example.com/api', 'answered-by-proxy', 'http-301'],
    ['https://shop.example.com/other', 'no-l7-route', 'http-404'],
  ])('%s: %s, %s', (url, disposition, symptom) => {
    expect(ask(PODS, url).paths[0]).toMatchObject({ disposition, symptom });
  });

  test('a Service without node ports is no target for nodes', () => {
    const answer = ask(world([app('ClusterIP'), ingress('instance')]), URL);
    expect(answer.paths[0]).toMatchObject({ disposition: 'no-l7-route', symptom: 'http-503' });
    expect(answer.diagnostics.some(({ text }) => text.includes('of type ClusterIP has none'))).toBe(true);
  });
});

test('a policy at the pod keeps the load balancer out: 504', () => {
  const snapshot = world([app('ClusterIP'), ingress('ip'), POLICY], ['cni.enforcesPolicy=true']);
  const answer = ask(snapshot, URL);
  expect(answer.paths[0]).toMatchObject({ disposition: 'denied-ingress', symptom: 'http-504' });
});

test('a pod of the cluster goes out to it, and comes in again', () => {
  const answer = ask(PODS, URL, { from: 'shop/pod/web#1' });
  expect(places(answer)?.slice(1)).toEqual([
    ['request', 'web#1', 'node-a', 'load balancer of ing/shop'],
    ['proxied', 'load balancer of ing/shop', 'node-a', 'web#1'],
  ]);
});

test('the address of the status is its address; behind a name of AWS an invented one stands', () => {
  const at = (entry: string) => `status: {loadBalancer: {ingress: [${entry}]}}\n`;
  const dialled = (snapshot: Snapshot) => ask(snapshot, URL).paths[0]?.legs[1]?.hops[1]?.place.address;
  expect(dialled(world([app('ClusterIP'), ingress('ip', at('{ip: 198.18.0.7}'))]))).toBe('198.18.0.7');
  const named = world([app('ClusterIP'), ingress('ip', at('{hostname: k8s-shop.elb.amazonaws.com}'))]);
  expect(dialled(named)).toBe(dialled(PODS));
});

test('of stored manifests without an address nothing is invented', () => {
  const snapshot = world([app('ClusterIP'), ingress('ip')], ['input=stored']);
  const [path] = ask(snapshot, URL).paths;
  expect(path?.disposition).toBe('name-not-found');
});

test('on another network pods are no targets, which is told', () => {
  const files = [{ name: 'all.yaml', text: [app('ClusterIP'), ingress('ip')].join('---') }];
  const snapshot = loadSnapshot({ files, profile: { flags: { set: [], cni: 'flannel' } } });
  expect(ask(snapshot, URL).diagnostics.map(({ code }) => code)).toContain('unmodelled');
});
