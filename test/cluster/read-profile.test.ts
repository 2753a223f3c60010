import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ClusterProfile } from '../../src/cluster/profile.ts';
import { type ProfileFlags, readProfile } from '../../src/cluster/read-profile.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { locate } from '../../src/source/ref.ts';

interface Read {
  readonly profile: ClusterProfile;
  readonly diagnostics: readonly Diagnostic[];
  /** `file:line:column text`. */
  readonly printed: readonly string[];
}

function read(text: string | undefined, flags: Partial<ProfileFlags> = {}): Read {
  const diagnostics: Diagnostic[] = [];
  const profile = readProfile(
    { ...(text === undefined ? {} : { file: { name: 'k8snet.yaml', text } }), flags: { set: [], ...flags } },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const printed = diagnostics.map(({ text: words, sources }) => {
    const { file, line, column } = locate(
      sources[0]?.at ?? { file: { name: '?', text: '' }, span: { start: 0, end: 0 } },
    );
    return `${file}:${line}:${column} ${words}`;
  });
  return { profile, diagnostics, printed };
}

/** The profile with addresses and ranges as texts; `check` and `assume` are kept as written for `checks/`. */
function texts(profile: ClusterProfile): unknown {
  const { given: _, check: __, assume: ___, ...values } = profile;
  return JSON.parse(
    JSON.stringify(values, (_key, value: unknown) => {
      if (value instanceof Map) return Object.fromEntries(value);
      const isNet = typeof value === 'object' && value !== null && 'text' in value && 'family' in value;
      return isNet ? value.text : value;
    }),
  );
}

const DEFAULTS = {
  kubernetes: '1.35',
  input: 'authored',
  namespace: 'default',
  manifests: [],
  clusterDomain: 'cluster.local',
  ipFamilies: [4],
  podCidrs: ['10.244.0.0/16'],
  serviceCidrs: ['10.96.0.0/12'],
  nodePortRange: [30000, 32767],
  nodes: [],
  dns: {
    clusterIps: ['10.96.0.10'],
    namespace: 'kube-system',
    port: 53,
    defaults: 'kubeadm',
    nodeLocal: false,
    upstream: {},
  },
  proxy: {
    mode: 'iptables',
    scheduler: 'rr',
    clusterCidr: [],
    detectLocal: 'ClusterCIDR',
    bridgeInterface: '',
    interfaceNamePrefix: '',
    masqueradeAll: false,
    masqueradeBit: 14,
    localhostNodePorts: true,
  },
  cni: { options: {} },
  ingressController: {
    ingressClass: 'nginx',
    controllerClass: 'k8s.io/ingress-nginx',
    ingressClassByName: false,
    watchIngressWithoutClass: false,
    disableCatchAll: false,
    useForwardedHeaders: false,
  },
  istio: {},
  loadBalancer: { healthChecks: true, addresses: {} },
};

test.each([undefined, '', '# nothing\n', 'apiVersion: k8snet.dev/v1\nkind: Profile\n'])(
  'defaults: %j',
  (text) => {
    const { profile, diagnostics } = read(text);
    expect(texts(profile)).toEqual(DEFAULTS);
    expect(diagnostics).toEqual([]);
  },
);

test('every key of the profile file', () => {
  const { profile, printed } = read(readFileSync('fixtures/input/profile/k8snet.yaml', 'utf8'));
  expect(printed).toEqual([]);
  expect(texts(profile)).toEqual({
    kubernetes: '1.30',
    input: 'stored',
    namespace: 'shop',
    manifests: ['k8s/'],
    clusterDomain: 'corp.example',
    ipFamilies: [4, 6],
    podCidrs: ['10.200.0.0/16', 'fd00:200::/56'],
    serviceCidrs: ['10.100.0.0/16', 'fd00:100::/112'],
    nodePortRange: [31000, 31999],
    nodes: [
      {
        name: 'node-a',
        addresses: ['10.0.0.11', '192.168.0.11'],
        primaryAddresses: ['10.0.0.11'],
        podCidrs: ['10.200.1.0/24'],
        labels: { 'topology.kubernetes.io/zone': 'a', rack: '7' },
        mtu: 9001,
        sysctls: { 'net.bridge.bridge-nf-call-iptables': '0' },
      },
      { name: 'node-b', addresses: [], primaryAddresses: [], podCidrs: [], labels: {}, sysctls: {} },
    ],
    dns: {
      clusterIps: ['10.100.0.53'],
      namespace: 'dns-system',
      port: 1053,
      defaults: 'kubeadm',
      ttl: 5,
      pods: 'insecure',
      reverseZones: ['10.in-addr.arpa.'],
      namespaces: null,
      ignoreEmptyService: false,
      noEndpoints: false,
      endpointPodNames: false,
      nodeLocal: false,
      nodeResolvConf: '',
      upstream: {},
    },
    proxy: {
      mode: 'nftables',
      scheduler: 'rr',
      clusterCidr: ['10.200.0.0/16'],
      detectLocal: 'BridgeInterface',
      bridgeInterface: 'cni0',
      interfaceNamePrefix: 'veth',
      masqueradeAll: true,
      masqueradeBit: 10,
      nodePortAddresses: ['10.0.0.0/24'],
      localhostNodePorts: false,
    },
    cni: {
      name: 'flannel',
      backend: 'host-gw',
      mtu: 1500,
      enforcesPolicy: true,
      ipBlock: { pods: true, nodes: true },
      options: { natOutgoing: true, tunnelAddresses: { 'node-a': '10.200.1.64' } },
    },
    ingressController: { ...DEFAULTS.ingressController, name: 'ingress-nginx' },
    istio: {
      version: '1.30',
      rootNamespace: 'istio-system',
      outboundTrafficPolicy: 'ALLOW_ANY',
      autoMtls: true,
    },
    loadBalancer: { kind: 'proxy', healthChecks: true, addresses: { 'shop/web': '198.51.100.7' } },
  });
  expect(profile.given.get('proxy.mode')?.path).toEqual(['proxy', 'mode']);
  expect(profile.given.has('nodes.0.mtu')).toBe(true);
  expect(profile.given.has('preset')).toBe(false);
});

describe('bad values are reported where they stand, and the default holds', () => {
  test.each<[string, string, string]>([
    ['podCIDR: [10.0.0.0/8]', '1:1 podCIDR: unknown key', 'did you mean podCIDRs?'],
    ['proxy: {mod: iptables}', '1:9 proxy.mod: unknown key', 'did you mean mode?'],
    ['dns: {clusterIP: 10.0.0.1}', '1:7 dns.clusterIP: unknown key', 'did you mean clusterIPs?'],
    ['mesh: {linkerd: {}}', '1:8 mesh.linkerd: unknown key', ''],
    ['namespace: 7', '1:12 namespace: Invalid value: 7: must be a string', 'quote it: "7"'],
    ['kubernetes: new', '1:13 kubernetes: Invalid value: "new": must be a version like "1.35"', ''],
    [
      'clusterDomain: -a',
      '1:16 clusterDomain: Invalid value: "-a": must be a domain name like cluster.local',
      '',
    ],
    ['ipFamilies: [IPv4, IPv5]', '1:20 ipFamilies[1]: Invalid value: "IPv5": must be IPv4 or IPv6', ''],
    [
      'nodePortRange: 32767-30000',
      '1:16 nodePortRange: Invalid value: "32767-30000": must be a range of ports like 30000-32767',
      '',
    ],
    [
      'proxy: {masqueradeBit: 32}',
      '1:24 proxy.masqueradeBit: Invalid value: 32: must be between 0 and 31, inclusive',
      '',
    ],
    [
      'proxy: {mode: userspace}',
      '1:15 proxy.mode: Unsupported value: "userspace": supported values: "iptables", "nftables", "ipvs", "cilium", "none"',
      '',
    ],
    [
      'proxy: {detectLocal: {bridge: cni0}}',
      '1:23 proxy.detectLocal.bridge: unknown key',
      'did you mean bridgeInterface?',
    ],
    ['proxy: iptables', '1:8 proxy: Invalid value: "iptables": must be an object', ''],
    ['- a', '1:1 a profile is a mapping of keys to values', ''],
    ['kind: Deployment', '1:7 not a profile: kind must be Profile', ''],
    ['preset: kubeadm-flanel', '1:9 no preset kubeadm-flanel', 'did you mean kubeadm-flannel?'],
    [
      'dns: {upstream: {example.org: [{type: A, data: fd00::1}]}}',
      '1:48 dns.upstream[example.org][0].data: Invalid value: "fd00::1": must be an IPv4 address',
      '',
    ],
    [
      'dns: {reverseZones: [a..b]}',
      '1:22 dns.reverseZones[0]: Invalid value: "a..b": must be a domain name like in-addr.arpa',
      '',
    ],
  ])('%s', (text, message, help) => {
    const { profile, diagnostics, printed } = read(text);
    expect(printed).toEqual([`k8snet.yaml:${message}`]);
    expect(diagnostics[0]?.code).toBe('profile-invalid');
    expect(diagnostics[0]?.help?.[0]?.text ?? '').toBe(help);
    expect(texts(profile)).toEqual({ ...DEFAULTS, ...(text === 'namespace: 7' ? { namespace: '7' } : {}) });
  });

  test('a file that is not YAML', () => {
    const { profile, diagnostics } = read('proxy: {', { cni: 'flannel' });
    expect(diagnostics.map(({ code }) => code)).toEqual(['profile-invalid']);
    expect(profile.cni.name).toBe('flannel');
  });

  test('a second document', () => {
    const { profile, printed } = read('namespace: a\n---\nnamespace: b\n');
    expect(printed).toEqual(['k8snet.yaml:3:1 a profile is one document; the others are left out']);
    expect(profile.namespace).toBe('a');
  });
});

describe('spellings of kube-proxy and the API server', () => {
  test.each<[string, Partial<ClusterProfile['proxy']>]>([
    ['mode: ""', { mode: 'iptables' }],
    ['mode: IPVS', { mode: 'ipvs' }],
    ['detectLocalMode: NodeCIDR', { detectLocal: 'NodeCIDR' }],
    ['detectLocalMode: ""', { detectLocal: 'ClusterCIDR' }],
    ['detectLocal: None', { detectLocal: 'none' }],
    [
      'detectLocalMode: InterfaceNamePrefix, detectLocal: {bridgeInterface: "", interfaceNamePrefix: veth}',
      { detectLocal: 'InterfaceNamePrefix', bridgeInterface: '', interfaceNamePrefix: 'veth' },
    ],
    ['masqueradeBit: null', { masqueradeBit: 14 }],
    ['nodePortAddresses: [primary]', { nodePortAddresses: 'primary' }],
    ['nodePortAddresses: primary', { nodePortAddresses: 'primary' }],
    ['scheduler: ""', { scheduler: 'rr' }],
    ['scheduler: SH', { scheduler: 'sh' }],
  ])('{%s}', (proxy, expected) => {
    const { profile, printed } = read(`proxy: {${proxy}}`);
    expect(printed).toEqual([]);
    expect(profile.proxy).toMatchObject(expected);
  });

  test('lists with commas, ranges with plus, versions with v', () => {
    const text =
      'proxy: {clusterCIDR: "10.1.0.0/16,fd00::/48", nodePortAddresses: []}\nnodePortRange: 30000+99\nkubernetes: v1.34.2-gke.1\n';
    const { profile, printed } = read(text);
    expect(printed).toEqual([]);
    expect(profile.proxy.clusterCidr.map((cidr) => cidr.text)).toEqual(['10.1.0.0/16', 'fd00::/48']);
    expect(profile.proxy.nodePortAddresses).toBeUndefined();
    expect(profile.nodePortRange).toEqual([30000, 30099]);
    expect(profile.kubernetes).toBe('1.34');
  });
});

describe('families and addresses', () => {
  test.each<[string, unknown]>([
    [
      'ipFamilies: [IPv6]',
      { families: [6], pods: ['fd00:10:244::/56'], services: ['fd00:10:96::/112'], dns: ['fd00:10:96::a'] },
    ],
    [
      'ipFamilies: IPv4,IPv6',
      {
        families: [4, 6],
        pods: ['10.244.0.0/16', 'fd00:10:244::/56'],
        services: ['10.96.0.0/12', 'fd00:10:96::/112'],
        dns: ['10.96.0.10'],
      },
    ],
    [
      'serviceCIDRs: ["fd00:1::/112"]',
      { families: [6], pods: ['fd00:10:244::/56'], services: ['fd00:1::/112'], dns: ['fd00:1::a'] },
    ],
    [
      'podCIDRs: [10.1.0.0/16]',
      { families: [4], pods: ['10.1.0.0/16'], services: ['10.96.0.0/12'], dns: ['10.96.0.10'] },
    ],
  ])('%s', (text, expected) => {
    const { profile } = read(text);
    expect({
      families: profile.ipFamilies,
      pods: profile.podCidrs.map((cidr) => cidr.text),
      services: profile.serviceCidrs.map((cidr) => cidr.text),
      dns: profile.dns.clusterIps.map((ip) => ip.text),
    }).toEqual(expected);
  });
});

describe('flags', () => {
  test('win over the file', () => {
    const text = 'namespace: a\nkubernetes: "1.30"\nproxy: {mode: ipvs}\nclusterDomain: a.example\n';
    const flags = {
      namespace: 'b',
      kubernetes: '1.31',
      proxy: 'iptables',
      clusterDomain: 'b.example',
      stored: true,
    };
    const { profile, printed } = read(text, flags);
    expect(printed).toEqual([]);
    expect(profile).toMatchObject({
      namespace: 'b',
      kubernetes: '1.31',
      clusterDomain: 'b.example',
      input: 'stored',
    });
    expect(profile.proxy.mode).toBe('iptables');
    expect(profile.given.has('proxy.mode')).toBe(true);
    expect(profile.given.get('proxy.mode')).toBeUndefined();
  });

  test('--cni names another plugin: what the file says about the first does not hold', () => {
    const text = 'cni: {name: calico, backend: ipip, options: {blockSize: 26}}';
    expect(read(text, { cni: 'flannel' }).profile.cni).toEqual({ name: 'flannel', options: {} });
    const named = read(text, { cni: 'calico/bgp' }).profile.cni;
    expect(named).toEqual({ name: 'calico', backend: 'bgp', options: { blockSize: 26 } });
    expect(read(text, { cni: 'calico' }).profile.cni).toEqual({
      name: 'calico',
      backend: 'ipip',
      options: { blockSize: 26 },
    });
  });

  test('--set reaches any key', () => {
    const { profile, printed } = read('nodes: [{name: a, mtu: 1500}]\n', {
      set: [
        'nodes.0.mtu=9001',
        'nodes.0.labels.topology.kubernetes.io/zone=a',
        'nodes.0.sysctls.net.bridge.bridge-nf-call-iptables=0',
        'nodes.1={name: b, addresses: [10.0.0.12]}',
        'cni.options.vni=42',
        'podCIDRs=10.1.0.0/16,10.2.0.0/16',
        'kubernetes=1.30',
        'proxy.masqueradeAll=yes',
      ],
    });
    expect(printed).toEqual([]);
    expect(profile.nodes).toMatchObject([
      { name: 'a', mtu: 9001 },
      { name: 'b', addresses: [{ text: '10.0.0.12' }] },
    ]);
    expect([...(profile.nodes[0]?.labels ?? [])]).toEqual([['topology.kubernetes.io/zone', 'a']]);
    expect([...(profile.nodes[0]?.sysctls ?? [])]).toEqual([['net.bridge.bridge-nf-call-iptables', '0']]);
    expect(profile.cni.options).toEqual({ vni: 42 });
    expect(profile.podCidrs.map((cidr) => cidr.text)).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
    expect(profile.kubernetes).toBe('1.30');
    expect(profile.proxy.masqueradeAll).toBe(true);
    expect(profile.given.has('nodes.0.mtu')).toBe(true);
  });

  test.each<[Partial<ProfileFlags>, readonly string[]]>([
    [{ set: ['mtu'] }, ['--set:1:1 --set mtu: must be KEY=VALUE']],
    [{ set: ['nodes.0.mtu=big'] }, ['--set:1:13 nodes[0].mtu: Invalid value: "big": must be an integer']],
    [
      { set: ['proxy.mode=fast'] },
      [
        '--set:1:12 proxy.mode: Unsupported value: "fast": supported values: "iptables", "nftables", "ipvs", "cilium", "none"',
      ],
    ],
    [
      { set: ['proxy.masqueradeBit=x'] },
      ['--set:1:21 proxy.masqueradeBit: Invalid value: "x": must be an integer'],
    ],
    [{ set: ['prxoy.mode=ipvs'] }, ['--set:1:12 prxoy: unknown key']],
    [{ set: ['__proto__.x=1'] }, ['--set:1:13 __proto__: unknown key']],
    [{ set: ['cni.name=['] }, ['--set:1:11 Flow sequence must end with a ]']],
    [
      { proxy: 'fast' },
      [
        '--proxy:1:1 proxy.mode: Unsupported value: "fast": supported values: "iptables", "nftables", "ipvs", "cilium", "none"',
      ],
    ],
    [{ kubernetes: 'x' }, ['--kubernetes:1:1 kubernetes: Invalid value: "x": must be a version like "1.35"']],
  ])('%j', (flags, expected) => {
    const { profile, printed } = read(undefined, flags);
    expect(printed).toEqual(expected);
    expect(profile.proxy).toEqual(read(undefined).profile.proxy);
  });
});
