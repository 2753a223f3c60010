/**
 * `ipMasq: true` of the bridge and ptp plugins: each pod's packets to anywhere but its own subnet take the node's
 * address (containernetworking/plugins:pkg/ip/ipmasq_iptables_linux.go SetupIPMasqForNetworks). The chain is
 * named after a hash of network and container id, which nobody knows: `CNI-~<pod>`.
 */

import { cidrOf, parseCidr } from '../../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import type { Chain } from '../../netfilter/ruleset.ts';
import { ACCEPT, baseRule, from, jumpTo, notTo, to, writeRule } from '../../netfilter/write-rule.ts';
import { type EgressNat, podCidrOf } from '../cni.ts';

const MULTICAST: Readonly<Record<IpFamily, string>> = { 4: '224.0.0.0/4', 6: 'ff00::/8' };

/** One chain a pod. */
export const bridgeIpMasq: EgressNat = ({ node, family, pods }) => {
  const multicast = parseCidr(MULTICAST[family]);
  const subnet = podCidrOf(node, family);
  const own = pods.flatMap(({ key, name, ips }) =>
    ips.filter((ip) => ip.family === family).map((ip) => ({ key, ip, chain: chainName(name, ip) })),
  );
  const chainOf = ({ chain, key }: (typeof own)[number]): Chain => ({
    name: chain,
    rules: [
      ...(subnet === undefined ? [] : [writeRule([to(subnet)], ACCEPT, comment(key))]),
      writeRule(
        multicast === undefined ? [] : [notTo(multicast)],
        { kind: 'masquerade', randomFully: false },
        comment(key),
      ),
    ],
  });
  return {
    chains: own.map((pod) => ({ table: 'nat', chain: chainOf(pod) })),
    base: own.map(({ ip, chain, key }) =>
      baseRule(
        ['nat', 'postrouting'],
        writeRule([from(cidrOf(ip, WIDTH[family]))], jumpTo(chain), comment(key)),
      ),
    ),
  };
};

/** A chain has at most 28 characters (iptables(8)). */
function chainName(pod: string, ip: Ip): string {
  const name = `CNI-~${pod}`;
  return name.length <= 28 ? name : `CNI-~${ip.text}`;
}

function comment(key: string): string {
  return `pod ${key}`;
}
