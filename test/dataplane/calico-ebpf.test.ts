/**
 * Calico's eBPF dataplane, point by point: expected values are read in projectcalico/calico (felix/design/bpf-*.md,
 * felix/bpf-gpl/tc.c, connect.h, nat_lookup.h, nat4.h, fib_co_re.h, felix/bpf/proxy/syncer.go).
 */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';
import { askWorld, devicesOf, type World, worldInput } from './two-nodes.ts';

const CLIENT = '203.0.113.9';
const TUNNEL = 'tunnelAddresses: {node-a: 10.244.1.64, node-b: 10.244.2.64}';
const BGP = '{name: calico-ebpf, backend: bgp}';
const VXLAN = `{name: calico-ebpf, backend: vxlan, options: {${TUNNEL}}}`;
const withOptions = (options: string) => `{name: calico-ebpf, backend: bgp, options: {${options}}}`;

/** Asks a world of further objects: another Service, policies. */
function ask(world: World, objects: string, question: { readonly from: string; readonly to: string }) {
  const input = worldInput(world);
  const files = [...input.files, { name: 'more.yaml', text: objects }];
  return traceQuestion(loadSnapshot({ ...input, files }), { ...question, dns: false });
}

/** A Service with the fields of its spec, and one endpoint for it. */
function service(spec: string, { pod = 'b1', status = '' } = {}): string {
  const [ip, node] = { a1: ['10.244.1.5', 'node-a'], b1: ['10.244.2.7', 'node-b'] }[pod] ?? [];
  return `
apiVersion: v1
kind: Service
metadata: {name: x, namespace: default}
spec: {clusterIP: 10.96.0.60, clusterIPs: [10.96.0.60], ${spec}}
status: {${status}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: x-1, namespace: default, labels: {kubernetes.io/service-name: x}}
addressType: IPv4
endpoints: [{addresses: [${ip}], conditions: {ready: true}, nodeName: ${node}}]
ports: [{name: '', protocol: TCP, port: 8080}, {name: dns, protocol: UDP, port: 5353}, {name: s, protocol: SCTP, port: 9}]
`;
}
const PORTS =
  'ports: [{port: 80, protocol: TCP}, {name: dns, port: 53, protocol: UDP}, {name: s, port: 9, protocol: SCTP}]';

describe('a Service from a pod', () => {
  test('TCP: the socket turns at connect(), the wire carries the backend, no hook sees it', () => {
    const answer = askWorld({ cni: BGP, backend: 'b1' }, { from: 'pod/a1', to: '10.96.0.50:80' });
    const flow = '10.244.1.5:40000 > 10.244.2.7:8080';
    const [caliA, caliB] = devicesOf(answer).flatMap((line) => /cali\w+/.exec(line)?.[0] ?? []);
    expect(devicesOf(answer)).toEqual([
      `a1 eth0 out ${flow} ttl 64`,
      `node-a ${caliA} in ${flow} ttl 64`,
      `node-a eth0 out ${flow} ttl 63`,
      `node-b eth0 in ${flow} ttl 63`,
      `node-b ${caliB} out ${flow} ttl 62`,
      `b1 eth0 in ${flow} ttl 62`,
    ]);
    const hooks = answer.paths[0]?.legs[0]?.hops.flatMap(({ steps }) =>
      steps.map(({ where }) => where?.hook),
    );
    expect(hooks?.filter((hook) => hook === 'prerouting' || hook === 'forward')).toEqual([]);
    expect(hooks).toContain('connect');
  });

  test('the overlay is entered without a TTL: bpf_redirect into the tunnel device, with the network as its key', () => {
    const devices = devicesOf(askWorld({ cni: VXLAN }, { from: 'pod/a1', to: '10.244.2.7:8080' }));
    expect(devices).toContain('node-a vxlan.calico out 10.244.1.5:40000 > 10.244.2.7:8080 ttl 64');
    expect(devices.at(-1)).toBe('b1 eth0 in 10.244.1.5:40000 > 10.244.2.7:8080 ttl 63');
  });

  test('UDP: translated at the pod’s device, where sockets turn for TCP alone', () => {
    const answer = ask({ cni: BGP }, service(PORTS), { from: 'pod/a1', to: '10.96.0.60:53' });
    const [path] = answer.paths;
    expect(path?.disposition).toBe('accepted');
    const [first] = path?.legs[0]?.hops ?? [];
    expect(first?.steps.at(-1)?.packet).toMatchObject({ dst: '10.96.0.60:53', protocol: 'udp' });
    const translated = path?.legs[0]?.hops[1]?.steps.find(({ kind }) => kind === 'translate');
    expect(translated).toMatchObject({
      text: '10.96.0.60:53 ⇒ 10.244.2.7:5353',
      where: { hook: 'tc-ingress' },
    });
    const enabled = ask({ cni: withOptions('connectTimeLoadBalancing: enabled') }, service(PORTS), {
      from: 'pod/a1',
      to: '10.96.0.60:53',
    });
    expect(enabled.paths[0]?.legs[0]?.hops[0]?.steps.at(-1)?.packet?.dst).toBe('10.244.2.7:5353');
  });

  test('UDP to itself: masqueraded by the packet filter for the mark, as with kube-proxy', () => {
    const answer = ask({ cni: BGP }, service(PORTS, { pod: 'a1' }), { from: 'pod/a1', to: '10.96.0.60:53' });
    expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.0.0.11' } });
  });

  test('SCTP: the programs read no ports of it, so that no Service fits', () => {
    const sctp = service('ports: [{name: s, port: 9, protocol: SCTP}]');
    const answer = ask({ cni: BGP }, sctp, { from: 'pod/a1', to: '10.96.0.60:9' });
    expect(answer.paths[0]?.disposition).toBe('dropped');
  });

  test('a Service that is left alone goes out as it is', () => {
    const excluded = withOptions('excludedFromNAT: [10.96.0.60/32]');
    const answer = ask({ cni: excluded }, service(PORTS), { from: 'pod/a1', to: '10.96.0.60:80' });
    expect(answer.paths[0]?.disposition).toBe('dropped');
  });
});

