/**
 * ip-masq-agent, and Azure's copy of it: everything but the ranges of its configuration takes the node's address.
 * Source: kubernetes-sigs/ip-masq-agent:cmd/ip-masq-agent/ip-masq-agent.go (syncMasqRules, defaults).
 */

import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { IpFamily } from '../../net/ip.ts';
import { BACK, baseRule, jumpTo, notToLocal, to, writeRule } from '../../netfilter/write-rule.ts';
import type { EgressNat } from '../cni.ts';

const CHAIN = 'IP-MASQ-AGENT';
const COMMENT = `ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom ${CHAIN} chain`;
const KEEP = 'ip-masq-agent: local traffic is not subject to MASQUERADE';
const REST = 'ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)';
const LINK_LOCAL: Readonly<Record<IpFamily, string>> = { 4: '169.254.0.0/16', 6: 'fe80::/10' };

/** The ranges that keep their source when nobody configures any. */
export const DEFAULT_NON_MASQUERADE: readonly Cidr[] = ranges(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
);

export interface IpMasqAgentOptions {
  readonly nonMasqueradeCidrs: readonly Cidr[];
  /** Are link-local destinations translated, too? */
  readonly masqLinkLocal: boolean;
}

/** The agent's rules on each node. */
export function ipMasqAgent({ nonMasqueradeCidrs, masqLinkLocal }: IpMasqAgentOptions): EgressNat {
  return ({ family }) => {
    const kept = [...(masqLinkLocal ? [] : ranges(LINK_LOCAL[family])), ...nonMasqueradeCidrs];
    const rules = [
      ...kept.filter((cidr) => cidr.family === family).map((cidr) => writeRule([to(cidr)], BACK, KEEP)),
      writeRule([], { kind: 'masquerade', randomFully: true }, REST),
    ];
    return {
      chains: [{ table: 'nat', chain: { name: CHAIN, rules } }],
      base: [baseRule(['nat', 'postrouting'], writeRule([notToLocal], jumpTo(CHAIN), COMMENT))],
    };
  };
}

function ranges(...texts: readonly string[]): readonly Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}
