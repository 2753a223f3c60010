/**
 * The node's addresses that node ports answer on.
 * Source: kubernetes/kubernetes:pkg/proxy/util/nodeport_addresses.go, cmd/kube-proxy/app/server.go
 * (`primary`), cmd/kube-proxy/app/server_linux.go (nftables' default).
 */

import { type Cidr, cidrContains, cidrOf, hostCidr } from '../../net/cidr.ts';
import { type Ip, type IpFamily, ipFromBits } from '../../net/ip.ts';
import type { ProxyInput } from '../service-proxy.ts';

/** Loopback of each family: its address, and the range of all of it. */
export const LOOPBACK: Readonly<Record<IpFamily, { readonly address: Ip; readonly range: Cidr }>> = {
  4: { address: ipFromBits(0x7f000001), range: cidrOf(ipFromBits(0x7f000000), 8) },
  6: { address: ipFromBits(1n), range: hostCidr(ipFromBits(1n)) },
};

/**
 * `all`: every local address; else the selected ones, the loopback address first if it is among them.
 * Without a range of the family every address of the family is selected.
 * @param modeDefault what the mode does where nothing is configured.
 */
export function nodePortAddressesOf(
  { profile, family, node }: ProxyInput,
  modeDefault: 'all' | 'primary',
): 'all' | readonly Ip[] {
  const asked = profile.nodePortAddresses ?? modeDefault;
  if (asked === 'all') return 'all';
  const ranges = asked === 'primary' ? node.primaryAddresses.map(hostCidr) : asked;
  const selected = ranges.filter((range) => range.family === family);
  if (selected.length === 0 || selected.some((range) => range.length === 0)) return 'all';
  return [LOOPBACK[family].address, ...node.addresses].filter((ip) =>
    selected.some((range) => cidrContains(range, ip)),
  );
}
