/** TCP ports that ingress-nginx passes on (kubernetes/ingress-nginx:docs/user-guide/exposing-tcp-udp-services.md). */

import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

const world = (entry: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx, namespace: ingress-nginx}
spec:
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1
        args: [/nginx-ingress-controller, --tcp-services-configmap=$(POD_NAMESPACE)/tcp]
        ports: [{containerPort: 80}, {containerPort: 443}, {containerPort: 5432}]
---
apiVersion: v1
kind: Service
metadata: {name: nginx, namespace: ingress-nginx}
spec: {type: LoadBalancer, selector: {app: nginx}, ports: [{name: http, port: 80}, {name: db, port: 5432}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: tcp, namespace: ingress-nginx}
data: {"5432": "${entry}"}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{name: pg, port: 5432, targetPort: 15432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 15432}]}]}
`;

function ask(entry: string, to = 'ingress-nginx/svc/nginx:5432'): TraceAnswer {
  const snapshot = loadSnapshot({
    files: [{ name: 'all.yaml', text: world(entry) }],
    profile: { flags: { set: [], cni: 'flannel' } },
  });
  return traceQuestion(snapshot, { from: 'internet', to, dns: true });
}

test.each([['shop/db:5432'], ['shop/db:pg']])('%s: the connection ends at a pod of the Service', (entry) => {
  const [path] = ask(entry).paths;
  expect(path).toMatchObject({ disposition: 'accepted', backends: ['shop/db'], symptom: 'connected' });
  expect(path?.legs.map(({ purpose }) => purpose)).toEqual(['request', 'proxied']);
  const steps = path?.legs[0]?.hops.at(-1)?.steps.map(({ text }) => text);
  expect(steps?.at(-1)).toMatch(/^TCP → svc\/db:/);
});

test.each([['shop/db:1'], ['shop/none:5432']])('%s: the port is not open', (entry) => {
  expect(ask(entry).paths[0]).toMatchObject({ disposition: 'no-l7-route', symptom: 'refused' });
});

test('the PROXY protocol is not followed; other ports are none of its', () => {
  expect(ask('shop/db:5432:PROXY').diagnostics.map(({ code }) => code)).toContain('unmodelled');
  expect(ask('shop/db:5432', 'ingress-nginx/svc/nginx:80').paths[0]?.backends).toEqual([
    'ingress-nginx/nginx#1',
  ]);
});
