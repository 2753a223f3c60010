import { describe, expect, test } from 'vitest';
import { cidrContains } from '../../src/net/cidr.ts';
import { fnv1a } from '../../src/net/hash.ts';
import { cidr, clusterIps, codesAt, ip, type World, worldOf } from './world.ts';

const service = (name: string, spec: string, metadata = '') => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop${metadata}}
spec: {ports: [{port: 80}], ${spec}}
`;
const nodePorts = ({ control }: World, name: string) => control.serviceByKey.get(`shop/${name}`)?.nodePorts;

describe('cluster addresses', () => {
  test('are the hash of the name in the upper band of the range', () => {
    // 10.96.0.0/12 without the network, broadcast and lower band: 2^20 - 2 - 256 addresses from 10.96.1.1.
    const offset = 257 + (fnv1a('shop/api') % (2 ** 20 - 2 - 256));
    const expected = [10, 96 + (offset >> 16), (offset >> 8) & 255, offset & 255].join('.');
    const world = worldOf(service('api', 'selector: {app: api}'));
    expect(clusterIps(world, 'shop/api')).toEqual([expected]);
    expect(world.control.serviceByKey.get('shop/api')?.assumed.clusterIps).toBe(true);
  });

  test('written ones are kept, and nobody else gets them', () => {
    const invented = clusterIps(worldOf(service('api', '')), 'shop/api')[0] ?? '';
    const world = worldOf(service('api', '') + service('zz', `clusterIP: ${invented}`));
    expect(clusterIps(world, 'shop/zz')).toEqual([invented]);
    expect(clusterIps(world, 'shop/api')[0]).not.toBe(invented);
    expect(world.control.serviceByKey.get('shop/zz')?.assumed.clusterIps).toBe(false);
  });

  test('headless Services and external names have none', () => {
    const world = worldOf(
      service('h', 'clusterIP: None') + service('e', 'type: ExternalName, externalName: a.example'),
    );
    expect(clusterIps(world, 'shop/h')).toEqual([]);
    expect(clusterIps(world, 'shop/e')).toEqual([]);
  });

  test('two Services with one address keep it, and are reported at the second', () => {
    const world = worldOf(service('a', 'clusterIP: 10.96.0.50') + service('b', 'clusterIP: 10.96.0.50'));
    expect([clusterIps(world, 'shop/a'), clusterIps(world, 'shop/b')]).toEqual([
      ['10.96.0.50'],
      ['10.96.0.50'],
    ]);
    expect(codesAt(world.diagnostics)).toEqual(['service-cluster-ip-conflict manifests.yaml:10']);
  });

  test('a small range that is full gives none, with a word', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    // /29: six usable addresses, of which one is the API server's and one the cluster DNS's.
    const world = worldOf(
      names.map((name) => service(name, '')).join(''),
      'serviceCIDRs: [10.9.0.0/29]\ndns: {clusterIPs: [10.9.0.2]}',
    );
    const given = names.flatMap((name) => clusterIps(world, `shop/${name}`)).sort();
    expect(given).toEqual(['10.9.0.3', '10.9.0.4', '10.9.0.5', '10.9.0.6']);
    expect(world.diagnostics.map(({ code }) => code)).toEqual(['address-range-full', 'address-range-full']);
  });

  test('stored Services get none', () => {
    expect(clusterIps(worldOf(service('api', ''), 'input: stored'), 'shop/api')).toEqual([]);
  });
});

describe('families', () => {
  const dual = 'ipFamilies: [IPv4, IPv6]';
  const families = (spec: string, profile = '') =>
    worldOf(service('api', spec), profile).control.serviceByKey.get('shop/api')?.ipFamilies;

  test.each([
    ['', '', [4]],
    ['', dual, [4]],
    ['', 'ipFamilies: [IPv6, IPv4]', [6]],
    ['ipFamilyPolicy: PreferDualStack', '', [4]],
    ['ipFamilyPolicy: PreferDualStack', dual, [4, 6]],
    ['ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6]', dual, [6, 4]],
    ['ipFamilies: [IPv6]', dual, [6]],
    ['clusterIP: "fd00:10:96::5"', dual, [6]],
    ['clusterIP: None, selector: {a: b}', dual, [4]],
    ['clusterIP: None', '', [4, 6]],
    ['type: ExternalName, externalName: x.example', dual, []],
  ])('%j with profile %j', (spec, profile, expected) => {
    expect(families(spec, profile)).toEqual(expected);
  });

  test('each has an address of its own range', () => {
    const world = worldOf(service('api', 'ipFamilyPolicy: PreferDualStack'), dual);
    const [four = '', six = ''] = clusterIps(world, 'shop/api');
    expect(cidrContains(cidr('10.96.0.0/12'), ip(four))).toBe(true);
    expect(cidrContains(cidr('fd00:10:96::/112'), ip(six))).toBe(true);
  });

  test('one that the cluster has not is refused as by the API server', () => {
    const world = worldOf(service('api', 'ipFamilies: [IPv6]'));
    expect(codesAt(world.diagnostics)).toEqual(['invalid-field manifests.yaml:5']);
    expect(clusterIps(world, 'shop/api').length).toBe(1);
    expect(
      worldOf(service('api', 'ipFamilies: [IPv4, IPv6], ipFamilyPolicy: PreferDualStack')).diagnostics,
    ).toEqual([]);
  });
});

describe('node ports', () => {
  test('are the hash of the name and port in the range', () => {
    const world = worldOf(service('api', 'type: NodePort'));
    expect(nodePorts(world, 'api')).toEqual([30000 + (fnv1a('shop/api/80') % 2768)]);
    expect(world.control.serviceByKey.get('shop/api')?.assumed.nodePorts).toEqual([true]);
  });

  test.each([
    ['type: ClusterIP', [undefined]],
    ['type: LoadBalancer, allocateLoadBalancerNodePorts: false', [undefined]],
  ])('%s has none', (spec, expected) => {
    expect(nodePorts(worldOf(service('api', spec)), 'api')).toEqual(expected);
  });

  test('a load balancer has one', () => {
    expect(nodePorts(worldOf(service('api', 'type: LoadBalancer')), 'api')?.[0]).toBeGreaterThanOrEqual(
      30000,
    );
  });

  test('written ones are kept; ports of one number share theirs', () => {
    const text = `
