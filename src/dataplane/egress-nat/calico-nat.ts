/**
 * Felix's nat chains: pods of pools with natOutgoing take the node's address towards everything that is in no pool;
 * the node's own processes take the tunnel device's address where they send by it.
 * Source: projectcalico/calico:felix/rules/nat.go, felix/rules/static.go StaticNATPostroutingChains.
 * The pools' ipsets (cali40masq-ipam-pools, cali40all-ipam-pools) stand here as one rule a range.
 */

import type { Cidr } from '../../net/cidr.ts';
import type { Rule, Target } from '../../netfilter/ruleset.ts';
import { BACK, baseRule, from, jumpTo, marked, outBy, to, writeRule } from '../../netfilter/write-rule.ts';
import type { EgressNat } from '../cni.ts';

const POSTROUTING = 'cali-POSTROUTING';
const NAT_OUTGOING = 'cali-nat-outgoing';

export interface CalicoNatOptions {
  readonly pools: readonly Cidr[];
  /** Pools whose pods are translated on the way out. */
  readonly masqueraded: readonly Cidr[];
  /** Tunnel devices, by which only the device's own address may leave. */
  readonly tunnels: readonly string[];
  /** The mark of packets of programs that are to take the node's address, whoever sent them. */
  readonly marked?: number;
}

/** Felix inserts its chains at the top and keeps them there (ChainInsertMode Insert). */
export function calicoNat({ pools, masqueraded, tunnels, marked: mark }: CalicoNatOptions): EgressNat {
  const masquerade: Target = { kind: 'masquerade', randomFully: true };
  return ({ family }) => {
    const ofFamily = (cidrs: readonly Cidr[]) => cidrs.filter((cidr) => cidr.family === family);
    const outgoing: readonly Rule[] = [
      ...ofFamily(pools).map((pool) => writeRule([to(pool)], BACK)),
      ...ofFamily(masqueraded).map((pool) => writeRule([from(pool)], masquerade)),
    ];
    const loops = mark === undefined ? [] : [writeRule([marked(mark)], masquerade, 'BPF loopback SNAT')];
    const foreign: readonly Rule[] = tunnels.map((tunnel) =>
      writeRule(
        [
          outBy(tunnel),
          { kind: 'address-type', side: 'src', not: true, interface: 'out' },
          { kind: 'address-type', side: 'src' },
        ],
        masquerade,
      ),
    );
    return {
      chains: [
        {
          table: 'nat',
          chain: { name: POSTROUTING, rules: [...loops, writeRule([], jumpTo(NAT_OUTGOING)), ...foreign] },
        },
        { table: 'nat', chain: { name: NAT_OUTGOING, rules: outgoing } },
      ],
      base: [baseRule(['nat', 'postrouting'], writeRule([], jumpTo(POSTROUTING)), 'top')],
    };
  };
}
