/** The devices that a packet to another node's pod passes under each encapsulation, and what they show. */

import { expect, test } from 'vitest';
import { askWorld, devicesOf } from './two-nodes.ts';

const TO_B1 = { from: 'pod/a1', to: '10.244.2.7:8080' };
const INNER = '10.244.1.5:40000 > 10.244.2.7:8080';

test.each([
  ['{name: flannel, backend: wireguard}', 'flannel-wg', 'wireguard 10.0.0.11:51820 > 10.0.0.12:51820'],
  ['{name: flannel, backend: ipip}', 'flannel.ipip', 'ipip 10.0.0.11 > 10.0.0.12'],
  ['{name: calico, backend: ipip}', 'tunl0', 'ipip 10.0.0.11 > 10.0.0.12'],
  ['{name: calico, backend: vxlan}', 'vxlan.calico', 'vxlan 10.0.0.11:51000 > 10.0.0.12:4789'],
])('%s: out by %s in %s', (cni, device, outer) => {
  const devices = devicesOf(askWorld({ cni }, TO_B1));
  const [sent] = devices.filter((line) => line.startsWith(`node-a ${device} out`));
  expect(sent).toBe(`node-a ${device} out ${INNER} ttl 63`);
  expect(devices).toContain(`node-a eth0 out ${INNER} ttl 63 in ${outer}`);
  expect(devices).toContain(`node-b ${device} in ${INNER} ttl 63`);
  expect(devices.at(-1)).toBe(`b1 eth0 in ${INNER} ttl 62`);
});

test('the header of IP in IP has the TTL of the packet inside, that of VXLAN its own', () => {
  const outerTtl = (cni: string) =>
    askWorld({ cni }, TO_B1)
      .paths[0]?.legs[0]?.hops.flatMap(({ steps }) => steps)
      .find(({ packet }) => packet?.outer !== undefined)?.packet?.outer?.ttl;
  expect(outerTtl('{name: calico, backend: ipip}')).toBe(63);
  expect(outerTtl('{name: calico, backend: vxlan}')).toBe(64);
});

test('flannel’s udp backend takes a TTL on either side', () => {
  const devices = devicesOf(askWorld({ cni: '{name: flannel, backend: udp}' }, TO_B1));
  expect(devices).toContain(`node-a flannel0 out ${INNER} ttl 63`);
  expect(devices).toContain(`node-a eth0 out ${INNER} ttl 62 in udp 10.0.0.11:8285 > 10.0.0.12:8285`);
  expect(devices.at(-1)).toBe(`b1 eth0 in ${INNER} ttl 60`);
});

test('Cilium over VXLAN: the packet filter of the node never sees the packet inside', () => {
  const cni = '{name: cilium, options: {kubeProxyReplacement: true}}';
  const answer = askWorld({ cni, backend: 'b1' }, { from: 'pod/a1', to: '10.96.0.50:80' });
  expect(devicesOf(answer).map((line) => line.replace(/ in vxlan.*/, ' in vxlan'))).toEqual([
    `a1 eth0 out ${INNER} ttl 64`,
    `node-a lxc~a1 in ${INNER} ttl 64`,
    `node-a cilium_vxlan out ${INNER} ttl 64`,
    `node-a eth0 out ${INNER} ttl 64 in vxlan`,
    `node-b eth0 in ${INNER} ttl 64 in vxlan`,
    `node-b cilium_vxlan in ${INNER} ttl 64`,
    `node-b lxc~b1 out ${INNER} ttl 63`,
    `b1 eth0 in ${INNER} ttl 63`,
  ]);
  const kinds = answer.paths[0]?.legs[0]?.hops.flatMap(({ steps }) => steps.map(({ where }) => where?.hook));
  expect(kinds?.filter((hook) => hook === 'forward' || hook === 'prerouting')).toEqual([]);
  // The socket is turned: connect() sees the Service, the wire the endpoint.
  const [first] = answer.paths[0]?.legs[0]?.hops ?? [];
  const steps = first?.steps.filter(({ kind }) => kind !== 'neighbor');
  expect(steps?.map(({ kind, packet }) => `${kind} ${packet?.dst}`)).toEqual([
    'originate 10.96.0.50:80',
    'translate 10.244.2.7:8080',
    'originate 10.244.2.7:8080',
    'transmit 10.244.2.7:8080',
  ]);
});

test('Cilium carries the same identity for pods of one set of labels, world for outside clients', () => {
  const cni = '{name: cilium, options: {kubeProxyReplacement: true}}';
  const network = (backend: 'b1', question: { readonly from: string; readonly to: string }) =>
    askWorld({ cni, backend }, question)
      .paths[0]?.legs[0]?.hops.flatMap(({ steps }) => steps)
      .find(({ packet }) => packet?.outer !== undefined)?.packet?.outer?.vni;
  expect(network('b1', { from: '203.0.113.9', to: '10.0.0.11:30080' })).toBe(2);
  expect(network('b1', { from: 'node/node-a', to: '10.244.2.7:8080' })).toBe(6);
  const pod = network('b1', { from: 'pod/a1', to: '10.244.2.7:8080' });
  expect(pod).toBeGreaterThanOrEqual(256);
  expect(pod).toBeLessThan(65536);
});

test('cross-subnet: straight to nodes of the same /24, else through the tunnel', () => {
  const cni = '{name: calico, backend: vxlan-crosssubnet}';
  const outer = (nodeB: string) =>
    devicesOf(askWorld({ cni, nodeB }, TO_B1)).some((line) => line.includes(' in vxlan'));
  expect(outer('10.0.0.12')).toBe(false);
  expect(outer('10.0.1.12')).toBe(true);
});

test.each(['{name: flannel, backend: host-gw}', '{name: calico, backend: bgp}', '{name: kindnet}'])(
  '%s across layer 3: no route, and the answer says why',
  (cni) => {
    const [path] = askWorld({ cni, nodeB: '10.0.1.12' }, TO_B1).paths;
    expect(path).toMatchObject({ disposition: 'neighbor-unreachable', reason: 'not-on-link' });
  },
);

test('a cloud’s network delivers pods’ addresses by itself', () => {
  const devices = devicesOf(askWorld({ cni: '{name: gke}', nodeB: '10.0.1.12' }, TO_B1));
  expect(devices).toContain(`node-b eth0 in ${INNER} ttl 63`);
});

test('secondary interfaces of EC2: pods’ packets leave by theirs, marked ones by the first', () => {
  const enis = 'secondaryENIs: {node-a: {eth1: {address: 10.0.0.21, pods: [10.244.1.5]}}}';
  const cni = `{name: aws-vpc, options: {vpcCIDRs: [10.0.0.0/24, 10.244.0.0/16], ${enis}}}`;
  expect(devicesOf(askWorld({ cni }, TO_B1))).toContain(`node-a eth1 out ${INNER} ttl 63`);
  const outside = devicesOf(askWorld({ cni }, { from: 'pod/a1', to: '203.0.113.9:8080' }));
  expect(outside).toContain('node-a eth0 out 10.0.0.11:61000 > 203.0.113.9:8080 ttl 63');
  const back = devicesOf(askWorld({ cni }, { from: 'pod/b1', to: '10.244.1.5:8080' }));
  expect(back).toContain('node-a eth1 in 10.244.2.7:40000 > 10.244.1.5:8080 ttl 63');
});
