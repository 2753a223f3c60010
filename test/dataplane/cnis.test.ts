/** Which CNI wires a cluster: the profile's, the one that the manifests show, else the assumed one. */

import { describe, expect, test } from 'vitest';
import { chooseCni } from '../../src/dataplane/cnis.ts';
import { loadSnapshot } from '../../src/index.ts';

const APP = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n';

function daemonSet(name: string, ...images: readonly string[]): string {
  const containers = images.map((image, index) => `{name: c${index}, image: ${image}}`).join(', ');
  return `---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${name}, namespace: kube-system}
spec:
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [${containers}]}
`;
}

function netConf(backend: string): string {
  return `---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: kube-flannel}
data:
  net-conf.json: '{"Network": "10.244.0.0/16", "Backend": ${backend}}'
`;
}

function chosen(text: string, flags: { readonly cni?: string } = {}) {
  const snapshot = loadSnapshot({
    files: [{ name: 'a.yaml', text }],
    profile: { flags: { set: [], ...flags } },
  });
  const { facets, source, unmodelled, settings } = chooseCni(snapshot.cluster);
  return {
    label: facets.label,
    enforces: facets.policy.enforces,
    source,
    unmodelled: unmodelled?.name,
    settings,
  };
}

test('nothing shows: flannel vxlan is assumed, with policies enforced', () => {
  expect(chosen(APP)).toMatchObject({ label: 'flannel-vxlan', enforces: true, source: 'assumed' });
});

test.each([
  ['its image', daemonSet('kube-flannel-ds', 'ghcr.io/flannel-io/flannel:v0.27.0')],
  ['its ConfigMap', netConf('{"Type": "vxlan"}')],
  [
    'node annotations',
    '---\napiVersion: v1\nkind: Node\nmetadata: {name: n, annotations: {flannel.alpha.coreos.com/backend-type: vxlan}}\n',
  ],
])('flannel shows by %s: it enforces none', (_, text) => {
  expect(chosen(APP + text)).toMatchObject({ label: 'flannel-vxlan', enforces: false, source: 'detected' });
});

test('VNI and port are those of net-conf.json', () => {
  const { settings } = chosen(APP + netConf('{"Type": "vxlan", "VNI": 42, "Port": 4789}'));
  expect(settings.options).toMatchObject({ vni: 42, port: 4789 });
});

