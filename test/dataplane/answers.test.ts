/** Answers that come back by another way than most: through lo, from the node's own sockets, past programs that have judged. */

import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

const PROFILE = `podCIDRs: [10.244.0.0/16]
nodes:
- {name: node-a, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24]}
- {name: node-b, addresses: [10.0.0.12], podCIDRs: [10.244.2.0/24]}
`;

const pod = (name: string, node: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { nodeName: node, containers: [{ name: 'main', ports: [{ containerPort: 9000 }] }], ...spec },
});
const service = (app: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: app },
  spec: {
    type: 'NodePort',
    selector: { app },
    clusterIP: '10.96.0.50',
    ports: [{ port: 80, targetPort: 9000, nodePort: 30080 }],
  },
});
const WORLD = [
  pod('client', 'node-a'),
  pod('remote', 'node-b'),
  pod('host', 'node-a', { hostNetwork: true }),
];

function ask(
  items: readonly object[],
  set: readonly string[],
  { from, to }: { readonly from: string; readonly to: string },
): TraceAnswer {
  const snapshot = loadSnapshot({
    files: [{ name: 'world.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }],
    profile: { file: { name: 'k8snet.yaml', text: PROFILE }, flags: { set } },
  });
  return traceQuestion(snapshot, { from, to, dns: false });
}

const ends = ({ paths }: TraceAnswer) => paths.map(({ disposition }) => disposition);

// Linux net/netfilter/nf_conntrack_core.c nf_conntrack_in: a packet that was seen keeps its connection over lo.
test('IPVS: a node reaches a pod of its own network through the Service', () => {
  const answer = ask([...WORLD, service('host')], ['proxy.mode=ipvs'], {
    from: 'node/node-a',
    to: 'svc/host',
  });
  expect(ends(answer)).toEqual(['accepted']);
});

// cilium bpf/lib/nodeport.h nodeport_rev_dnat_fwd_ipv4; calico felix/bpf-gpl/tc.c CALI_CT_ESTABLISHED_SNAT.
test.each([
  ['cni.name=cilium', 'cni.options.kubeProxyReplacement=true'],
  ['cni.name=cilium', 'cni.backend=native', 'cni.options.kubeProxyReplacement=true'],
  ['cni.name=calico-ebpf', 'cni.backend=vxlan'],
])('a program at the uplink gives the answer of the node’s own socket its address back: %s %s', (...set) => {
  const answer = ask([...WORLD, service('host')], set, { from: 'internet', to: 'node/node-a:30080' });
  expect(ends(answer)).toEqual(['accepted']);
  expect(answer.paths[0]?.legs[0]?.reply?.hops.at(-1)?.steps.at(-1)?.packet?.src).toBe('10.0.0.11:30080');
});

// cilium bpf/bpf_lxc.c ipv4_policy, lb4_rev_nat ("Reverse NAT applies to return traffic only").
test.each([['cni.name=cilium'], ['cni.name=cilium', 'cni.backend=native']])(
  'Cilium beside kube-proxy: what the node itself answers to its pod comes from the Service: %s',
  (...set) => {
    const answer = ask([...WORLD, service('host')], set, { from: 'pod/client', to: 'svc/host' });
    expect(ends(answer)).toEqual(['accepted']);
    expect(answer.paths[0]?.legs[0]?.reply?.hops.at(-1)?.steps.at(-1)?.packet?.src).toBe('10.96.0.50:80');
  },
);

test('Cilium with native routing: the answer to a pod that nobody may reach is still an answer', () => {
  const closed = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nobody' },
    spec: { podSelector: { matchLabels: { app: 'client' } }, policyTypes: ['Ingress'] },
  };
  const set = ['cni.name=cilium', 'cni.backend=native'];
  const answer = ask([...WORLD, closed, service('remote')], set, { from: 'pod/client', to: 'svc/remote' });
  expect(ends(answer)).toEqual(['accepted']);
  expect(ends(ask([...WORLD, closed], set, { from: 'pod/remote', to: 'pod/client' }))).toEqual([
    'denied-ingress',
  ]);
});

// cilium pkg/datapath/linux/node.go createNodeRouteSpec: routes by cilium_host have the MTU of the tunnel.
test('Cilium: what a node sends to pods of other nodes fits into the tunnel', () => {
  const answer = ask(WORLD, ['cni.name=cilium'], { from: 'node/node-a', to: 'pod/remote' });
  expect(answer.diagnostics.map(({ code }) => code)).not.toContain('mtu-too-large');
  const routes = answer.paths[0]?.legs[0]?.hops[0]?.steps.filter(({ kind }) => kind === 'route');
  expect(routes?.[0]?.detail).toMatchObject({ prefix: '10.244.2.0/24', mtu: 1450 });
});

// lib/nodeport.h tail_nodeport_nat_egress_ipv4 forwards by itself: the kernel takes no packet with the node's own source.
test('Cilium without kube-proxy: a node port of another node than the pod’s', () => {
  const set = ['cni.name=cilium', 'cni.backend=native', 'cni.options.kubeProxyReplacement=true'];
  const answer = ask([...WORLD, service('remote')], set, { from: 'internet', to: 'node/node-a:30080' });
  expect(ends(answer)).toEqual(['accepted']);
  expect(answer.paths[0]?.serverSees?.peer).toBe('10.0.0.11');
});

// projectcalico/calico:felix/rules/static.go (kubeIPVSSupportEnabled): what IPVS sends on is judged with its backend.
test.each(['calico', 'kindnet'])('IPVS: policies of %s see the backend, not the cluster address', (cni) => {
  const policy = (name: string, spec: object) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec,
  });
  const peer = [{ podSelector: { matchLabels: { app: 'remote' } } }];
  const open = policy('to-remote', {
    podSelector: { matchLabels: { app: 'client' } },
    policyTypes: ['Egress'],
    egress: [{ to: peer }],
  });
  const closed = policy('closed', { podSelector: { matchLabels: { app: 'remote' } } });
  const set = ['proxy.mode=ipvs', `cni.name=${cni}`];
  const question = { from: 'pod/client', to: 'svc/remote' };
  expect(ends(ask([...WORLD, open, service('remote')], set, question))).toEqual(['accepted']);
  const near = [pod('client', 'node-a'), pod('remote', 'node-a')];
  expect(ends(ask([...near, closed, service('remote')], set, question))).toEqual(['denied-ingress']);
});
