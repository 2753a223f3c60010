/**
 * flanneld's `--ip-masq` and `--iptables-forward-rules`
 * (flannel-io/flannel: pkg/trafficmngr/iptables/iptables.go MasqRules, ForwardRules): pods keep their
 * address inside the pod network and take the node's on the way out.
 */

import type { Node } from '../../cluster/cluster.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { IpFamily } from '../../net/ip.ts';
import type { Chain, Match, Rule, RulesetPart, Target } from '../../netfilter/ruleset.ts';
import { type EgressNat, podCidrOf } from '../cni.ts';

const POSTRTG = 'FLANNEL-POSTRTG';
const FWD = 'FLANNEL-FWD';
/** kube-proxy's mark: its traffic is left alone. */
const KUBE_MASQUERADE_MARK = 0x4000;
const MULTICAST: Readonly<Record<IpFamily, string>> = { 4: '224.0.0.0/4', 6: 'ff00::/8' };

/** @param clusterCidrs the pod network (`Network` of net-conf.json). */
export function flannelMasquerade(clusterCidrs: readonly Cidr[]): EgressNat {
  return ({ node, family }) => {
    const cluster = clusterCidrs.find((cidr) => cidr.family === family);
    if (cluster === undefined) return { chains: [], base: [] };
    return flannelRules(cluster, { node, family });
  };
}

function flannelRules(
  cluster: Cidr,
  { node, family }: { readonly node: Node; readonly family: IpFamily },
): RulesetPart {
  const postrouting: Chain = { name: POSTRTG, rules: masqueradeRules(cluster, podCidrOf(node, family)) };
  const forward: Chain = {
    name: FWD,
    rules: [
      rule([source(cluster)], { kind: 'accept' }, 'flanneld forward'),
      rule([destination(cluster)], { kind: 'accept' }, 'flanneld forward'),
    ],
  };
  return {
    chains: [
      { table: 'nat', chain: postrouting },
      { table: 'filter', chain: forward },
    ],
    base: [
      {
        table: 'nat',
        hook: 'postrouting',
        position: 'append',
        rule: rule([], { kind: 'jump', chain: POSTRTG }, 'flanneld masq'),
      },
      {
        table: 'filter',
        hook: 'forward',
        position: 'append',
        rule: rule([], { kind: 'jump', chain: FWD }, 'flanneld forward'),
      },
    ],
  };
}

/** The six rules in their order; without a lease the node's own three are left out. */
function masqueradeRules(cluster: Cidr, own: Cidr | undefined): readonly Rule[] {
  const masquerade: Target = { kind: 'masquerade', randomFully: true };
  const back: Target = { kind: 'return' };
  const multicast = parseCidr(MULTICAST[cluster.family]) ?? cluster;
  const marked: Match = { kind: 'mark', value: KUBE_MASQUERADE_MARK, mask: KUBE_MASQUERADE_MARK };
  const keep =
    own === undefined
      ? []
      : [
          rule([source(own), destination(cluster)], back),
          rule([source(cluster), destination(own)], back),
          rule([notSource(cluster), destination(own)], back),
        ];
  return [
    rule([marked], back),
    ...keep,
    rule([source(cluster), { kind: 'destination', cidr: multicast, not: true }], masquerade),
    rule([notSource(cluster), destination(cluster)], masquerade),
  ];
}

const source = (cidr: Cidr): Match => ({ kind: 'source', cidr });
const notSource = (cidr: Cidr): Match => ({ kind: 'source', cidr, not: true });
const destination = (cidr: Cidr): Match => ({ kind: 'destination', cidr });

function rule(matches: readonly Match[], target: Target, comment = 'flanneld masq'): Rule {
  return { matches, target, comment, origin: [] };
}