test('canal: both agents; flannel’s network, Calico’s pods and policies', () => {
  const agents = daemonSet('canal', 'docker.io/calico/node:v3.29.0', 'docker.io/flannel/flannel:v0.24.4');
  expect(chosen(APP + agents)).toMatchObject({ label: 'canal-vxlan', enforces: true, source: 'detected' });
  const config = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: canal-config, namespace: kube-system}
data:
  veth_mtu: "1440"
  masquerade: "false"
  net-conf.json: |
    {"Network": "10.244.0.0/16", "Backend": {"Type": "host-gw"}}
`;
  const { label, settings } = chosen(APP + agents + config);
  expect(label).toBe('canal-host-gw');
  expect(settings).toMatchObject({ mtu: 1440, options: { ipMasq: false } });
});

test('a backend of flannel that is not modelled is said to be so', () => {
  expect(chosen(APP + netConf('{"Type": "ipsec"}'))).toMatchObject({ unmodelled: 'flannel ipsec' });
});

test('the profile wins over what shows', () => {
  const calico = daemonSet('calico-node', 'quay.io/calico/node:v3.29.0');
  expect(chosen(APP + calico)).toMatchObject({ label: 'calico-bgp', source: 'detected', enforces: true });
  expect(chosen(APP + calico, { cni: 'flannel' })).toMatchObject({ source: 'profile', enforces: false });
});

function configMap(name: string, data: Readonly<Record<string, string>>): string {
  return `---\n${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data })}\n`;
}

function object(apiVersion: string, kind: string, spec: unknown, name = 'default'): string {
  return `---\n${JSON.stringify({ apiVersion, kind, metadata: { name }, spec })}\n`;
}

test.each([
  ['ipip', { ipipMode: 'Always', vxlanMode: 'Never' }],
  ['ipip-crosssubnet', { ipipMode: 'CrossSubnet' }],
  ['vxlan', { vxlanMode: 'Always' }],
  ['vxlan-crosssubnet', { ipipMode: 'Never', vxlanMode: 'CrossSubnet' }],
  ['bgp', {}],
])('an IP pool shows Calico %s', (backend, modes) => {
  const pool = object('projectcalico.org/v3', 'IPPool', {
    cidr: '10.48.0.0/16',
    natOutgoing: true,
    ...modes,
  });
  const { label, settings, source } = chosen(APP + pool);
  expect({ label, source }).toEqual({ label: `calico-${backend}`, source: 'detected' });
  expect(settings.options).toMatchObject({ natOutgoing: true, pools: ['10.48.0.0/16'] });
});

test('the operator’s Installation shows encapsulation, block size and MTU', () => {
  const pools = [
    { cidr: '10.48.0.0/16', encapsulation: 'VXLANCrossSubnet', natOutgoing: 'Disabled', blockSize: 27 },
  ];
  const text = object('operator.tigera.io/v1', 'Installation', {
    calicoNetwork: { ipPools: pools, mtu: 1400 },
  });
  const { label, settings } = chosen(APP + text);
  expect(label).toBe('calico-vxlan-crosssubnet');
  expect(settings).toMatchObject({ mtu: 1400, options: { natOutgoing: false, blockSize: 27 } });
});

test.each([['another CNI', { cni: { type: 'AmazonVPC' } }, 'calico beside AmazonVPC']])(
  'Calico with %s is not wired as plain Calico',
  (_, spec, unmodelled) => {
    expect(chosen(APP + object('operator.tigera.io/v1', 'Installation', spec))).toMatchObject({ unmodelled });
  },
);

describe('Calico’s eBPF dataplane shows', () => {
  const agent = daemonSet('calico-node', 'quay.io/calico/node:v3.30.0');
  const felix = (spec: unknown, name = 'default') =>
    object('crd.projectcalico.org/v1', 'FelixConfiguration', spec, name);
  const withEnv = (name: string, value: string) =>
    agent.replace('calico/node:v3.30.0', `calico/node:v3.30.0, env: [{name: ${name}, value: "${value}"}]`);

  test('by the operator’s Installation, FelixConfiguration and the agent’s environment', () => {
    const installation = object('operator.tigera.io/v1', 'Installation', {
      calicoNetwork: { linuxDataplane: 'BPF', ipPools: [{ encapsulation: 'VXLANCrossSubnet' }] },
    });
    for (const text of [
      installation,
      agent + felix({ bpfEnabled: true }),
      withEnv('FELIX_BPFENABLED', 'true'),
    ]) {
      expect(chosen(APP + text).label).toMatch(/^calico-ebpf-/);
    }
    expect(chosen(APP + installation).label).toBe('calico-ebpf-vxlan-crosssubnet');
    expect(chosen(APP + agent + felix({ bpfEnabled: true }, 'node.a')).label).toBe('calico-bgp');
    expect(chosen(APP + withEnv('FELIX_BPFENABLED', 'false') + felix({ bpfEnabled: true })).label).toBe(
      'calico-bgp',
    );
  });

  test('with what it does with Services', () => {
    const options = (spec: object) =>
      chosen(APP + agent + felix({ bpfEnabled: true, ...spec })).settings.options;
    expect(options({ bpfExternalServiceMode: 'DSR' })).toMatchObject({ externalServices: 'dsr' });
    expect(options({ bpfConnectTimeLoadBalancing: 'Disabled' })).toMatchObject({
      connectTimeLoadBalancing: 'disabled',
    });
    expect(options({ bpfExcludeCIDRsFromNAT: ['10.96.0.10/32'] })).toMatchObject({
      excludedFromNAT: '10.96.0.10/32',
    });
  });
});

test.each([
  [{ 'routing-mode': 'tunnel', 'tunnel-protocol': 'geneve' }, 'cilium-geneve'],
  [{ tunnel: 'vxlan' }, 'cilium-vxlan'],
  [{ tunnel: 'disabled', 'kube-proxy-replacement': 'strict' }, 'cilium-native-kpr'],
  [{ 'routing-mode': 'native', 'kube-proxy-replacement': 'true' }, 'cilium-native-kpr'],
  [{}, 'cilium-vxlan'],
])('cilium-config %j shows %s', (data, label) => {
  expect(chosen(APP + configMap('cilium-config', data))).toMatchObject({
    label,
    source: 'detected',
    enforces: true,
  });
});

test('Cilium with WireGuard is another road', () => {
  const text = configMap('cilium-config', { 'enable-wireguard': 'true' });
  expect(chosen(APP + text)).toMatchObject({ source: 'assumed', unmodelled: 'cilium with enable-wireguard' });
});

test('aws-node shows what it does not translate', () => {
  const text = `---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: aws-node, namespace: kube-system}
