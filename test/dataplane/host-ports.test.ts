/**
 * Host ports as the portmap plugin writes them. Expected rules are those of
 * containernetworking/plugins:plugins/meta/portmap/portmap_iptables_test.go and portmap_nftables_test.go.
 */

import { expect, test } from 'vitest';
import { hostPortRules, loadSnapshot, type PortMapping, parseIp, traceQuestion } from '../../src/index.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { printNft } from '../../src/netfilter/print-nft.ts';
import { ask } from '../query/ask.ts';

const MAPPINGS: readonly PortMapping[] = [
  { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostPort: 8081, containerPort: 80, protocol: 'tcp' },
  { hostPort: 8080, containerPort: 81, protocol: 'udp' },
  { hostPort: 8083, containerPort: 83, protocol: 'tcp', hostIp: '192.168.0.2' },
  { hostPort: 8084, containerPort: 84, protocol: 'tcp', hostIp: '0.0.0.0' },
  { hostPort: 8085, containerPort: 85, protocol: 'tcp', hostIp: '2001:db8:a::1' },
  { hostPort: 8086, containerPort: 86, protocol: 'tcp', hostIp: '::' },
];

function rules(address: string, settings: Partial<Parameters<typeof hostPortRules>[2]> = {}) {
  const [text = '', length] = address.split('/');
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(address);
  const found = hostPortRules({ ip, length: Number(length) }, MAPPINGS, {
    backend: 'iptables',
    snat: true,
    ...settings,
  });
  return found.map(({ mapping, hostIp, dnat, masqueradeSources }) => {
    const at = `${hostIp?.text ?? '*'}:${mapping.hostPort}/${mapping.protocol}`;
    return `${at} ${dnat} ${masqueradeSources.join(',')}`;
  });
}

test('the mappings of a family: its own addresses and the unspecified one', () => {
  expect(rules('10.0.0.2/24')).toEqual([
    '*:8080/tcp 10.0.0.2:80 10.0.0.2/24,127.0.0.1',
    '*:8081/tcp 10.0.0.2:80 10.0.0.2/24,127.0.0.1',
    '*:8080/udp 10.0.0.2:81 10.0.0.2/24,127.0.0.1',
    '192.168.0.2:8083/tcp 10.0.0.2:83 10.0.0.2/24,127.0.0.1',
    '*:8084/tcp 10.0.0.2:84 10.0.0.2/24,127.0.0.1',
  ]);
  expect(rules('2001:db8::2/64').slice(3)).toEqual([
    '2001:db8:a::1:8085/tcp [2001:db8::2]:85 2001:db8::2/64',
    '*:8086/tcp [2001:db8::2]:86 2001:db8::2/64',
  ]);
});

test('what is masqueraded depends on the backend and on the conf', () => {
  expect(rules('10.0.0.2/24', { backend: 'nftables' })[0]).toBe('*:8080/tcp 10.0.0.2:80 10.0.0.2,127.0.0.1');
  expect(rules('2001:db8::2/64', { backend: 'nftables' })[0]).toBe('*:8080/tcp [2001:db8::2]:80 2001:db8::2');
  expect(rules('10.0.0.2/24', { snat: false })[0]).toBe('*:8080/tcp 10.0.0.2:80 ');
  expect(rules('10.0.0.2/24', { masqueradeAll: true })[0]).toBe('*:8080/tcp 10.0.0.2:80 0.0.0.0/0');
});

const PODS = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  nodeName: node-a
  containers:
  - name: main
    ports:
    - {containerPort: 80, hostPort: 8080}
    - {containerPort: 80, hostPort: 8081, hostIP: 10.0.0.11}
    - {containerPort: 53, hostPort: 53, protocol: UDP}
status: {podIP: 10.244.1.5}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
spec:
  nodeName: node-a
  containers:
  - {name: main, ports: [{containerPort: 80, hostPort: 8080}]}
status: {podIP: 10.244.1.6}
---
apiVersion: v1
kind: Pod
metadata: {name: on-host}
spec:
  nodeName: node-a
  hostNetwork: true
  containers:
  - {name: main, ports: [{containerPort: 9100, hostPort: 9100}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 10.0.0.11}]}
