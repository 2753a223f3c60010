/** kubernetes/kubernetes:pkg/kubelet/kubelet_pods_test.go TestManagedHostsFileContent, TestNodeHostsFileContent. */

import { expect, test } from 'vitest';
import { hostsAddresses, parseHostsFile, podHostsFile } from '../../../src/control/dns/hosts-file.ts';

const LOOPBACK = `127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::0	ip6-localnet
fe00::0	ip6-mcastprefix
fe00::1	ip6-allnodes
fe00::2	ip6-allrouters
`;

test('of a pod with two addresses, a domain and aliases', () => {
  const text = podHostsFile({
    hostNetwork: false,
    podIps: ['203.0.113.1', 'fd00::6'],
    hostname: 'podFoo',
    domain: 'domainFoo',
    hostAliases: [
      { ip: '123.45.67.89', hostnames: ['foo', 'bar', 'baz'] },
      { ip: '192.0.2.9', hostnames: [] },
    ],
  });
  expect(text).toBe(`# Kubernetes-managed hosts file.
${LOOPBACK}203.0.113.1	podFoo.domainFoo	podFoo
fd00::6	podFoo.domainFoo	podFoo

# Entries added by HostAliases.
123.45.67.89	foo	bar	baz
192.0.2.9	
`);
});

test('of a pod in the host’s network', () => {
  const hostAliases = [{ ip: '123.45.67.89', hostnames: ['foo'] }];
  expect(podHostsFile({ hostNetwork: true, nodeHosts: '12.34.56.78\tnode\n', hostAliases })).toBe(
    '# Kubernetes-managed hosts file (host network).\n12.34.56.78\tnode\n\n# Entries added by HostAliases.\n123.45.67.89\tfoo\n',
  );
});

test('is read as the resolver reads it', () => {
  const entries = parseHostsFile(
    '10.0.0.1 api # the one\n#10.0.0.2 api\n fd00::1\tAPI api.shop\nnonsense api\n10.0.0.3\n10.0.0.1 api',
  );
  const found = (name: string) => hostsAddresses(entries, name).map(({ text }) => text);
  expect(found('api')).toEqual(['10.0.0.1', 'fd00::1']);
  expect(found('Api.Shop')).toEqual(['fd00::1']);
  expect(found('shop')).toEqual([]);
});
