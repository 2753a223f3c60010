/**
 * The AWS VPC CNI: packets that leave the VPC take the primary address of the node's first interface, and are
 * marked so that they (and answers to node ports) use it whatever interface the pod's address belongs to.
 * Source: aws/amazon-vpc-cni-k8s:pkg/networkutils/network.go buildIptablesSNATRules, buildIptablesConnmarkRules.
 */

import type { Cidr } from '../../net/cidr.ts';
import type { BaseRule, Match, Rule } from '../../netfilter/ruleset.ts';
import {
  BACK,
  baseRule,
  inBy,
  jumpTo,
  NO_RULES,
  notToLocal,
  to,
  toLocal,
  writeRule,
} from '../../netfilter/write-rule.ts';
import { type EgressNat, type NatInput, underlayAddress } from '../cni.ts';
import { UPLINK } from '../underlay.ts';

/** `AWS_VPC_K8S_CNI_CONNMARK`: the mark of the primary interface. */
export const MAIN_ENI_MARK = 0x80;
const SNAT_CHAIN = 'AWS-SNAT-CHAIN-0';
const CONNMARK_CHAIN = 'AWS-CONNMARK-CHAIN-0';
const PRIMARY = 'AWS, primary ENI';
const CONNMARK = 'AWS, CONNMARK';

export interface AwsSnatOptions {
  /** Ranges of the VPC and `AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS`: destinations that keep the pod's address. */
  readonly unchanged: readonly Cidr[];
  /** `AWS_VPC_K8S_CNI_EXTERNALSNAT`: somebody else translates. */
  readonly externalSnat: boolean;
  /** `AWS_VPC_K8S_CNI_RANDOMIZESNAT` is `prng` or `hashrandom`. */
  readonly randomPort: boolean;
  /** Names of pods' host devices begin so (`AWS_VPC_K8S_CNI_VETHPREFIX`). */
  readonly vethPrefix: string;
}

/** The rules of each node; IPv6 pods are not translated. */
export function awsSnat(options: AwsSnatOptions): EgressNat {
  return (input) => {
    if (input.family === 6) return NO_RULES;
    const connmarks = mangleRules(options);
    if (options.externalSnat) return { chains: [], base: connmarks };
    const snat = snatRules(input, options);
    const connmark = connmarkRules(options);
    return {
      chains: [
        { table: 'nat', chain: { name: SNAT_CHAIN, rules: snat } },
        { table: 'nat', chain: { name: CONNMARK_CHAIN, rules: connmark } },
      ],
      base: [...connmarks, ...natJumps(options)],
    };
  };
}

function natJumps({ vethPrefix }: AwsSnatOptions): readonly BaseRule[] {
  const outbound = [inBy(`${vethPrefix}+`)];
  return [
    baseRule(['nat', 'postrouting'], writeRule([], jumpTo(SNAT_CHAIN), 'AWS SNAT CHAIN')),
    baseRule(['nat', 'prerouting'], writeRule(outbound, jumpTo(CONNMARK_CHAIN), 'AWS, outbound connections')),
    baseRule(
      ['nat', 'prerouting'],
      writeRule([], { kind: 'connmark-restore', mask: MAIN_ENI_MARK }, CONNMARK),
    ),
  ];
}

function snatRules({ node }: NatInput, { unchanged, randomPort }: AwsSnatOptions): readonly Rule[] {
  const primary = underlayAddress(node, 4);
  const others: Match = { kind: 'out-interface', name: 'vlan+', not: true };
  return [
    ...ofIpv4(unchanged).map((cidr) => writeRule([to(cidr)], BACK, 'AWS SNAT CHAIN')),
    ...(primary === undefined
      ? []
      : [
          writeRule(
            [others, notToLocal],
            { kind: 'snat', ip: primary, randomFully: randomPort },
            'AWS, SNAT',
          ),
        ]),
  ];
}

function connmarkRules({ unchanged }: AwsSnatOptions): readonly Rule[] {
  return [
    ...ofIpv4(unchanged).map((cidr) => writeRule([to(cidr)], BACK, 'AWS CONNMARK CHAIN, VPC CIDR')),
    writeRule([], { kind: 'connmark-set', value: MAIN_ENI_MARK, mask: MAIN_ENI_MARK }, CONNMARK),
  ];
}

function mangleRules({ vethPrefix }: AwsSnatOptions): readonly BaseRule[] {
  const restore = { kind: 'connmark-restore', mask: MAIN_ENI_MARK } as const;
  const prerouting = ['mangle', 'prerouting'] as const;
  return [
    baseRule(
      prerouting,
      writeRule(
        [inBy(UPLINK), toLocal],
        { kind: 'connmark-set', value: MAIN_ENI_MARK, mask: MAIN_ENI_MARK },
        PRIMARY,
      ),
    ),
    baseRule(prerouting, writeRule([inBy(`${vethPrefix}+`)], restore, PRIMARY)),
    baseRule(prerouting, writeRule([inBy('vlan+')], restore, PRIMARY)),
  ];
}

function ofIpv4(cidrs: readonly Cidr[]): readonly Cidr[] {
  return cidrs.filter(({ family }) => family === 4);
}