apiVersion: v1
kind: Service
metadata: {name: dns, namespace: shop}
spec:
  type: NodePort
  ports:
  - {name: udp, port: 53, protocol: UDP}
  - {name: tcp, port: 53, protocol: TCP, nodePort: 30053}
  - {name: metrics, port: 9153}
`;
    const [udp, tcp, metrics] = nodePorts(worldOf(text), 'dns') ?? [];
    expect([udp, tcp]).toEqual([30053, 30053]);
    expect(metrics).not.toBe(30053);
  });

  test('a full range gives none, with a word', () => {
    const world = worldOf(
      service('a', 'type: NodePort') + service('b', 'type: NodePort'),
      'nodePortRange: 30000-30000',
    );
    expect([nodePorts(world, 'a'), nodePorts(world, 'b')]).toEqual([[30000], [undefined]]);
    expect(codesAt(world.diagnostics)).toEqual(['address-range-full manifests.yaml:10']);
  });
});

describe('what every cluster has', () => {
  test('the Services of the API server and the cluster DNS, with two pods', () => {
    const { cluster, control } = worldOf('');
    expect(cluster.services.map(({ key, clusterIps: [address] }) => `${key} ${address?.text}`)).toEqual([
      'default/kubernetes 10.96.0.1',
      'kube-system/kube-dns 10.96.0.10',
    ]);
    expect(cluster.pods.map(({ key, node, labels }) => `${key} ${node} ${labels.get('k8s-app')}`)).toEqual([
      'kube-system/coredns#1 node-a kube-dns',
      'kube-system/coredns#2 node-b kube-dns',
    ]);
    expect(
      control.servicePorts.map(
        ({ key, protocol, port, endpoints }) => `${key} ${port}/${protocol} ${endpoints.length}`,
      ),
    ).toEqual([
      'default/kubernetes:https 443/tcp 1',
      'kube-system/kube-dns:dns 53/udp 2',
      'kube-system/kube-dns:dns-tcp 53/tcp 2',
      'kube-system/kube-dns:metrics 9153/tcp 2',
    ]);
  });

  test('nothing in stored input', () => {
    const { cluster } = worldOf('', 'input: stored');
    expect([cluster.services, cluster.pods, [...cluster.namespaces]]).toEqual([[], [], []]);
  });

  const kubeSystem = (name: string, spec: string, labels = '') =>
    `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: kube-system, labels: {${labels}}}\nspec: {ports: [{port: 53, protocol: UDP}], ${spec}}\n`;

  test.each([
    ['by name', kubeSystem('kube-dns', 'selector: {k8s-app: kube-dns}')],
    ['by label', kubeSystem('rke2-coredns', 'selector: {app: coredns}', 'k8s-app: kube-dns')],
    ['by address', kubeSystem('dns-default', 'selector: {dns: default}, clusterIP: 10.96.0.10')],
  ])('another cluster DNS, told %s, takes the place of the implied one', (_, text) => {
    const { cluster } = worldOf(text);
    const dns = cluster.services.filter(({ namespace }) => namespace === 'kube-system');
    expect(dns.map(({ origin, clusterIps: [address] }) => [origin !== undefined, address?.text])).toEqual([
      [true, '10.96.0.10'],
    ]);
    expect(cluster.pods.map(({ name }) => name)).toEqual(['coredns#1', 'coredns#2']);
  });

  test('pods of the cluster DNS that are in the input are the ones', () => {
    const { cluster } = worldOf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  replicas: 1
  selector: {matchLabels: {k8s-app: kube-dns}}
  template: {metadata: {labels: {k8s-app: kube-dns}}, spec: {containers: [{name: coredns, image: i}]}}
`);
    expect(cluster.pods.map(({ name, origin }) => [name, origin !== undefined])).toEqual([
      ['coredns#1', true],
    ]);
  });

  test('the API server stands on the control-plane nodes', () => {
    const node = (name: string, labels: string, address: string) =>
      `---\napiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {${labels}}}\nstatus: {addresses: [{type: InternalIP, address: ${address}}]}\n`;
    const world = worldOf(
      node('a', '', '10.1.0.1') +
        node('cp1', 'node-role.kubernetes.io/control-plane: ""', '10.1.0.2') +
        node('cp2', 'node-role.kubernetes.io/control-plane: ""', '10.1.0.3'),
    );
    const [port] = world.control.servicePortsOf('default/kubernetes');
    // The API server writes no node name, so a proxy calls none of its endpoints local.
    expect(
      port?.endpoints.map(({ ip: { text }, port: number, node: where }) => [text, number, where]),
    ).toEqual([
      ['10.1.0.2', 6443, undefined],
      ['10.1.0.3', 6443, undefined],
    ]);
  });
});
