import { describe, expect, test } from 'vitest';
import { cidrContains } from '../../src/net/cidr.ts';
import { fnv1a } from '../../src/net/hash.ts';
import { cidr, ip, pod, type World, worldOf } from './world.ts';

const naked = (name: string, { spec = '', status = '' } = {}) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {${spec}containers: [{name: c, image: i}]}
status: {${status}}
`;
const texts = (world: World, key: `${string}/${string}`) => pod(world, key).ips.map(({ text }) => text);

test('an address is the hash of the name in the range of the node, network and gateway left out', () => {
  const world = worldOf(naked('web'));
  // 10.244.1.0/24 has 253 addresses for pods: .2 to .254.
  expect(texts(world, 'default/web')).toEqual([`10.244.1.${2 + (fnv1a('default/web') % 253)}`]);
  expect(pod(world, 'default/web').assumed).toMatchObject({ ips: true, node: true });
});

test('both families get an address each, in the order of the families', () => {
  const world = worldOf(naked('web'), 'ipFamilies: [IPv6, IPv4]');
  const [six, four] = pod(world, 'default/web').ips;
  expect(six && cidrContains(cidr('fd00:10:244:1::/64'), six)).toBe(true);
  expect(four && cidrContains(cidr('10.244.1.0/24'), four)).toBe(true);
});

test('known addresses are kept, and nobody else gets them', () => {
  const invented = texts(worldOf(naked('web')), 'default/web')[0] ?? '';
  const world = worldOf(
    naked('web') + naked('first', { spec: 'nodeName: w1, ', status: `podIP: ${invented}` }),
    'nodes: [{name: w1, podCIDRs: [10.244.1.0/24]}]',
  );
  expect(texts(world, 'default/first')).toEqual([invented]);
  expect(texts(world, 'default/web')[0]).not.toBe(invented);
  expect(pod(world, 'default/first').assumed.ips).toBe(false);
  expect(world.cluster.podByIp.get(ip(invented))?.key).toBe('default/first');
});

test('a pod on the host network has its node’s addresses, and does not own them', () => {
  const world = worldOf(naked('agent', { spec: 'hostNetwork: true, ' }));
  expect(texts(world, 'default/agent')).toEqual(['10.0.0.11']);
  expect(world.cluster.podByIp.has(ip('10.0.0.11'))).toBe(false);
  expect(world.cluster.nodeByIp.get(ip('10.0.0.11'))?.name).toBe('node-a');
});

describe('a full range', () => {
  const profile = 'nodes: [{name: w1, podCIDRs: [10.9.0.0/29]}]';
  const five = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => naked(name)).join('');

  test('leaves the rest without an address, and says how many', () => {
    const { cluster, diagnostics } = worldOf(five, profile);
    const own = cluster.pods.filter(({ namespace }) => namespace === 'default');
    const given = own.flatMap(({ ips }) => ips.map(({ text }) => text)).sort();
    expect(given).toEqual(['10.9.0.2', '10.9.0.3', '10.9.0.4', '10.9.0.5', '10.9.0.6']);
    expect(own.filter(({ readiness }) => readiness === 'not-ready').length).toBe(2);
    expect(diagnostics.map(({ code, text }) => `${code}: ${text}`)).toEqual([
      'address-range-full: no free address for 4 pods: the pod range of node w1 (10.9.0.0/29) is full',
    ]);
  });

  test('too small for any pod', () => {
    const { cluster } = worldOf(naked('a'), 'nodes: [{name: w1, podCIDRs: [10.9.0.0/31]}]');
    expect(cluster.podByIp.size).toBe(0);
  });
});

test('stored pods without an address get none', () => {
  const world = worldOf(naked('web', { spec: 'nodeName: w1, ' }), 'input: stored');
  expect(pod(world, 'default/web')).toMatchObject({ node: 'w1', ips: [] });
});
