/**
 * Assumption honesty: where an answer lists an assumption that is not decisive, another value of it changes no
 * disposition.
 */

import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

const APP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: client}]}
`;

/** Other values of what each assumption invents. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  A_CNI: ['cni.name=calico', 'cni.name=kindnet', 'cni.name=cilium', 'cni.backend=host-gw'],
  A_KUBE_PROXY: ['proxy.masqueradeAll=true', 'proxy.detectLocal=none', 'proxy.masqueradeBit=15'],
  A_POD_IP: ['podCIDRs=[10.99.0.0/16]'],
  A_CLUSTER_IP: ['serviceCIDRs=[10.200.0.0/16]'],
  A_NODEPORT: ['nodePortRange=31000-31999'],
  A_NODES: [
    'nodes=[{name: x, addresses: [10.7.0.1]}, {name: y, addresses: [10.7.0.2]}, {name: z, addresses: [10.7.0.3]}]',
  ],
  A_TUNNEL_ADDR: ['cni.options.tunnelAddresses={node-a: 10.244.1.200, node-b: 10.244.2.200}'],
  A_MTU: [
    'nodes=[{name: node-a, addresses: [10.0.0.11], mtu: 9001}, {name: node-b, addresses: [10.0.0.12], mtu: 9001}]',
  ],
};

const QUESTIONS = [
  { from: 'client', to: 'svc/web' },
  { from: 'client', to: 'deploy/web' },
  { from: 'deploy/web', to: 'svc/web' },
  { from: 'client', to: '198.51.100.7:443' },
  { from: 'node/node-a', to: 'svc/web' },
];

function answer(set: readonly string[], question: (typeof QUESTIONS)[number]): TraceAnswer {
  const snapshot = loadSnapshot({ files: [{ name: 'app.yaml', text: APP }], profile: { flags: { set } } });
  const from = question.from.startsWith('node/') ? `node/${snapshot.cluster.nodes[0]?.name}` : question.from;
  return traceQuestion(snapshot, { ...question, from, dns: false });
}

const CASES = ['flannel', 'calico', 'kindnet', undefined].flatMap((cni) =>
  QUESTIONS.map((question) => ({
    cni,
    question,
    name: `${question.from} to ${question.to} under ${cni ?? 'no CNI'}`,
  })),
);

test.each(CASES)('$name', ({ cni, question }) => {
  const own = cni === undefined ? [] : [`cni.name=${cni}`];
  const first = answer(own, question);
  const dispositions = ({ paths }: TraceAnswer) =>
    [...new Set(paths.map(({ disposition }) => disposition))].sort();
  for (const { code, decisive } of first.assumptions) {
    if (decisive) continue;
    for (const value of OTHERWISE[code] ?? []) {
      expect({ code, value, is: dispositions(answer([...own, value], question)) }).toEqual({
        code,
        value,
        is: dispositions(first),
      });
    }
  }
});
