/** Every CNI that enforces policies judges a connection where it says it does, once, and never its answers. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';

const pod = (name: string, node: string, ip: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {nodeName: ${node}, containers: [{name: main, image: x, ports: [{containerPort: 80}]}]}
status: {phase: Running, podIP: ${ip}, podIPs: [{ip: ${ip}}], conditions: [{type: Ready, status: "True"}]}
---`;
const MANIFESTS = `
${pod('web', 'node-a', '10.244.1.5')}
${pod('near', 'node-a', '10.244.1.6')}
${pod('far', 'node-b', '10.244.2.7')}
${pod('mute', 'node-a', '10.244.1.8')}
apiVersion: v1
kind: Service
metadata: {name: far, namespace: shop}
spec: {clusterIP: 10.96.0.50, selector: {app: far}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: servers, namespace: shop}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [near, far]}]}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: mute, namespace: shop}
spec: {podSelector: {matchLabels: {app: mute}}, policyTypes: [Egress]}
`;
const PROFILE = `
nodes:
- {name: node-a, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24]}
- {name: node-b, addresses: [10.0.0.12], podCIDRs: [10.244.2.0/24]}
cni: {enforcesPolicy: true}
`;

describe.each([
  ['flannel', []],
  ['kindnet', []],
  ['calico', []],
  ['calico', ['cni.backend=vxlan']],
  ['calico', ['cni.backend=bgp']],
  ['cilium', []],
  ['cilium', ['cni.backend=native']],
  ['cilium', ['proxy.mode=cilium']],
  ['cilium', ['proxy.mode=cilium', 'cni.options.socketLBHostNamespaceOnly=true']],
  ['aws-vpc', []],
  ['gke', []],
  ['azure', []],
] as const)('%s %j', (cni, set) => {
  const snapshot = loadSnapshot({
    files: [{ name: 'app.yaml', text: MANIFESTS }],
    profile: { file: { name: 'k8snet.yaml', text: PROFILE }, flags: { cni, set: [...set] } },
  });
  const ask = (from: string, to: string) => traceQuestion(snapshot, { from: `shop/${from}`, to, dns: false });

  test.each([
    ['web', 'shop/near:80'],
    ['web', 'shop/far:80'],
    ['web', '10.96.0.50:80'],
  ])('%s to %s is admitted, and the answer is not judged though the server may send nothing', (from, to) => {
    const answer = ask(from, to);
    expect(answer.result).toBe('reachable');
    expect(answer.paths[0]?.policy).toEqual({ egress: 'allow', ingress: 'allow' });
    const [leg] = answer.paths[0]?.legs ?? [];
    const looks = leg?.hops.flatMap(({ steps }) => steps.filter(({ kind }) => kind === 'policy')) ?? [];
    expect(looks.map(({ detail }) => detail?.['direction'])).toEqual(['egress', 'ingress']);
  });

  test.each([
    ['web', 'shop/near:81', 'denied-ingress'],
    ['web', 'shop/far:81', 'denied-ingress'],
    ['near', 'shop/far:80', 'denied-egress'],
    ['far', '10.96.0.50:80', 'accepted'],
    ['mute', 'shop/web:80', 'denied-egress'],
    ['mute', '10.96.0.50:80', 'denied-egress'],
    ['mute', '198.51.100.7:443', 'denied-egress'],
  ])('%s to %s: %s', (from, to, disposition) => {
    expect(ask(from, to).paths[0]?.disposition).toBe(disposition);
  });
});
