/**
 * Cilium's masquerade by the packet filter (cilium/cilium:pkg/datapath/iptables/iptables.go installMasqueradeRules): pods
 * take the node's address towards everything but the native routing range and the cluster's nodes. With BPF masquerade
 * a program does it, and there are no such rules.
 */

import type { Cluster, Node } from '../../cluster/cluster.ts';
import { type Cidr, hostCidr } from '../../net/cidr.ts';
import {
  ACCEPT,
  baseRule,
  from,
  jumpTo,
  NO_RULES,
  notTo,
  to,
  writeRule,
} from '../../netfilter/write-rule.ts';
import { type EgressNat, podCidrOf } from '../cni.ts';

const CHAIN = 'CILIUM_POST_nat';

/**
 * @param kept.nativeRoutingCidrs destinations that keep the pod's address; empty: the node's own range.
 * @param kept.nodesOf the cluster's nodes (ipset cilium_node_set_v4, here one rule a node).
 */
export function ciliumMasquerade(kept: { readonly nativeRoutingCidrs: readonly Cidr[] }): EgressNat {
  return ({ node, family, cluster }) => {
    const own = podCidrOf(node, family);
    if (own === undefined) return NO_RULES;
    const range = kept.nativeRoutingCidrs.find((cidr) => cidr.family === family) ?? own;
    const rules = [
      ...nodeAddresses(cluster, node)
        .filter((ip) => ip.family === family)
        .map((ip) =>
          writeRule(
            [from(own), to(hostCidr(ip))],
            ACCEPT,
            'exclude traffic to cluster nodes from masquerade',
          ),
        ),
      writeRule(
        [from(own), notTo(range), { kind: 'out-interface', name: 'cilium_+', not: true }],
        { kind: 'masquerade', randomFully: false },
        'cilium masquerade non-cluster',
      ),
    ];
    return {
      chains: [{ table: 'nat', chain: { name: CHAIN, rules } }],
      base: [
        baseRule(['nat', 'postrouting'], writeRule([], jumpTo(CHAIN), `cilium-feeder: ${CHAIN}`), 'prepend'),
      ],
    };
  };
}

function nodeAddresses({ nodes }: Cluster, own: Node) {
  return nodes.filter(({ name }) => name !== own.name).flatMap(({ addresses }) => addresses);
}