spec:
  template:
    metadata: {labels: {k8s-app: aws-node}}
    spec:
      containers:
      - name: aws-node
        image: 602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.19.0
        env: [{name: AWS_VPC_K8S_CNI_EXTERNALSNAT, value: "true"}, {name: AWS_VPC_ENI_MTU, value: "1500"}]
`;
  const { label, settings } = chosen(APP + text);
  expect({ label, mtu: settings.mtu, options: settings.options }).toEqual({
    label: 'aws-vpc',
    mtu: 1500,
    options: { externalSNAT: true },
  });
});

test.each([
  ['weave', 'docker.io/weaveworks/weave-kube:2.8.1'],
  ['kube-router', 'docker.io/cloudnativelabs/kube-router:v2.5.0'],
])('%s is told by its image, and is not modelled', (unmodelled, image) => {
  expect(chosen(APP + daemonSet(unmodelled, image))).toMatchObject({ source: 'assumed', unmodelled });
});

test.each([
  ['kindest/kindnetd', 'docker.io/kindest/kindnetd:v20250512', 'kindnet-ptp'],
  ['kubernetes-sigs/kindnet', 'ghcr.io/aojea/kindnetd:v1.8.0', 'kindnet'],
])('%s is told by its image', (_, image, label) => {
  expect(chosen(APP + daemonSet('kindnet', image))).toMatchObject({ label, enforces: true });
});

test.each([
  ['cloud.google.com/gke-nodepool', 'gke-v1'],
  ['kubernetes.azure.com/cluster', 'azure-vnet'],
])('a cloud shows by the node label %s', (label, expected) => {
  const node = `---\napiVersion: v1\nkind: Node\nmetadata: {name: n, labels: {${label}: x}}\n`;
  expect(chosen(APP + node)).toMatchObject({ label: expected, source: 'detected' });
});

test.each([
  ['--cni flanel', { cni: 'flanel', set: [] }, 'no CNI flanel is modelled', ['flannel']],
  [
    '--cni weave',
    { cni: 'weave', set: [] },
    "CNI weave is not modelled, and its roads are no other one's",
    [],
  ],
  [
    'a backend',
    { cni: 'flannel', set: ['cni.backend=vxlam'] },
    'CNI flannel has no backend vxlam',
    ['vxlan'],
  ],
  [
    'an option',
    { cni: 'calico', set: ['cni.options.natOutgoin=true'] },
    'CNI calico has no option natOutgoin',
    ['natOutgoing'],
  ],
  [
    "an option's value",
    { cni: 'flannel', set: ['cni.options.portmapBackend=nft'] },
    'cni.options.portmapBackend of CNI flannel: "nft" is not one of iptables, nftables',
    ['iptables', 'nftables'],
  ],
  [
    "an option's type",
    { cni: 'calico', set: ['cni.options.blockSize=big'] },
    'cni.options.blockSize of CNI calico: "big" is not a number',
    [],
  ],
  [
    'a mapping for a word',
    { cni: 'cilium', set: ['cni.options.loadBalancerMode={a: b}'] },
    'cni.options.loadBalancerMode of CNI cilium: {"a":"b"} is not one of snat, dsr, hybrid',
    ['snat', 'dsr', 'hybrid'],
  ],
  [
    'a range that is none',
    { cni: 'cilium', set: ['cni.options.nativeRoutingCIDR=10.0.0.0/40'] },
    'cni.options.nativeRoutingCIDR of CNI cilium: "10.0.0.0/40" is not a list of ranges like 10.0.0.0/8',
    [],
  ],
  [
    'a mapping for a range',
    { cni: 'cilium', set: ['cni.options.nativeRoutingCIDR={a: b}'] },
    'cni.options.nativeRoutingCIDR of CNI cilium: {"a":"b"} is not a list of ranges like 10.0.0.0/8',
    [],
  ],
  [
    'an address that is none',
    { cni: 'calico', set: ['cni.options.tunnelAddresses={node-a: 10.0.0}'] },
    'cni.options.tunnelAddresses of CNI calico: {"node-a":"10.0.0"} is not a mapping of nodes to addresses',
    [],
  ],
  [
    'options that exclude each other',
    { cni: 'cilium', set: ['cni.options.loadBalancerMode=dsr'] },
    'cni.options.loadBalancerMode dsr needs kubeProxyReplacement',
    [],
  ],
])('%s that is wrong is said so', (_, flags, text, candidates) => {
  const snapshot = loadSnapshot({
    files: [{ name: 'a.yaml', text: APP }],
    profile: { flags },
  });
  expect(chooseCni(snapshot.cluster).problems[0]).toMatchObject({ text, candidates });
});

test('the ranges of Calico’s pools are the pods’', () => {
  const pool = object('crd.projectcalico.org/v1', 'IPPool', { cidr: '10.48.0.0/16', vxlanMode: 'Always' });
  const planned = object('operator.tigera.io/v1', 'Installation', {
    calicoNetwork: { ipPools: [{ cidr: '10.49.0.0/16' }] },
  });
  const ranges = (text: string) =>
    loadSnapshot({
      files: [{ name: 'a.yaml', text: APP + text }],
      profile: { flags: { set: [] } },
    }).profile.podCidrs.map(({ text: range }) => range);
  expect(ranges(pool + planned)).toEqual(['10.48.0.0/16']);
  expect(ranges(planned)).toEqual(['10.49.0.0/16']);
});

describe('families that a CNI cannot give its pods', () => {
  const problems = (cni: string, families: string, text = APP) =>
    chooseCni(
      loadSnapshot({
        files: [{ name: 'a.yaml', text }],
        profile: { flags: { ...(cni === '' ? {} : { cni }), set: [`ipFamilies=[${families}]`] } },
      }).cluster,
    ).problems.map(({ text: problem }) => problem);

  test.each([
    ['flannel/udp', 'IPv6', 'flannel udp carries IPv4 only'],
    ['flannel/ipip', 'IPv4, IPv6', 'flannel ipip carries IPv4 only'],
    ['aws-vpc', 'IPv4, IPv6', 'aws-vpc gives pods IPv4 or IPv6 addresses, never both'],
    ['azure/overlay', 'IPv6', 'AKS has no clusters of IPv6 alone'],
    [
      'azure/vnet',
      'IPv4, IPv6',
      'azure vnet gives pods IPv4 addresses only; dual stack takes overlay or kubenet',
    ],
    ['gke', 'IPv6', 'GKE has no clusters of IPv6 alone'],
    ['kubenet', 'IPv6', 'kubenet is modelled for IPv4 alone'],
  ])('%s with %s', (cni, families, problem) => {
    expect(problems(cni, families)).toContain(problem);
  });

  test('a CNI that the manifests show is asked, too', () => {
    expect(problems('', 'IPv6', APP + netConf('{"Type": "udp"}'))).toEqual(['flannel udp carries IPv4 only']);
  });

  test.each([
    ['flannel/vxlan', 'IPv6'],
    ['flannel/host-gw', 'IPv4, IPv6'],
    ['calico', 'IPv6'],
    ['aws-vpc', 'IPv6'],
    ['azure/overlay', 'IPv4, IPv6'],
    ['gke', 'IPv4, IPv6'],
    ['kindnet', 'IPv6'],
  ])('%s with %s goes', (cni, families) => {
    expect(problems(cni, families)).toEqual([]);
  });

  test('the CNI that is assumed where nothing is known has no say', () => {
    expect(problems('', 'IPv6')).toEqual([]);
  });
});
