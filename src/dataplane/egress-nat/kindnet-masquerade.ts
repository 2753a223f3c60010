/**
 * kindnet's nftables table `inet kindnet-ipmasq`, chain postrouting at priority srcnat - 10
 * (kubernetes-sigs/kindnet:pkg/masq/masq.go): it runs before every chain of the iptables nat table. An
 * `accept` there ends that chain only, so it stands here as `return`.
 */

import type { Cidr } from '../../net/cidr.ts';
import { BACK, baseRule, jumpTo, to, toLocal, writeRule } from '../../netfilter/write-rule.ts';
import type { EgressNat } from '../cni.ts';

const CHAIN = 'kindnet-ipmasq';

/** @param notMasqueraded the pod ranges and those that `--no-masquerade-cidr` adds. */
export function kindnetMasquerade(notMasqueraded: readonly Cidr[]): EgressNat {
  return ({ family }) => ({
    chains: [
      {
        table: 'nat',
        chain: {
          name: CHAIN,
          rules: [
            writeRule([{ kind: 'conntrack-state', states: ['ESTABLISHED', 'RELATED'] }], BACK),
            writeRule([toLocal], BACK),
            ...notMasqueraded
              .filter((cidr) => cidr.family === family)
              .map((cidr) => writeRule([to(cidr)], BACK)),
            writeRule([], { kind: 'masquerade', randomFully: false }),
          ],
        },
      },
    ],
    base: [baseRule(['nat', 'postrouting'], writeRule([], jumpTo(CHAIN)), 'prepend')],
  });
}