`;

test('the rules of a node: the last pod wins a port, hostNetwork pods have none', () => {
  const snapshot = loadSnapshot({
    files: [{ name: 'pods.yaml', text: PODS }],
    profile: { flags: { cni: 'flannel', set: [] } },
  });
  const [node] = snapshot.cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const lines = printIptablesSave(snapshot.dataplane.rulesetOf(node, 4)).split('\n');
  const own = lines.filter((line) => line.startsWith('-A') && line.includes('CNI-'));
  expect(own.map((line) => line.replaceAll('-m tcp ', '').replaceAll('-m udp ', ''))).toEqual([
    '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
    '-A CNI-HOSTPORT-DNAT -m comment --comment "dnat name: \\"cbr0\\" id: \\"~default/b\\"" -p tcp -m multiport --dports 8080 -j CNI-DN-~b',
    '-A CNI-HOSTPORT-DNAT -m comment --comment "dnat name: \\"cbr0\\" id: \\"~default/a\\"" -p tcp -m multiport --dports 8080,8081 -j CNI-DN-~a',
    '-A CNI-HOSTPORT-DNAT -m comment --comment "dnat name: \\"cbr0\\" id: \\"~default/a\\"" -p udp -m multiport --dports 53 -j CNI-DN-~a',
    '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --or-mark 0x2000',
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    '-A CNI-DN-~a -p tcp --dport 8080 -s 10.244.1.0/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~a -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~a -p tcp --dport 8080 -j DNAT --to-destination 10.244.1.5:80',
    '-A CNI-DN-~a -p tcp --dport 8081 -d 10.0.0.11 -s 10.244.1.0/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~a -p tcp --dport 8081 -d 10.0.0.11 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~a -p tcp --dport 8081 -d 10.0.0.11 -j DNAT --to-destination 10.244.1.5:80',
    '-A CNI-DN-~a -p udp --dport 53 -s 10.244.1.0/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~a -p udp --dport 53 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~a -p udp --dport 53 -j DNAT --to-destination 10.244.1.5:53',
    '-A CNI-DN-~b -p tcp --dport 8080 -s 10.244.1.0/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~b -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-~b -p tcp --dport 8080 -j DNAT --to-destination 10.244.1.6:80',
  ]);
});

test('through a host port: the client keeps its address, unless it is a neighbour or the node', () => {
  const sees = (from: string, to = 'node/node-a:8443') =>
    ask('trace/doors', { from, to }, { cni: 'flannel' }).paths.map(({ backends, serverSees }) => [
      ...backends,
      serverSees?.peer,
    ]);
  const address = ask('trace/doors', { from: 'internet', to: 'pod/api' }).paths[0]?.legs[0]?.hops[0]?.steps[0]
    ?.packet?.dst;
  expect(sees('internet')).toEqual([['default/api', '203.0.113.9']]);
  // The pod itself and whoever shares its node's range get the address of the bridge.
  expect(sees('pod/api')).toEqual([['default/api', address?.replace(/\.\d+:\d+$/, '.1')]]);
  // A process of the node comes with the node's own address: only 127.0.0.1 is marked.
  expect(sees('node/node-a')).toEqual([['default/api', '10.0.0.11']]);
});

/** The rules of node-a, with the pods above. */
function rulesOf(set: readonly string[]) {
  const snapshot = loadSnapshot({
    files: [{ name: 'pods.yaml', text: PODS }],
    profile: { flags: { cni: 'flannel', set } },
  });
  const [node] = snapshot.cluster.nodes;
  if (node === undefined) throw new Error('no node');
  return snapshot.dataplane.rulesetOf(node, 4);
}

// containernetworking/plugins#1210, which 1.9.0 has.
test('the nftables backend: a table of its own, asked for addresses of the node; the first pod wins a port', () => {
  const lines = printNft(rulesOf(['cni.options.portmapBackend=nftables']))
    .trimEnd()
    .split('\n');
  expect(lines.sort()).toEqual([
    'add chain ip cni_hostport hostip_hostports',
    'add chain ip cni_hostport hostports',
    'add chain ip cni_hostport hostports_all',
    'add chain ip cni_hostport masquerading { type nat hook postrouting priority 100 ; }',
    'add chain ip cni_hostport output { type nat hook output priority -100 ; }',
    'add chain ip cni_hostport prerouting { type nat hook prerouting priority -100 ; }',
    'add rule ip cni_hostport hostports ip daddr 10.0.0.11 meta l4proto tcp th dport 8081 dnat to 10.244.1.5:80 comment "~default/a"',
    'add rule ip cni_hostport hostports meta l4proto tcp th dport 8080 dnat to 10.244.1.5:80 comment "~default/a"',
    'add rule ip cni_hostport hostports meta l4proto tcp th dport 8080 dnat to 10.244.1.6:80 comment "~default/b"',
    'add rule ip cni_hostport hostports meta l4proto udp th dport 53 dnat to 10.244.1.5:53 comment "~default/a"',
    'add rule ip cni_hostport hostports_all jump hostip_hostports',
    'add rule ip cni_hostport hostports_all jump hostports',
    'add rule ip cni_hostport masquerading ip saddr 10.244.1.5 ip daddr 10.244.1.5 masquerade comment "~default/a"',
    'add rule ip cni_hostport masquerading ip saddr 10.244.1.6 ip daddr 10.244.1.6 masquerade comment "~default/b"',
    'add rule ip cni_hostport masquerading ip saddr 127.0.0.1 ip daddr 10.244.1.5 masquerade comment "~default/a"',
    'add rule ip cni_hostport masquerading ip saddr 127.0.0.1 ip daddr 10.244.1.6 masquerade comment "~default/b"',
    'add rule ip cni_hostport output fib daddr type local jump hostports_all',
    'add rule ip cni_hostport prerouting fib daddr type local jump hostports_all',
    'add table ip cni_hostport { comment "CNI portmap plugin" ; }',
  ]);
});

test('through the nftables backend: only the pod itself loses its address, a neighbour keeps it', () => {
  const set = ['cni.options.portmapBackend=nftables'];
  const sees = (from: string) =>
    ask('trace/doors', { from, to: 'node/node-a:8443' }, { cni: 'flannel', set }).paths.map(
      ({ backends, serverSees }) => [...backends, serverSees?.peer],
    );
  const own = ask('trace/doors', { from: 'internet', to: 'pod/api' }).paths[0]?.legs[0]?.hops[0]?.steps[0]
    ?.packet?.dst;
  expect(sees('internet')).toEqual([['default/api', '203.0.113.9']]);
  expect(sees('pod/api')).toEqual([['default/api', own?.replace(/\.\d+:\d+$/, '.1')]]);
  expect(sees('node/node-a')).toEqual([['default/api', '10.0.0.11']]);
});

const CLASH = `${PODS}---
apiVersion: v1
kind: Pod
metadata: {name: behind, labels: {app: behind}}
spec: {nodeName: node-a, containers: [{name: main, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.1.9}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: behind}, ports: [{port: 80, nodePort: 30080}]}
`.replaceAll('hostPort: 8080', 'hostPort: 30080');

/** Who gets a packet from outside where a node port is a host port, too (H1). */
test.each([
  ['iptables', 'iptables', 'behind'],
  ['nftables', 'iptables', 'behind'],
  ['ipvs', 'iptables', 'b'],
  ['iptables', 'nftables', 'a'],
  ['nftables', 'nftables', 'a'],
  ['ipvs', 'nftables', 'a'],
])('node port and host port: kube-proxy %s, portmap %s: %s', (mode, backend, pod) => {
  const snapshot = loadSnapshot({
    files: [{ name: 'pods.yaml', text: CLASH }],
    profile: {
      flags: { cni: 'flannel', set: [`proxy.mode=${mode}`, `cni.options.portmapBackend=${backend}`] },
    },
  });
  const answer = traceQuestion(snapshot, { from: 'internet', to: 'node/node-a:30080', dns: true });
  expect(answer.paths.map(({ backends }) => backends)).toEqual([[`default/${pod}`]]);
});