describe('a Service without a backend', () => {
  const EMPTY = service(PORTS).split('---')[0] ?? '';

  test('connect() fails with EPERM; a packet is answered with "port unreachable"', () => {
    const [tcp] = ask({ cni: BGP }, EMPTY, { from: 'pod/a1', to: '10.96.0.60:80' }).paths;
    expect(tcp).toMatchObject({ disposition: 'no-endpoints', symptom: 'not-permitted' });
    const [udp] = ask({ cni: BGP }, EMPTY, { from: 'pod/a1', to: '10.96.0.60:53' }).paths;
    expect(udp).toMatchObject({ disposition: 'no-endpoints', symptom: 'refused' });
  });

  test('internalTrafficPolicy Local without one here: refused, not dropped', () => {
    const local = service(`internalTrafficPolicy: Local, ${PORTS}`);
    const [path] = ask({ cni: BGP }, local, { from: 'pod/a1', to: '10.96.0.60:53' }).paths;
    expect(path).toMatchObject({ disposition: 'no-local-endpoint', symptom: 'refused' });
  });
});

describe('from outside', () => {
  const OUTSIDE = { from: CLIENT, to: '10.0.0.11:30080' };

  test('a backend of another node: handed over in a header of the program’s own, chosen and translated there', () => {
    const answer = askWorld({ cni: VXLAN, backend: 'b1' }, OUTSIDE);
    const [path] = answer.paths;
    const asked = `${CLIENT}:40000 > 10.0.0.11:30080`;
    const tunnel = 'vxlan 10.0.0.11:51000 > 10.0.0.12:4789';
    const devices = devicesOf(answer);
    expect(devices.slice(0, 4)).toEqual([
      `${CLIENT} eth0 out ${asked} ttl 64`,
      `node-a eth0 in ${asked} ttl 64`,
      `node-a eth0 out ${asked} ttl 63 in ${tunnel}`,
      `node-b eth0 in ${asked} ttl 63 in ${tunnel}`,
    ]);
    expect(devices.at(-1)).toBe(`b1 eth0 in ${CLIENT}:40000 > 10.244.2.7:8080 ttl 62`);
    const vni = path?.legs[0]?.hops.flatMap(({ steps }) => steps).find(({ packet }) => packet?.outer)?.packet;
    expect(vni?.outer?.vni).toBe(0xca11c0);
    // The answer goes back the same way, un-translated where it starts.
    expect(
      devicesOf(answer, 'reply').some((line) => line.includes('vxlan 10.0.0.12:51000 > 10.0.0.11:4789')),
    ).toBe(true);
    expect(answer.diagnostics.find(({ code }) => code === 'client-address')?.text).toContain(
      'sends the answer back to the node that was asked',
    );
  });

  test('direct answers: the backend’s node takes the place of the node that was asked', () => {
    const answer = askWorld({ cni: withOptions('externalServices: dsr'), backend: 'b1' }, OUTSIDE);
    const back = devicesOf(answer, 'reply');
    expect(back.at(-2)).toBe(`node-b eth0 out 10.0.0.11:30080 > ${CLIENT}:40000 ttl 63`);
    expect(back.some((line) => line.startsWith('node-a'))).toBe(false);
  });

  test('source ranges hold for external addresses, too; a socket cannot know its source', () => {
    const ranges = service(
      `type: LoadBalancer, externalIPs: [198.51.100.20], loadBalancerSourceRanges: [10.244.0.0/16], ${PORTS}`,
      { status: 'loadBalancer: {ingress: [{ip: 198.51.100.10}]}' },
    );
    for (const ip of ['198.51.100.10', '198.51.100.20']) {
      const outside = ask({ cni: BGP }, ranges, { from: CLIENT, to: `${ip}:80` });
      expect(outside.paths[0]).toMatchObject({ disposition: 'dropped', symptom: 'timeout' });
      const [inside] = ask({ cni: BGP }, ranges, { from: 'pod/a1', to: `${ip}:80` }).paths;
      expect(inside?.disposition).toBe('accepted');
      expect(inside?.legs[0]?.hops[0]?.steps.at(-1)?.packet?.dst).toBe(`${ip}:80`);
    }
  });

  test('external addresses know no traffic policy', () => {
    const local = service(
      `type: LoadBalancer, externalTrafficPolicy: Local, externalIPs: [198.51.100.20], ${PORTS}`,
    );
    const input = { from: CLIENT, to: '198.51.100.20:80' };
    expect(ask({ cni: BGP }, local, input).paths[0]?.disposition).toBe('accepted');
  });
});

