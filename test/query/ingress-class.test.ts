/** An Ingress that names no class: who serves it, and what a trace says where nobody does. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';

describe('an Ingress without a class, where a class is there and none is default', () => {
  const objects = (installed: string) => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: default}
spec:
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}}
spec: {containers: [{name: c, image: example.com/web, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: default}
spec: {type: LoadBalancer, selector: {app: edge}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: default}
spec:
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge}}
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1
        args: [/nginx-ingress-controller${installed}]
`;
  const asked = (installed: string) => {
    const snapshot = loadSnapshot({
      files: [{ name: 'all.yaml', text: objects(installed) }],
      profile: { flags: { set: [] } },
    });
    return traceQuestion(snapshot, { from: 'internet', to: 'http://shop.example.com/', dns: true });
  };

  test('is served by nobody, and the answer says which class to write', () => {
    const [miss] = asked('').diagnostics.filter(({ severity }) => severity === 'error');
    expect(miss?.text).toBe(
      'shop.example.com leads nowhere. No controller serves Ingress default/web: no class, and none is default',
    );
    expect(miss?.sources?.[0]).toMatchObject({ object: 'ingress/default/web', line: 9 });
    expect(miss?.help?.map(({ text }) => text)).toEqual(['spec.ingressClassName: nginx']);
  });

  test('is served by a controller that watches such ones', () => {
    const answer = asked(', --watch-ingress-without-class=true');
    expect(new Set(answer.paths.flatMap(({ backends }) => backends))).toEqual(new Set(['default/web']));
  });
});
