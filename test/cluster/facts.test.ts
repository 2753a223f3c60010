/** What kubeadm, kube-proxy, the kubelet, flannel and the API server leave in a cluster replaces defaults. */

import { describe, expect, test } from 'vitest';
import { locate } from '../../src/source/ref.ts';
import { codesAt, type World, worldOf, worldOfFixture } from './world.ts';

const places = ({ cluster }: World) =>
  Object.fromEntries(
    [...cluster.profile.given].map(([key, at]) => {
      const { line = 0, column = 0 } = at === undefined ? {} : locate(at);
      return [key, `${line}:${column}`];
    }),
  );
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);
const configMap = (name: string, data: string, namespace = 'kube-system') =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata:\n${data}`;

describe('a cluster of kubeadm with flannel', () => {
  const world = worldOfFixture('cluster/facts/kubeadm.yaml');
  const { profile } = world.cluster;

  test('shows its ranges, domain, version and name server', () => {
    expect(world.diagnostics).toEqual([]);
    expect(profile).toMatchObject({ kubernetes: '1.33', clusterDomain: 'corp.example', ipFamilies: [4] });
    expect(texts(profile.podCidrs)).toEqual(['10.48.0.0/16']);
    expect(texts(profile.serviceCidrs)).toEqual(['10.112.0.0/16']);
    expect(texts(profile.dns.clusterIps)).toEqual(['10.112.0.53']);
  });

  test("shows kube-proxy's settings", () => {
    expect(profile.proxy).toMatchObject({
      mode: 'iptables',
      detectLocal: 'ClusterCIDR',
      masqueradeAll: true,
      masqueradeBit: 12,
      localhostNodePorts: true,
    });
    expect(texts(profile.proxy.clusterCidr)).toEqual(['10.48.0.0/16']);
    expect(profile.proxy.nodePortAddresses).toMatchObject([{ text: '10.0.0.0/24' }]);
  });

  test('at the line and column of each key, inside the texts of ConfigMaps too', () => {
    expect(places(world)).toEqual({
      'proxy.clusterCIDR': '10:18',
      'proxy.detectLocal': '14:22',
      'proxy.masqueradeAll': '17:22',
      'proxy.masqueradeBit': '18:22',
      'proxy.mode': '20:11',
      'proxy.nodePortAddresses': '21:5',
      kubernetes: '36:24',
      clusterDomain: '52:20',
      podCIDRs: '39:18',
      serviceCIDRs: '60:3',
      'dns.clusterIPs': '50:5',
    });
  });

  test('its Services and pods get addresses of those ranges', () => {
    const { cluster } = world;
    expect(cluster.services.map(({ key, clusterIps }) => [key, ...texts(clusterIps)])).toEqual([
      ['default/kubernetes', '10.112.0.1'],
      ['kube-system/kube-dns', '10.112.0.53'],
    ]);
    expect(cluster.nodes.map(({ podCidrs }) => texts(podCidrs))).toEqual([
      ['10.48.1.0/24'],
      ['10.48.2.0/24'],
    ]);
  });
});

test('documents as they are given to kubeadm and the kubelet show the same', () => {
  const { profile } = worldOf(`apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: stable-1
networking: {podSubnet: "10.1.0.0/16,fd00:1::/48", serviceSubnet: "10.2.0.0/16,fd00:2::/108"}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ipvs
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
clusterDomain: c.example.
`).cluster;
  expect(profile).toMatchObject({ kubernetes: '1.35', clusterDomain: 'c.example', ipFamilies: [4, 6] });
  expect(texts([...profile.podCidrs, ...profile.serviceCidrs])).toEqual([
    '10.1.0.0/16',
    'fd00:1::/48',
    '10.2.0.0/16',
    'fd00:2::/108',
  ]);
  expect(texts(profile.dns.clusterIps)).toEqual(['10.2.0.10']);
  expect(profile.proxy).toMatchObject({ mode: 'ipvs', detectLocal: 'none' });
});

describe('several witnesses', () => {
  const proxy = configMap(
    'kube-proxy',
    '  config.conf: |\n    mode: nftables\n    clusterCIDR: 10.9.0.0/16\n',
  );
  const flannel = configMap(
    'kube-flannel-cfg',
    '  net-conf.json: |\n    {"Network": "10.8.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:8::/48"}\n',
    'kube-flannel',
  );
  const kubeadm = configMap(
    'kubeadm-config',
    '  ClusterConfiguration: |\n    networking:\n      podSubnet: 10.7.0.0/16\n',
  );

  test('the profile wins over the manifests, with a word where they differ', () => {
    const { cluster, diagnostics } = worldOf(proxy, 'proxy: {mode: iptables, clusterCIDR: 10.9.0.0/16}');
    expect(cluster.profile.proxy).toMatchObject({ mode: 'iptables', detectLocal: 'ClusterCIDR' });
    expect(codesAt(diagnostics)).toEqual(['facts-disagree k8snet.yaml:1']);
    expect(diagnostics[0]?.text).toBe(
      'the profile says proxy.mode: iptables, the manifests say nftables; the profile counts',
    );
  });

  test('of two objects that differ the first witness counts', () => {
    const { cluster, diagnostics } = worldOf(flannel + kubeadm);
    expect(texts(cluster.profile.podCidrs)).toEqual(['10.7.0.0/16']);
    expect(codesAt(diagnostics)).toEqual(['facts-disagree manifests.yaml:15']);
    expect(texts(worldOf(flannel).cluster.profile.podCidrs)).toEqual(['10.8.0.0/16', 'fd00:8::/48']);
    expect(worldOf(flannel).cluster.profile.ipFamilies).toEqual([4, 6]);
  });

  test('a ConfigMap of that name elsewhere is of somebody else', () => {
    const own = configMap('kube-proxy', '  config.conf: |\n    mode: nftables\n', 'shop');
    expect(worldOf(own).cluster.profile.given.size).toBe(0);
  });
});

test('bad values are reported at their own line', () => {
  const text = configMap(
    'kube-proxy',
    '  config.conf: |\n    mode: iptable\n    iptables:\n\n      masqueradeBit: 99\n',
  );
  const { cluster, diagnostics } = worldOf(text);
  expect(codesAt(diagnostics)).toEqual(['invalid-field manifests.yaml:7', 'invalid-field manifests.yaml:10']);
  expect(cluster.profile.proxy).toMatchObject({ mode: 'iptables', masqueradeBit: 14 });
});

test('text that is written another way is cited as a whole', () => {
  const { cluster } = worldOf(
    configMap('kube-proxy', '  config.conf: "mode: nftables\\nclusterCIDR: 10.9.0.0/16\\n"\n'),
  );
  expect(cluster.profile.proxy.mode).toBe('nftables');
  const at = cluster.profile.given.get('proxy.mode');
  expect(at === undefined ? undefined : locate(at)).toMatchObject({ line: 6, column: 3 });
});
