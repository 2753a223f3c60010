/**
 * Whom the server sees, in each scenario under each datapath: measured with network namespaces on Linux 6.18
 * (docs/semantics/datapath.md, section 2); Cilium's rows are read from cilium/cilium:bpf, those of Calico's eBPF
 * dataplane from projectcalico/calico:felix/bpf-gpl.
 */

import { expect, test } from 'vitest';
import { askWorld, type World } from './two-nodes.ts';

interface Scenario {
  readonly from: string;
  readonly to: string;
  readonly backend?: 'a1' | 'a2' | 'b1';
  readonly externalTrafficPolicy?: 'Local';
}

const CLIENT = '203.0.113.9';
const SCENARIOS = {
  'pod to pod, same node': { from: 'pod/a1', to: '10.244.1.6:8080' },
  'pod to pod, other node': { from: 'pod/a1', to: '10.244.2.7:8080' },
  'pod to Service, same node': { from: 'pod/a1', to: '10.96.0.50:80', backend: 'a2' },
  'pod to Service, other node': { from: 'pod/a1', to: '10.96.0.50:80', backend: 'b1' },
  hairpin: { from: 'pod/a1', to: '10.96.0.50:80', backend: 'a1' },
  'node to its pod': { from: 'node/node-a', to: '10.244.1.5:8080' },
  'node to a remote pod': { from: 'node/node-a', to: '10.244.2.7:8080' },
  'node to Service, remote': { from: 'node/node-a', to: '10.96.0.50:80', backend: 'b1' },
  'outside to node port, local': { from: CLIENT, to: '10.0.0.11:30080', backend: 'a2' },
  'outside to node port, remote': { from: CLIENT, to: '10.0.0.11:30080', backend: 'b1' },
  'outside to Local node port': {
    from: CLIENT,
    to: '10.0.0.11:30080',
    backend: 'a2',
    externalTrafficPolicy: 'Local',
  },
  'pod to the internet': { from: 'pod/a1', to: '203.0.113.9:8080' },
  'pod to another node': { from: 'pod/a1', to: '10.0.0.12:8080' },
  'pod to its node': { from: 'pod/a1', to: '10.0.0.11:8080' },
  'pod to its node’s port, remote': { from: 'pod/a1', to: '10.0.0.11:30080', backend: 'b1' },
  'outside to host port': { from: CLIENT, to: '10.0.0.11:8443' },
  'outside to Local node port, none here': {
    from: CLIENT,
    to: '10.0.0.11:30080',
    backend: 'b1',
    externalTrafficPolicy: 'Local',
  },
  'pod to its node’s Local port': {
    from: 'pod/a1',
    to: '10.0.0.11:30080',
    backend: 'b1',
    externalTrafficPolicy: 'Local',
  },
} satisfies Readonly<Record<string, Scenario>>;
type Name = keyof typeof SCENARIOS;

/** The same everywhere but where a datapath says otherwise; undefined: it gets no answer. */
const COMMON: Readonly<Record<Name, string | undefined>> = {
  'pod to pod, same node': '10.244.1.5',
  'pod to pod, other node': '10.244.1.5',
  'pod to Service, same node': '10.244.1.5',
  'pod to Service, other node': '10.244.1.5',
  hairpin: '10.244.1.1',
  'node to its pod': '10.244.1.1',
  'node to a remote pod': '10.0.0.11',
  'node to Service, remote': '10.0.0.11',
  'outside to node port, local': '10.244.1.1',
  'outside to node port, remote': '10.0.0.11',
  'outside to Local node port': CLIENT,
  'pod to the internet': '10.0.0.11',
  'pod to another node': '10.0.0.11',
  'pod to its node': '10.244.1.5',
  'pod to its node’s port, remote': '10.0.0.11',
  'outside to host port': CLIENT,
  'outside to Local node port, none here': undefined,
  'pod to its node’s Local port': '10.244.1.5',
};

const REMOTE: readonly Name[] = [
  'node to a remote pod',
  'node to Service, remote',
  'outside to node port, remote',
  'pod to its node’s port, remote',
];
const LOCAL: readonly Name[] = ['hairpin', 'node to its pod', 'outside to node port, local'];
const all = (names: readonly Name[], ip: string) => Object.fromEntries(names.map((name) => [name, ip]));

interface Datapath {
  readonly cni: string;
  readonly proxy?: string;
  readonly otherwise: Readonly<Partial<Record<Name, string>>>;
  /** Nothing upstream says what comes of it. */
  readonly unknown?: readonly Name[];
  /** Those that get no answer are told so ("port unreachable"). */
  readonly refuses?: readonly Name[];
}

