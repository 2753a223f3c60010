import { describe, expect, test } from 'vitest';
import { codesAt, pod, worldOf } from './world.ts';

const nodesOf = (text: string, profile = '') =>
  worldOf(text, profile).cluster.nodes.map(({ name, primaryAddresses, podCidrs, assumed }) => ({
    name,
    addresses: primaryAddresses.map(({ text: address }) => address).join(' '),
    ranges: podCidrs.map(({ text: range }) => range).join(' '),
    assumed: Object.entries(assumed)
      .flatMap(([fact, isAssumed]) => (isAssumed ? [fact] : []))
      .join(' '),
  }));

const node = (name: string, rest = '') => `---
apiVersion: v1
kind: Node
metadata: {name: ${name}}
${rest}
`;

describe('nobody names a node', () => {
  test('two are invented', () => {
    expect(nodesOf('')).toEqual([
      {
        name: 'node-a',
        addresses: '10.0.0.11',
        ranges: '10.244.1.0/24',
        assumed: 'exists addresses podCidrs',
      },
      {
        name: 'node-b',
        addresses: '10.0.0.12',
        ranges: '10.244.2.0/24',
        assumed: 'exists addresses podCidrs',
      },
    ]);
  });

  test('they carry the labels that the kubelet sets', () => {
    expect(worldOf('').cluster.nodes[0]?.labels).toEqual(
      new Map([
        ['kubernetes.io/hostname', 'node-a'],
        ['kubernetes.io/os', 'linux'],
        ['kubernetes.io/arch', 'amd64'],
      ]),
    );
  });

  test('both families have addresses and ranges', () => {
    expect(nodesOf('', 'ipFamilies: [IPv6, IPv4]')[0]).toMatchObject({
      addresses: 'fd00:10::b 10.0.0.11',
      ranges: '10.244.1.0/24 fd00:10:244:1::/64',
    });
  });

  test('more replicas than two nodes take get more nodes', () => {
    const { cluster, diagnostics } = worldOf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: big}
spec:
  replicas: 500
  selector: {matchLabels: {app: big}}
  template: {metadata: {labels: {app: big}}, spec: {containers: [{name: c, image: i}]}}
`);
    expect(cluster.nodes.map(({ name }) => name)).toEqual(['node-a', 'node-b', 'node-c', 'node-d', 'node-e']);
    expect(cluster.pods.filter(({ ips }) => ips.length === 0)).toEqual([]);
    expect(cluster.podByIp.size).toBe(502);
    expect(diagnostics).toEqual([]);
  });

  test('stored input invents none', () => {
    expect(nodesOf('', 'input: stored')).toEqual([]);
  });
});

describe('Node objects', () => {
  test('written facts are kept, the rest is invented around them', () => {
    const text =
      node('b', 'spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}') +
      node(
        'a',
        'status: {addresses: [{type: InternalIP, address: 10.0.0.12}, {type: Hostname, address: a}]}',
      ) +
      node('c');
    expect(nodesOf(text)).toEqual([
      { name: 'a', addresses: '10.0.0.12', ranges: '10.244.4.0/24', assumed: 'podCidrs' },
      { name: 'b', addresses: '10.0.0.13', ranges: '10.244.1.0/24', assumed: 'addresses' },
      { name: 'c', addresses: '10.0.0.14', ranges: '10.244.3.0/24', assumed: 'addresses podCidrs' },
    ]);
  });

  test('no other node is invented; labels are as stored, or with those that the kubelet sets', () => {
    const text = node('only', 'spec: {podCIDR: 10.9.0.0/24}');
    const { cluster } = worldOf(text);
    expect(cluster.nodes.map(({ labels }) => [...labels])).toEqual([
      [
        ['kubernetes.io/hostname', 'only'],
        ['kubernetes.io/os', 'linux'],
        ['kubernetes.io/arch', 'amd64'],
      ],
    ]);
    expect(cluster.nodes[0]?.origin).toBeDefined();
    expect(worldOf(text, 'input: stored').cluster.nodes.map(({ labels }) => labels)).toEqual([new Map()]);
  });

  test('a wide written range is not cut into', () => {
    const text = node('a', 'spec: {podCIDR: 10.244.0.0/17}') + node('b') + node('c');
    expect(nodesOf(text).map(({ ranges }) => ranges)).toEqual([
      '10.244.0.0/17',
      '10.244.128.0/24',
      '10.244.129.0/24',
    ]);
  });
});

test('the profile wins over a Node object of the same name, and adds others', () => {
  const text = node(
    'a',
    'status: {addresses: [{type: InternalIP, address: 10.1.1.1}]}\nspec: {podCIDR: 10.9.1.0/24}',
  );
  const profile = `
nodes:
- {name: a, addresses: [192.168.0.7], labels: {zone: x}, mtu: 9001}
- {name: edge, podCIDRs: [10.9.2.0/24], sysctls: {net.bridge.bridge-nf-call-iptables: 0}}
`;
  const { cluster } = worldOf(text, profile);
  expect(nodesOf(text, profile)).toEqual([
    { name: 'a', addresses: '192.168.0.7', ranges: '10.9.1.0/24', assumed: '' },
    { name: 'edge', addresses: '10.0.0.12', ranges: '10.9.2.0/24', assumed: 'addresses' },
  ]);
  expect(cluster.nodeByName.get('a')).toMatchObject({ mtu: 9001 });
  expect(cluster.nodeByName.get('a')?.labels.get('zone')).toBe('x');
  expect(cluster.nodeByName.get('edge')?.sysctls.get('net.bridge.bridge-nf-call-iptables')).toBe('0');
});

const livePod = (name: string, spec: string, status: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {containers: [{name: c, image: i}], ${spec}}
status: {${status}}
`;

describe('nodes that the profile does not name go by their place', () => {
  const mtus = (text: string, profile: string) =>
    worldOf(text, profile).cluster.nodes.map(({ name, mtu, assumed }) => `${name} ${mtu} ${assumed.exists}`);

  test('among those that are invented', () => {
    expect(mtus('', 'nodes: [{mtu: 9001}]')).toEqual(['node-a 9001 true', 'node-b undefined true']);
    expect(mtus('', 'nodes: [{}, {}, {mtu: 9001}]')).toEqual([
      'node-a undefined true',
      'node-b undefined true',
      'node-c 9001 true',
    ]);
  });

  test('among those that objects name, in the order of names', () => {
    expect(mtus(node('b') + node('a'), 'nodes: [{mtu: 9001}, {mtu: 1400}]')).toEqual([
      'a 9001 false',
      'b 1400 false',
    ]);
  });

  test('one that the profile names has what it says there', () => {
    expect(mtus(node('a'), 'nodes: [{mtu: 9001}, {name: a, mtu: 1400}]')).toEqual(['a 1400 false']);
  });

  test('where there is no such place, it is reported', () => {
    const { cluster, diagnostics } = worldOf(node('a'), 'nodes: [{}, {mtu: 9001}]');
    expect(cluster.nodes.map(({ mtu }) => mtu)).toEqual([undefined]);
    expect(codesAt(diagnostics)).toEqual(['profile-invalid k8snet.yaml:1']);
  });
});

describe('nodes that pods show', () => {
  test('a node that a pod names exists, with what its pods tell of it', () => {
    const text =
      livePod('p', 'nodeName: w2', 'podIP: 10.42.3.7, hostIP: 172.18.0.3') +
      livePod('q', 'nodeName: w1, hostNetwork: true', 'podIP: 172.18.0.2') +
      livePod('r', 'nodeName: w1', 'podIP: 10.42.5.9') +
      livePod('s', 'nodeName: w1', 'podIP: 10.42.6.9');
    expect(nodesOf(text)).toEqual([
      { name: 'w1', addresses: '172.18.0.2', ranges: '10.42.5.0/24 10.42.6.0/24', assumed: 'podCidrs' },
      { name: 'w2', addresses: '172.18.0.3', ranges: '10.42.3.0/24', assumed: 'podCidrs' },
    ]);
  });

  test('a block that two nodes share is cut until it tells their pods apart', () => {
    // Calico gives out blocks of /26.
    const text =
      livePod('a', 'nodeName: w1', 'podIP: 10.42.0.5') +
      livePod('b', 'nodeName: w1', 'podIP: 10.42.0.60') +
      livePod('c', 'nodeName: w2', 'podIP: 10.42.0.70') +
      livePod('d', 'nodeName: w2', 'podIP: 10.42.0.200');
    const { cluster } = worldOf(text);
    expect(nodesOf(text).map(({ ranges }) => ranges)).toEqual([
      '10.42.0.0/26',
      '10.42.0.64/26 10.42.0.128/25',
    ]);
    for (const { ips, node: name } of cluster.pods.filter(({ namespace }) => namespace === 'default')) {
      const holders = cluster.nodes.filter(({ podCidrs }) =>
        podCidrs.some(
          ({ base, length }) => ((ips[0]?.bits as number) ^ (base.bits as number)) >>> (32 - length) === 0,
        ),
      );
      expect(holders.map((holder) => holder.name)).toEqual([name]);
    }
  });

  test('pods without nodeName are grouped by the address of their host', () => {
    const text =
      livePod('a', '', 'podIP: 10.42.0.5, hostIP: 172.18.0.9') +
      livePod('b', '', 'podIP: 10.42.7.5, hostIP: 172.18.0.4') +
      livePod('c', '', 'podIP: 10.42.0.6, hostIP: 172.18.0.9');
    const world = worldOf(text);
    expect(nodesOf(text)).toEqual([
      { name: 'node-a', addresses: '172.18.0.4', ranges: '10.42.7.0/24', assumed: 'exists podCidrs' },
      { name: 'node-b', addresses: '172.18.0.9', ranges: '10.42.0.0/24', assumed: 'exists podCidrs' },
    ]);
    expect(pod(world, 'default/a')).toMatchObject({ node: 'node-b', assumed: { node: true, ips: false } });
    expect(pod(world, 'default/b').node).toBe('node-a');
  });

  test('without host addresses they are grouped by the range of their own', () => {
    // The two pods of the article on Cilium's vxlan.
    const text = livePod('client', '', 'podIP: 245.0.0.35') + livePod('server', '', 'podIP: 245.0.1.59');
    const world = worldOf(text, 'podCIDRs: [245.0.0.0/16]');
    expect(nodesOf(text, 'podCIDRs: [245.0.0.0/16]').map(({ ranges }) => ranges)).toEqual([
      '245.0.0.0/24',
      '245.0.1.0/24',
    ]);
    expect(pod(world, 'default/client').node).not.toBe(pod(world, 'default/server').node);
  });
});

test('a cluster range that is used up leaves nodes without a range, and says so', () => {
  const { cluster, diagnostics } = worldOf(
    node('a', 'spec: {podCIDR: 10.9.0.0/25}') + node('b') + livePod('p', 'nodeName: b', 'phase: Running'),
    'podCIDRs: [10.9.0.0/25]',
  );
  expect(cluster.nodeByName.get('b')?.podCidrs).toEqual([]);
  expect(codesAt(diagnostics)).toEqual([
    'address-range-full manifests.yaml:7',
    'range-too-small k8snet.yaml:1',
  ]);
});
