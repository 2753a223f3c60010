/**
 * Applications that run as user 1337. What each test expects is of istio/istio (tools/istio-iptables/pkg/capture/run.go: the rule
 * `-m owner --uid-owner 1337 -j RETURN`) and istio/istio.io (content/en/docs/ops/deployment/application-requirements).
 */

import { expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';

const SERVER = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {clusterIP: 10.96.0.20, selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {nodeName: node-a, containers: [{name: api, image: api, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.1.7, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a}
spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}
status: {addresses: [{type: InternalIP, address: 10.0.0.11}]}
---
`;

function snapshotOf(spec: string) {
  const client = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: node-a, ${spec}}
status: {phase: Running, podIP: 10.244.1.9, conditions: [{type: Ready, status: "True"}]}
`;
  const files = [{ name: 'shop.yaml', text: `${SERVER}${client}` }];
  return loadSnapshot({ files, profile: { flags: { set: [], cni: 'calico' } } });
}

const QUESTION = { from: 'shop/web', to: 'http://api.shop/', dns: false };
const OF_POD = 'securityContext: {runAsUser: 1337}, containers: [{name: web, image: web}]';

test.each([
  { title: 'of the pod', spec: OF_POD },
  {
    title: 'of each container',
    spec: 'containers: [{name: web, image: web, securityContext: {runAsUser: 1337}}]',
  },
])('the user $title is the sidecar’s: past the sidecar, in plaintext, which STRICT refuses', ({ spec }) => {
  const { result, paths, diagnostics } = traceQuestion(snapshotOf(spec), { ...QUESTION, dns: true });
  expect(result).toBe('unreachable');
  expect(paths[0]).toMatchObject({ symptom: 'reset' });
  expect(JSON.stringify(paths)).not.toContain(':15001');
  expect(diagnostics.find(({ code }) => code === 'istio-proxy-user')?.sources?.[0]).toMatchObject({
    file: 'shop.yaml',
  });
});

test.each([
  {
    title: 'another user',
    spec: 'containers: [{name: web, image: web, securityContext: {runAsUser: 1000}}]',
  },
  {
    title: 'a container that is not',
    spec: 'securityContext: {runAsUser: 1337}, containers: [{name: web, image: web, securityContext: {runAsUser: 0}}]',
  },
])('$title goes by the sidecar', ({ spec }) => {
  const { result, paths, diagnostics } = traceQuestion(snapshotOf(spec), { ...QUESTION, dns: true });
  expect(result).toBe('reachable');
  expect(JSON.stringify(paths)).toContain(':15001');
  expect(diagnostics.map(({ code }) => code)).not.toContain('istio-proxy-user');
});