const TUNNEL = 'tunnelAddresses: {node-a: 10.244.1.64, node-b: 10.244.2.64}';
const ROUTER = 'routerAddresses: {node-a: 10.244.1.200, node-b: 10.244.2.200}';
const DATAPATHS: Readonly<Record<string, Datapath>> = {
  'flannel vxlan': { cni: '{name: flannel, backend: vxlan}', otherwise: all(REMOTE, '10.244.1.0') },
  'flannel wireguard': { cni: '{name: flannel, backend: wireguard}', otherwise: all(REMOTE, '10.244.1.0') },
  'flannel ipip': { cni: '{name: flannel, backend: ipip}', otherwise: all(REMOTE, '10.244.1.0') },
  'flannel host-gw': { cni: '{name: flannel, backend: host-gw}', otherwise: {} },
  'flannel vxlan, direct': {
    cni: '{name: flannel, backend: vxlan, options: {directRouting: true}}',
    otherwise: {},
  },
  kind: { cni: '{name: kindnet, backend: ptp}', otherwise: {} },
  kindnet: { cni: '{name: kindnet, backend: knet}', otherwise: all(LOCAL, '10.244.1.0') },
  'calico bgp': { cni: '{name: calico, backend: bgp}', otherwise: all(LOCAL, '10.0.0.11') },
  'calico crosssubnet': {
    cni: '{name: calico, backend: vxlan-crosssubnet}',
    otherwise: all(LOCAL, '10.0.0.11'),
  },
  'calico vxlan': {
    cni: `{name: calico, backend: vxlan, options: {${TUNNEL}}}`,
    otherwise: { ...all(LOCAL, '10.0.0.11'), ...all(REMOTE, '10.244.1.64') },
  },
  'calico ipip': {
    cni: `{name: calico, backend: ipip, options: {${TUNNEL}}}`,
    otherwise: { ...all(LOCAL, '10.0.0.11'), ...all(REMOTE, '10.244.1.64') },
  },
  'calico ebpf bgp': {
    cni: '{name: calico-ebpf, backend: bgp}',
    otherwise: {
      hairpin: '10.244.1.5',
      'node to its pod': '10.0.0.11',
      'outside to node port, local': CLIENT,
      'outside to node port, remote': CLIENT,
      'pod to its node’s port, remote': '10.244.1.5',
    },
    refuses: ['outside to Local node port, none here'],
  },
  'calico ebpf vxlan': {
    cni: `{name: calico-ebpf, backend: vxlan, options: {${TUNNEL}}}`,
    otherwise: {
      hairpin: '10.244.1.5',
      'node to its pod': '10.0.0.11',
      'node to a remote pod': '10.244.1.64',
      'node to Service, remote': '10.244.1.64',
      'outside to node port, local': CLIENT,
      'outside to node port, remote': CLIENT,
      'pod to its node’s port, remote': '10.244.1.5',
    },
    refuses: ['outside to Local node port, none here'],
  },
  'calico ebpf, direct answers': {
    cni: '{name: calico-ebpf, backend: bgp, options: {externalServices: dsr}}',
    otherwise: {
      hairpin: '10.244.1.5',
      'node to its pod': '10.0.0.11',
      'outside to node port, local': CLIENT,
      'outside to node port, remote': CLIENT,
      'pod to its node’s port, remote': '10.244.1.5',
    },
    refuses: ['outside to Local node port, none here'],
  },
  // Calico's devices have no address, flannel.1 has one.
  canal: {
    cni: '{name: canal}',
    otherwise: { ...all(LOCAL, '10.0.0.11'), ...all(REMOTE, '10.244.1.0') },
  },
  'aws vpc': {
    cni: '{name: aws-vpc, options: {vpcCIDRs: [10.0.0.0/24, 10.244.0.0/16]}}',
    otherwise: { ...all(LOCAL, '10.0.0.11'), 'pod to another node': '10.244.1.5' },
  },
  'gke, nodes in private ranges': { cni: '{name: gke}', otherwise: { 'pod to another node': '10.244.1.5' } },
  'cilium vxlan beside kube-proxy': {
    cni: `{name: cilium, options: {${ROUTER}}}`,
    otherwise: {
      ...all(LOCAL, '10.244.1.200'),
      ...all(REMOTE, '10.244.1.200'),
      hairpin: '169.254.42.1',
      'pod to another node': '10.244.1.5',
    },
    unknown: ['pod to its node’s Local port'],
  },
  'cilium vxlan alone': {
    cni: `{name: cilium, options: {${ROUTER}}}`,
    proxy: 'proxy: {mode: cilium}',
    otherwise: {
      ...all(LOCAL, '10.244.1.200'),
      ...all(REMOTE, '10.244.1.200'),
      hairpin: '10.244.1.5',
      'outside to node port, local': CLIENT,
      'pod to another node': '10.244.1.5',
      'pod to its node’s port, remote': '10.244.1.5',
    },
  },
  'cilium native, direct answers': {
    cni: `{name: cilium, backend: native, options: {${ROUTER}, loadBalancerMode: dsr, kubeProxyReplacement: true, nativeRoutingCIDR: 10.244.0.0/16}}`,
    otherwise: {
      ...all(LOCAL, '10.244.1.200'),
      hairpin: '10.244.1.5',
      'outside to node port, local': CLIENT,
      'outside to node port, remote': CLIENT,
      'pod to another node': '10.244.1.5',
      'pod to its node’s port, remote': '10.244.1.5',
    },
  },
};

const CASES = Object.entries(DATAPATHS).flatMap(
  ([datapath, { cni, proxy, otherwise, unknown = [], refuses = [] }]) =>
    Object.entries(SCENARIOS).flatMap(([name, scenario]) => {
      if (unknown.includes(name as Name)) return [];
      const { from, to, ...service }: Scenario = scenario;
      const world: World = { cni, ...(proxy === undefined ? {} : { proxy }), ...service };
      const sees = name in otherwise ? otherwise[name as Name] : COMMON[name as Name];
      const symptom = refuses.includes(name as Name) ? 'refused' : 'timeout';
      return { datapath, name, world, from, to, sees, symptom };
    }),
);

test.each(CASES)('$datapath: $name: $sees', ({ world, from, to, sees, symptom }) => {
  const [path] = askWorld(world, { from, to }).paths;
  const arrived = path?.legs.at(-1)?.hops.at(-1)?.steps.at(-1);
  if (sees === undefined) expect(path?.symptom).toBe(symptom);
  else {
    expect(arrived?.packet?.src.replace(/:\d+$/, '')).toBe(sees);
    expect(path?.legs.at(-1)?.reply?.disposition).toBe('accepted');
  }
});
