/** kubernetes/kubernetes:pkg/kubelet/network/dns/dns_test.go TestGetPodDNS, TestGetPodDNSCustom. */

import { describe, expect, test } from 'vitest';
import { podFiles } from '../../../src/control/dns/pod-files.ts';
import { podNameServers } from '../../../src/control/dns/pod-name-servers.ts';
import { ndotsOf } from '../../../src/control/dns/resolver/resolver.ts';
import { pod, worldOf } from '../../cluster/world.ts';

function resolver(spec: string, profile = '', extra = '') {
  const world = worldOf(
    `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec: {${spec}${spec === '' ? '' : ', '}containers: [{name: c, image: i}]}
${extra}`,
    profile,
  );
  const servers = podNameServers(world.cluster, pod(world, 'shop/p'));
  const { resolvConf } = podFiles(world.cluster, pod(world, 'shop/p'));
  const { searches } = resolvConf;
  const nameservers = servers.map(({ ip }) => ip.text);
  return { searches, ndots: ndotsOf(resolvConf), nameservers, kind: servers[0]?.kind };
}

const CLUSTER = {
  nameservers: ['10.96.0.10'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
  ndots: 5,
  kind: 'cluster',
};
const NODE = { nameservers: ['192.0.2.53'], searches: [], ndots: 1, kind: 'node' };

test.each([
  ['', CLUSTER],
  ['dnsPolicy: ClusterFirst', CLUSTER],
  ['dnsPolicy: ClusterFirstWithHostNet, hostNetwork: true', CLUSTER],
  ['hostNetwork: true', NODE],
  ['dnsPolicy: Default', NODE],
])('%j', (spec, expected) => {
  expect(resolver(spec)).toEqual(expected);
});

describe('dnsConfig', () => {
  test('is added behind the policy’s, duplicates left out; its options win', () => {
    const config =
      'dnsConfig: {nameservers: [8.8.8.8, 10.96.0.10], searches: [corp.internal., cluster.local], options: [{name: ndots, value: "2"}, {name: edns0}]}';
    expect(resolver(config)).toEqual({
      nameservers: ['10.96.0.10', '8.8.8.8'],
      searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.internal.'],
      ndots: 2,
      kind: 'cluster',
    });
  });

  test('is all there is with policy None', () => {
    expect(resolver('dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1], searches: [a.example]}')).toEqual({
      nameservers: ['1.1.1.1'],
      searches: ['a.example'],
      ndots: 1,
      kind: 'node',
    });
    expect(resolver('dnsPolicy: None, dnsConfig: {nameservers: [10.96.0.10]}').kind).toBe('cluster');
  });

  test('three name servers and 32 domains are kept', () => {
    const servers = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'];
    const domains = Array.from({ length: 33 }, (_, index) => `d${index}`);
    const found = resolver(`dnsPolicy: None, dnsConfig: {nameservers: [${servers}], searches: [${domains}]}`);
    expect(found.nameservers).toEqual(servers.slice(0, 3));
    expect(found.searches).toEqual(domains.slice(0, 32));
  });

  test('2048 characters of domains are kept, and none of more than 253', () => {
    const long = 'a'.repeat(254);
    const domains = Array.from({ length: 10 }, (_, index) => `${index}${'b'.repeat(249)}`);
    const found = resolver(
      `dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1], searches: [${[long, ...domains]}]}`,
    );
    // Eight domains of 250 characters and seven blanks are 2007 characters; a ninth would make 2258.
    expect(found.searches).toEqual(domains.slice(0, 8));
  });

  test('ndots is 15 at most', () => {
    expect(resolver('dnsConfig: {options: [{name: ndots, value: "99"}]}').ndots).toBe(15);
    // bminor/glibc:resolv/res_init.c reads it with atoi.
    expect(resolver('dnsConfig: {options: [{name: ndots, value: many}]}').ndots).toBe(0);
  });
});

describe('who the name server is', () => {
  const dns = `---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.43.0.10, selector: {k8s-app: kube-dns}, ports: [{port: 53, protocol: UDP}]}
`;

  test('the cluster DNS of the manifests', () => {
    expect(resolver('', '', dns)).toMatchObject({ nameservers: ['10.43.0.10'], kind: 'cluster' });
  });

  test('the profile’s, if it gives one', () => {
    expect(resolver('', 'dns: {clusterIPs: [169.254.20.10]}', dns)).toMatchObject({
      nameservers: ['169.254.20.10'],
      kind: 'cluster',
    });
  });
});

test('the search list has the cluster domain of the profile', () => {
  expect(resolver('', 'clusterDomain: k8s.example.com').searches).toEqual([
    'shop.svc.k8s.example.com',
    'svc.k8s.example.com',
    'k8s.example.com',
  ]);
});
