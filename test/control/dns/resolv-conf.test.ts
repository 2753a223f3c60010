/** kubernetes/kubernetes:pkg/kubelet/network/dns/dns_test.go TestGetPodDNS, TestFormDNSSearchFitsLimits. */

import { describe, expect, test } from 'vitest';
import { parseResolvConf } from '../../../src/cluster/resolv-conf.ts';
import { type KubeletDns, kubeletDns, podResolvConf } from '../../../src/control/dns/resolv-conf.ts';
import type { PodSpec } from '../../../src/k8s/kinds/pod-spec.ts';
import { pod, worldOf } from '../../cluster/world.ts';

const KUBELET: KubeletDns = {
  clusterDns: ['203.0.113.1'],
  clusterDomain: 'kubernetes.io',
  nodeResolvConf: parseResolvConf('nameserver 8.8.8.8\nsearch host.domain\noptions rotate'),
  nodeFamilies: [4],
  limits: 'expanded',
};
const CLUSTER_SEARCHES = ['test-ns.svc.kubernetes.io', 'svc.kubernetes.io', 'kubernetes.io'];

function file(
  spec: Partial<Pick<PodSpec, 'dnsPolicy' | 'dnsConfig' | 'hostNetwork'>> = {},
  kubelet: Partial<KubeletDns> = {},
) {
  const { hostNetwork = false, dnsPolicy = 'ClusterFirst', dnsConfig } = spec;
  return podResolvConf(
    {
      namespace: 'test-ns',
      hostNetwork,
      spec: { dnsPolicy, ...(dnsConfig === undefined ? {} : { dnsConfig }) },
    },
    { ...KUBELET, ...kubelet },
  );
}

describe('the base of a policy', () => {
  test('the cluster DNS, its domains before the node’s, its options alone', () => {
    for (const spec of [{}, { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }] as const) {
      expect(file(spec)).toEqual({
        base: 'cluster',
        nameservers: ['203.0.113.1'],
        searches: [...CLUSTER_SEARCHES, 'host.domain'],
        options: ['ndots:5'],
        cut: { nameservers: [], searches: [] },
      });
    }
  });

  test('the node’s file', () => {
    const node = { base: 'node', nameservers: ['8.8.8.8'], searches: ['host.domain'], options: ['rotate'] };
    expect(file({ dnsPolicy: 'Default' })).toMatchObject(node);
    expect(file({ hostNetwork: true })).toMatchObject(node);
    expect(file({}, { clusterDns: [] })).toMatchObject(node);
  });

  test('the loopback of each family, without a node’s file', () => {
    expect(file({ dnsPolicy: 'Default' }, { nodeResolvConf: undefined, nodeFamilies: [4, 6] })).toMatchObject(
      { base: 'loopback', nameservers: ['127.0.0.1', '::1'], searches: ['.'], options: [] },
    );
    expect(file({}, { nodeResolvConf: undefined }).searches).toEqual(CLUSTER_SEARCHES);
  });

  test('a cluster domain that is empty, or has a final dot', () => {
    expect(file({}, { clusterDomain: '' }).searches).toEqual(['host.domain']);
    expect(file({}, { clusterDomain: 'kubernetes.io.' }).searches.slice(0, 3)).toEqual(CLUSTER_SEARCHES);
  });
});

test('dnsConfig: appended as written, the first of two alike stays, an option wins by its name', () => {
  const dnsConfig = {
    nameservers: ['9.9.9.9', '203.0.113.1'],
    searches: ['svc.kubernetes.io', 'corp.internal.', '.'],
    options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
  };
  expect(file({ dnsConfig })).toMatchObject({
    nameservers: ['203.0.113.1', '9.9.9.9'],
    searches: [...CLUSTER_SEARCHES, 'host.domain', 'corp.internal.', '.'],
    options: ['ndots:2', 'edns0'],
  });
  expect(file({ dnsPolicy: 'None', dnsConfig })).toMatchObject({
    base: 'none',
    nameservers: dnsConfig.nameservers,
    searches: dnsConfig.searches,
    options: ['ndots:2', 'edns0'],
  });
});

describe('limits', () => {
  const of = (searches: readonly string[], limits: KubeletDns['limits'] = 'expanded') =>
    file({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches, options: [] } }, { limits });

  test('three name servers', () => {
    const nameservers = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'];
    const found = file({ dnsPolicy: 'None', dnsConfig: { nameservers, searches: [], options: [] } });
    expect(found.nameservers).toEqual(nameservers.slice(0, 3));
    expect(found.cut.nameservers).toEqual(['1.1.1.4']);
  });

  test('32 domains, 6 before 1.26', () => {
    const domains = Array.from({ length: 33 }, (_, index) => `d${index}`);
    expect(of(domains)).toMatchObject({ searches: domains.slice(0, 32), cut: { searches: ['d32'] } });
    expect(of(domains, 'legacy').searches).toEqual(domains.slice(0, 6));
  });

  test('a domain of more than 253 characters goes, after the count was cut', () => {
    const domains = ['a'.repeat(254), ...Array.from({ length: 32 }, (_, index) => `d${index}`)];
    const found = of(domains);
    expect(found.searches).toEqual(domains.slice(1, 32));
    expect(found.cut.searches).toEqual([domains[0], 'd31']);
  });

  test('2048 characters with the blanks between, 256 before 1.26', () => {
    // Eight domains of 250 characters and seven blanks are 2007; 40 more and a blank make 2048.
    const domains = [
      ...Array.from({ length: 8 }, (_, index) => `${index}${'b'.repeat(249)}`),
      'c'.repeat(40),
    ];
    expect(of(domains)).toMatchObject({ searches: domains, cut: { searches: [] } });
    const longer = [...domains.slice(0, 8), 'c'.repeat(41), 'd'];
    expect(of(longer)).toMatchObject({ searches: longer.slice(0, 8), cut: { searches: longer.slice(8) } });
    expect(of(domains, 'legacy').searches).toEqual(domains.slice(0, 1));
  });
});

test('the kubelet of the profile', () => {
  const text = `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec: {containers: [{name: c, image: i}]}`;
  const of = (profile: string) => {
    const world = worldOf(text, profile);
    return { ...kubeletDns(world.cluster, pod(world, 'shop/p')), diagnostics: world.diagnostics };
  };
  expect(of('kubernetes: "1.25"')).toMatchObject({
    clusterDns: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    nodeResolvConf: { nameservers: ['192.0.2.53'], searches: [], options: [] },
    nodeFamilies: [4],
    limits: 'legacy',
  });
  expect(of('dns: {nodeResolvConf: "nameserver 10.0.0.2\\nsearch corp.internal"}')).toMatchObject({
    nodeResolvConf: { nameservers: ['10.0.0.2'], searches: ['corp.internal'] },
    limits: 'expanded',
    diagnostics: [],
  });
  expect(of('dns: {nodeResolvConf: ""}').nodeResolvConf).toBeUndefined();
  const bad = of('dns: {nodeResolvConf: nameserver}');
  expect(bad.nodeResolvConf).toMatchObject({ nameservers: ['192.0.2.53'] });
  expect(bad.diagnostics.map(({ text: said }) => said)).toEqual([
    'dns.nodeResolvConf: Invalid value: "nameserver": a nameserver line must have an address',
  ]);
});
