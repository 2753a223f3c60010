/**
 * NodeLocal DNSCache on the road to the name server. Expected: kubernetes/kubernetes:
 * cluster/addons/dns/nodelocaldns/nodelocaldns.yaml, kubernetes/dns:cmd/node-cache/app/cache_app.go.
 */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, printIptablesSave, traceQuestion } from '../../src/index.ts';

const PODS = `apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec: {nodeName: node-a, containers: [{name: c, image: i}]}
status: {podIP: 10.244.1.5}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: node-b, containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.2.7}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80}]}
`;
const DAEMON = `---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-local-dns, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: node-local-dns}}
  template:
    metadata: {labels: {k8s-app: node-local-dns}}
    spec:
      hostNetwork: true
      dnsPolicy: Default
      containers: [{name: node-cache, image: registry.k8s.io/dns/k8s-dns-node-cache:1.26.4}]
`;
const NO_DNS_PODS = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  replicas: 0
  selector: {matchLabels: {k8s-app: kube-dns}}
  template: {metadata: {labels: {k8s-app: kube-dns}}, spec: {containers: [{name: coredns, image: coredns}]}}
`;
const DENY = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: client}
spec:
  podSelector: {matchLabels: {app: client}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]
`;

const world = (text: string, { cni = 'flannel', set = [] as readonly string[] } = {}) =>
  loadSnapshot({ files: [{ name: 'all.yaml', text }], profile: { flags: { cni, set } } });
const ask = (text: string, options: Parameters<typeof world>[1] = {}, to = 'svc/web') =>
  traceQuestion(world(text, options), { from: 'client', to, dns: true });
const road = (answer: ReturnType<typeof ask>) =>
  answer.paths[0]?.legs[0]?.hops.map(({ place }) => `${place.kind} ${place.name}`);