describe('the node itself', () => {
  test('UDP to a Service: by bpfin.cali and bpfout.cali, from the tunnel’s address into an overlay', () => {
    const answer = ask({ cni: VXLAN }, service(PORTS), { from: 'node/node-a', to: '10.96.0.60:53' });
    expect(devicesOf(answer).slice(0, 3)).toEqual([
      'node-a bpfin.cali out 10.0.0.11:40000 > 10.96.0.60:53 ttl 64',
      'node-a bpfout.cali in 10.0.0.11:40000 > 10.96.0.60:53 ttl 64',
      'node-a vxlan.calico out 10.244.1.64:40000 > 10.244.2.7:5353 ttl 63',
    ]);
    expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.244.1.64' } });
  });

  test('UDP to its own and to another node’s node port', () => {
    const nodePort = service(
      'type: NodePort, ports: [{name: dns, port: 53, nodePort: 30053, protocol: UDP}]',
    );
    for (const ip of ['10.0.0.11', '10.0.0.12']) {
      const answer = ask({ cni: BGP }, nodePort, { from: 'node/node-a', to: `${ip}:30053` });
      expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.0.0.11' } });
    }
  });
});

describe('policies', () => {
  const only = (cidr: string) => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only, namespace: default}
spec: {podSelector: {matchLabels: {app: b1}}, ingress: [{from: [{ipBlock: {cidr: ${cidr}}}]}]}
`;

  test('of a node port they see the client, on whatever node it came in', () => {
    const question = { from: CLIENT, to: '10.0.0.11:30080' };
    const verdict = (cni: string, cidr: string) =>
      ask({ cni, backend: 'b1' }, only(cidr), question).paths[0]?.disposition;
    expect(verdict(BGP, '203.0.113.0/24')).toBe('accepted');
    expect(verdict(BGP, '10.0.0.0/24')).toBe('denied-ingress');
    // With kube-proxy the node has taken the client's place.
    expect(verdict('{name: calico, backend: bgp}', '203.0.113.0/24')).toBe('denied-ingress');
    expect(verdict('{name: calico, backend: bgp}', '10.0.0.0/24')).toBe('accepted');
  });

  test('they name the hook of the pod’s device', () => {
    const answer = ask({ cni: BGP }, only('10.9.0.0/16'), { from: 'pod/a1', to: '10.244.2.7:8080' });
    const [path] = answer.paths;
    expect(path?.disposition).toBe('denied-ingress');
    expect(path?.legs[0]?.hops.at(-1)?.steps.at(-1)?.where?.chain?.[0]).toMatch(/^tc egress cali\w{11}$/);
  });

  test('a node reaches its own pods, whatever they say', () => {
    const own = only('10.9.0.0/16').replace('app: b1', 'app: a1');
    const answer = ask({ cni: BGP }, own, { from: 'node/node-a', to: '10.244.1.5:8080' });
    expect(answer.paths[0]?.disposition).toBe('accepted');
  });
});

test('a pod to the internet and back: by the packet filter, which masquerades it', () => {
  const answer = askWorld({ cni: BGP }, { from: 'pod/a1', to: `${CLIENT}:443` });
  expect(answer.paths[0]?.disposition).toBe('exits-cluster');
  expect(devicesOf(answer)).toContain(`node-a eth0 out 10.0.0.11:61000 > ${CLIENT}:443 ttl 63`);
});

test('a full-size packet to a node port of another node: the program answers it', () => {
  const answer = askWorld({ cni: BGP, backend: 'b1' }, { from: CLIENT, to: '10.0.0.11:30080' });
  expect(answer.diagnostics.find(({ code }) => code === 'mtu-too-large')?.text).toContain(
    'the program that wraps them answers full-size ones with "fragmentation needed"',
  );
});
