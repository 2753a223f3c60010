/**
 * flanneld's `--ip-masq` and `--iptables-forward-rules`
 * (flannel-io/flannel: pkg/trafficmngr/iptables/iptables.go MasqRules, ForwardRules): pods keep their
 * address inside the pod network and take the node's on the way out. Where flanneld programs nftables itself
 * (EnableNFTables), its rules differ in one place (pkg/trafficmngr/nftables/nftables.go).
 */

import type { Node } from '../../cluster/cluster.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { IpFamily } from '../../net/ip.ts';
import type { Rule, RulesetPart, Target } from '../../netfilter/ruleset.ts';
import {
  ACCEPT,
  BACK,
  baseRule,
  from,
  jumpTo,
  marked,
  NO_RULES,
  notFrom,
  notTo,
  to,
  writeRule,
} from '../../netfilter/write-rule.ts';
import { type EgressNat, podCidrOf } from '../cni.ts';

const POSTRTG = 'FLANNEL-POSTRTG';
const FWD = 'FLANNEL-FWD';
/** kube-proxy's mark: its traffic is left alone. */
const KUBE_MASQUERADE_MARK = 0x4000;
const MULTICAST: Readonly<Record<IpFamily, string>> = { 4: '224.0.0.0/4', 6: 'ff00::/8' };

export interface FlannelMasqueradeOptions {
  /** The pod network (`Network` of net-conf.json). */
  readonly clusterCidrs: readonly Cidr[];
  /** Which of its two sets of rules flanneld programs. */
  readonly mode: 'iptables' | 'nftables';
  /** `--ip-masq`: else only the forward rules are there. */
  readonly masquerades: boolean;
}

/** The rules of each node. */
export function flannelMasquerade(options: FlannelMasqueradeOptions): EgressNat {
  return ({ node, family }) => {
    const cluster = options.clusterCidrs.find((cidr) => cidr.family === family);
    if (cluster === undefined) return NO_RULES;
    const forward = forwardRules(cluster);
    if (!options.masquerades) return forward;
    const masquerade = masqueradePart(cluster, { node, family }, options.mode);
    return {
      chains: [...masquerade.chains, ...forward.chains],
      base: [...masquerade.base, ...forward.base],
    };
  };
}

function forwardRules(cluster: Cidr): RulesetPart {
  const comment = 'flanneld forward';
  const rules = [writeRule([from(cluster)], ACCEPT, comment), writeRule([to(cluster)], ACCEPT, comment)];
  return {
    chains: [{ table: 'filter', chain: { name: FWD, rules } }],
    base: [baseRule(['filter', 'forward'], writeRule([], jumpTo(FWD), comment))],
  };
}

function masqueradePart(
  cluster: Cidr,
  { node, family }: { readonly node: Node; readonly family: IpFamily },
  mode: FlannelMasqueradeOptions['mode'],
): RulesetPart {
  const rules = masqueradeRules(cluster, podCidrOf(node, family), mode);
  return {
    chains: [{ table: 'nat', chain: { name: POSTRTG, rules } }],
    base: [baseRule(['nat', 'postrouting'], writeRule([], jumpTo(POSTRTG), 'flanneld masq'))],
  };
}

/** The six rules in their order; without a lease the node's own three are left out. */
function masqueradeRules(
  cluster: Cidr,
  own: Cidr | undefined,
  mode: FlannelMasqueradeOptions['mode'],
): readonly Rule[] {
  const masquerade: Target = { kind: 'masquerade', randomFully: true };
  const multicast = parseCidr(MULTICAST[cluster.family]) ?? cluster;
  const keepOutside = (range: Cidr) =>
    mode === 'iptables'
      ? masq([notFrom(cluster), to(range)], BACK)
      : masq([notFrom(range), to(cluster)], BACK);
  const keep =
    own === undefined
      ? []
      : [masq([from(own), to(cluster)], BACK), masq([from(cluster), to(own)], BACK), keepOutside(own)];
  return [
    masq([marked(KUBE_MASQUERADE_MARK)], BACK),
    ...keep,
    masq([from(cluster), notTo(multicast)], masquerade),
    masq([notFrom(cluster), to(cluster)], masquerade),
  ];
}

function masq(matches: Rule['matches'], target: Target): Rule {
  return writeRule(matches, target, 'flanneld masq');
}
