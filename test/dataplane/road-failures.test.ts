/** Roads that fail by configuration: reverse path filters, MTUs that do not fit, Windows, addresses that nobody has. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';
import { askWorld, worldInput } from './two-nodes.ts';

const ENIS = 'secondaryENIs: {node-a: {eth1: {address: 10.0.0.21, pods: [10.244.1.5]}}}';
const AWS = `{name: aws-vpc, options: {vpcCIDRs: [10.0.0.0/24, 10.244.0.0/16], ${ENIS}}}`;

/** node-a with a sysctl; the profile's list of nodes is written anew. */
function withSysctl(cni: string, sysctl: string) {
  const input = worldInput({ cni, backend: 'a2' });
  const text = input.profile.file?.text.replace(/(name: node-a, [^}]*)\}/, `$1, sysctls: {${sysctl}}}`) ?? '';
  return loadSnapshot({ ...input, profile: { ...input.profile, file: { name: 'k8snet.yaml', text } } });
}

test.each([
  ['net.ipv4.conf.all.rp_filter: 0', 'exits-cluster'],
  // The plugin makes the first interface loose, and the larger value counts.
  ['net.ipv4.conf.all.rp_filter: 1', 'exits-cluster'],
  ['net.ipv4.conf.eth0.rp_filter: 1', 'reply-lost'],
])('a pod of a second interface to the internet, with %s: %s', (sysctl, disposition) => {
  const snapshot = withSysctl(AWS, sysctl);
  // The mark sends it out by eth0; without it, the way back to the client is eth1.
  const question = { from: 'pod/a1', to: '203.0.113.9:8080', dns: false };
  expect(traceQuestion(snapshot, question).paths[0]?.disposition).toBe(disposition);
});

test('an MTU that the encapsulation does not fit into is said to be one', () => {
  const ask = (cni: string) => askWorld({ cni }, { from: 'pod/a1', to: '10.244.2.7:8080' }).diagnostics;
  expect(ask('{name: flannel, backend: vxlan, mtu: 1500}')).toContainEqual(
    expect.objectContaining({
      code: 'mtu-too-large',
      severity: 'warning',
      help: [expect.objectContaining({ text: 'an MTU of 1450 fits' })],
    }),
  );
  expect(ask('{name: flannel, backend: vxlan, mtu: 1450}').map(({ code }) => code)).not.toContain(
    'mtu-too-large',
  );
  expect(ask('{name: flannel, backend: host-gw, mtu: 1500}').map(({ code }) => code)).not.toContain(
    'mtu-too-large',
  );
});

test('an MTU that does not fit: who learns of it, and who does not', () => {
  const texts = (world: Parameters<typeof askWorld>[0], question: Parameters<typeof askWorld>[1]) =>
    askWorld(world, question)
      .diagnostics.filter(({ code }) => code === 'mtu-too-large')
      .map(({ text }) => text);
  const across = { from: 'pod/a1', to: '10.244.2.7:8080' };
  // The device of the tunnel has the MTU that fits: the node tells the pod (Linux net/ipv4/ip_forward.c).
  expect(texts({ cni: '{name: flannel, backend: vxlan, mtu: 1500}' }, across)).toEqual([
    'packets may have 1500 bytes, vxlan adds 50, and eth0 carries 1500: flannel.1 takes 1450, so the node answers full-size ones with "fragmentation needed"; they are lost where that does not get back to the sender',
  ]);
  // A client outside sends 1500, but the pod has told it to send no more than 1450 (MSS 1410).
  const outside = { from: '203.0.113.9', to: '10.0.0.11:30080' };
  expect(texts({ cni: '{name: flannel, backend: vxlan}', backend: 'b1' }, outside)).toEqual([]);
});

test('an address in no node’s range: nobody has it', () => {
  const answer = askWorld({ cni: '{name: flannel}' }, { from: 'pod/a1', to: '10.244.9.9:80' });
  expect(answer.paths[0]).toMatchObject({
    disposition: 'neighbor-unreachable',
    reason: 'subnet-without-lease',
  });
});

describe('a pod whose address lies in the range of no node', () => {
  const [near, far] = [
    ['node-a', '10.0.0.11', '10.244.1.0/24', 'a', '10.244.1.5'],
    ['node-b', '10.0.0.12', '10.244.2.0/24', 'b', '172.30.0.7'],
  ].map(
    ([node, address, range, pod, ip]) => `apiVersion: v1
kind: Node
metadata: {name: ${node}}
spec: {podCIDR: ${range}}
status: {addresses: [{type: InternalIP, address: ${address}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ${pod}}
spec: {nodeName: ${node}, containers: [{name: c, ports: [{containerPort: 80}]}]}
status: {podIP: ${ip}}
`,
  );
  const ask = (cni: string, from: string, text = `${near}---\n${far}`) =>
    traceQuestion(loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { cni, set: [] } } }), {
      from,
      to: '172.30.0.7:80',
      dns: false,
    });

  test.each(['flannel', 'flannel/host-gw', 'kindnet', 'kubenet'])('%s: no road leads there', (cni) => {
    const answer = ask(cni, 'pod/a');
    expect(answer.paths[0]).toMatchObject({
      disposition: 'neighbor-unreachable',
      reason: 'subnet-without-lease',
    });
    expect(JSON.stringify(answer.paths)).toContain(
      'no node has 172.30.0.7, the address of pod b, in its pod range; nobody outside has it',
    );
  });

  test.each(['calico', 'aws-vpc'])('%s routes pods, not the ranges of nodes', (cni) => {
    expect(ask(cni, 'pod/a').paths[0]).toMatchObject({ disposition: 'accepted' });
  });

  test('from outside, nobody routes to it', () => {
    expect(ask('flannel', '203.0.113.9').paths[0]).toMatchObject({ disposition: 'no-route' });
  });
});

test('an address of a Calico block that no pod has falls into the block’s black hole', () => {
  const answer = askWorld({ cni: '{name: calico}' }, { from: 'pod/a1', to: '10.244.1.9:80' });
  expect(answer.paths[0]).toMatchObject({ disposition: 'dropped', symptom: 'timeout' });
});

test('an IPv6 pod of AWS has a road to IPv4 that is not modelled', () => {
  const text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n';
  const ask = (cni: string) =>
    traceQuestion(
      loadSnapshot({
        files: [{ name: 'a.yaml', text }],
        profile: { flags: { cni, set: ['ipFamilies=[IPv6]'] } },
      }),
      { from: 'pod/web', to: '198.51.100.7:443', dns: false },
    );
  expect(ask('aws-vpc').diagnostics.map(({ text: said }) => said)).toContain(
    'the IPv4 egress interface that aws-vpc gives IPv6 pods (169.254.172.0/22) is not modelled: the walk is that of a pod without it',
  );
  expect(ask('kindnet').diagnostics.map(({ code }) => code)).not.toContain('unmodelled');
});

test('a Windows node is not answered as a Linux one', () => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-a', labels: { 'kubernetes.io/os': 'windows' } },
    status: {},
  };
  const input = worldInput({ cni: '{name: flannel}' });
  const files = [...input.files, { name: 'node.json', text: JSON.stringify(node) }];
  const answer = traceQuestion(loadSnapshot({ ...input, files }), {
    from: 'pod/a1',
    to: '10.244.2.7:8080',
    dns: false,
    strict: true,
  });
  expect(answer.diagnostics.map(({ code }) => code)).toContain('unmodelled');
  expect(answer.result).toBe('undetermined');
});