describe('in iptables mode', () => {
  const answer = ask(PODS, { set: ['dns.nodeLocal=true'] });

  test('the question ends on its node; the cache asks the cluster DNS over TCP by a Service of its own', () => {
    expect(road(answer)?.slice(0, 3)).toEqual(['pod client', 'node node-a', 'node node-a']);
    expect(road(answer)?.at(-1)).toMatch(/^resolver coredns#/);
    const [, node, cache] = answer.paths[0]?.legs[0]?.hops ?? [];
    expect(node?.steps.some(({ changes }) => (changes ?? []).length > 0)).toBe(false);
    expect(node?.steps.at(-1)?.packet).toMatchObject({ dst: '10.96.0.10:53', protocol: 'udp' });
    expect(cache?.steps[0]?.packet?.protocol).toBe('tcp');
    expect(cache?.steps[0]?.packet?.dst).not.toContain('10.96.0.10');
    expect(answer.result).toBe('reachable');
  });

  test('no connection is tracked there, and the answer needs no translation', () => {
    const leg = answer.paths[0]?.legs[0];
    const steps = [...(leg?.hops[1]?.steps ?? []), ...(leg?.reply?.hops.flatMap((hop) => hop.steps) ?? [])];
    expect(steps.map(({ kind }) => kind)).not.toContain('conntrack');
    expect(leg?.reply?.hops.at(-1)?.steps.at(-1)?.packet?.src).toBe('10.96.0.10:53');
  });

  test('rules: raw and filter, for both addresses and protocols', () => {
    const { cluster, dataplane } = world(PODS, { set: ['dns.nodeLocal=true'] });
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const own = printIptablesSave(dataplane.rulesetOf(node, 4))
      .split('\n')
      .filter((line) => line.includes('NodeLocal') && line.includes('10.96.0.10') && line.includes('-p udp'))
      .map((line) => line.replace(/ -m comment --comment "[^"]*"/, '').replaceAll(' -m udp', ''));
    expect(own.sort()).toEqual([
      '-A INPUT -p udp -d 10.96.0.10 --dport 53 -j ACCEPT',
      '-A OUTPUT -p udp -d 10.96.0.10 --dport 53 -j CT --notrack',
      '-A OUTPUT -p udp -s 10.96.0.10 --sport 53 -j ACCEPT',
      '-A OUTPUT -p udp -s 10.96.0.10 --sport 53 -j CT --notrack',
      '-A PREROUTING -p udp -d 10.96.0.10 --dport 53 -j CT --notrack',
    ]);
  });
});

test('its DaemonSet shows it', () => {
  expect(road(ask(PODS + DAEMON))?.slice(0, 3)).toEqual(['pod client', 'node node-a', 'node node-a']);
  expect(road(ask(PODS))?.[1]).toBe('node node-a');
  expect(road(ask(PODS))?.[2]).not.toBe('node node-a');
});

describe('where it listens', () => {
  const at = (...words: readonly string[]) =>
    DAEMON.replace('node-cache:1.26.4', `node-cache:1.26.4, args: [${words.join(', ')}]`);
  const corefile = (bind: string) => `---
apiVersion: v1
kind: ConfigMap
metadata: {name: node-local-dns, namespace: kube-system}
data:
  Corefile: |
    cluster.local:53 {
        bind ${bind}
        forward . __PILLAR__CLUSTER__DNS__ { force_tcp }
    }
`;
  const asked = (text: string, address: string) => {
    const answer = ask(PODS + text, { set: [`dns.clusterIPs=[${address}]`] });
    return road(answer)?.[2] === 'node node-a';
  };

  test.each([
    ['-localip of the arguments', at('"-localip"', '"169.254.25.10,10.96.0.10"')],
    ['with an equals sign', at('"--localip=169.254.25.10,10.96.0.10"')],
    ['bind of the Corefile', DAEMON + corefile('169.254.25.10 10.96.0.10')],
  ])('%s', (_, text) => {
    expect(asked(text, '169.254.25.10')).toBe(true);
    expect(asked(text, '10.96.0.10')).toBe(true);
    expect(asked(text, '169.254.20.10')).toBe(false);
  });

  test('without the address of the cluster DNS, questions for that go past it', () => {
    expect(asked(at('"-localip"', '"169.254.20.10"'), '10.96.0.10')).toBe(false);
    expect(asked(at('"-localip"', '"169.254.20.10"'), '169.254.20.10')).toBe(true);
  });

  test('placeholders say nothing: the usual addresses', () => {
    const raw = '__PILLAR__LOCAL__DNS__,__PILLAR__DNS__SERVER__';
    expect(asked(at('"-localip"', `"${raw}"`) + corefile(raw.replace(',', ' ')), '10.96.0.10')).toBe(true);
  });

  test('the profile wins', () => {
    const set = [
      'dns.nodeLocal=true',
      'dns.nodeLocalAddresses=[169.254.30.10]',
      'dns.clusterIPs=[169.254.30.10]',
    ];
    expect(road(ask(PODS, { set }))?.[2]).toBe('node node-a');
  });
});

test('in IPVS mode it has its own address alone: the kubelet must name that', () => {
  const set = ['dns.nodeLocal=true', 'proxy.mode=ipvs'];
  // The address of the cluster DNS is kube-ipvs0's: the question goes past the cache.
  const past = ask(PODS, { set });
  expect(road(past)?.[2]).not.toBe('node node-a');
  const named = ask(PODS, { set: [...set, 'dns.clusterIPs=[169.254.20.10]'] });
  expect(road(named)?.slice(0, 3)).toEqual(['pod client', 'node node-a', 'node node-a']);
  expect(named.paths[0]?.legs[0]?.hops[1]?.steps.at(-1)?.packet?.dst).toBe('169.254.20.10:53');
  expect(named.result).toBe('reachable');
});

test('without pods of the cluster DNS the cache gets no answer, and says so', () => {
  const answer = ask(PODS + NO_DNS_PODS, { set: ['dns.nodeLocal=true'] });
  expect(answer.paths[0]).toMatchObject({ disposition: 'name-unavailable' });
  expect(road(answer)).toEqual(['pod client', 'node node-a', 'node node-a']);
});

test('a policy may keep the question from the cache: it is at the node, not at pods of the cluster DNS', () => {
  const answer = ask(PODS + DENY, { cni: 'calico', set: ['dns.nodeLocal=true'] });
  expect(answer.paths[0]?.disposition).toBe('name-unavailable');
  expect(road(answer)).toEqual(['pod client', 'node node-a']);
  expect(answer.diagnostics.map(({ code }) => code)).toContain('dns-denied-egress');
});

test('a name outside goes to the node’s own servers: no way to the cluster DNS is walked', () => {
  const set = ['dns.nodeLocal=true', 'dns.upstream={example.org.: [{type: A, ttl: 30, data: 203.0.113.5}]}'];
  const answer = ask(PODS + NO_DNS_PODS, { set }, 'example.org.:80');
  expect(
    road(answer)?.filter((place) => place === 'node node-a' || place === 'resolver node-a'),
  ).toHaveLength(1);
  expect(answer.paths[0]?.disposition).toBe('exits-cluster');
});
