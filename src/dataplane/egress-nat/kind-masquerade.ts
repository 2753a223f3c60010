/**
 * kind's kindnetd: whatever leaves the pod network takes the node's address
 * (kubernetes-sigs/kind:images/kindnetd/cmd/kindnetd/masq.go).
 */

import type { Cidr } from '../../net/cidr.ts';
import { BACK, baseRule, jumpTo, notToLocal, to, writeRule } from '../../netfilter/write-rule.ts';
import type { EgressNat } from '../cni.ts';

const CHAIN = 'KIND-MASQ-AGENT';
const COMMENT =
  'kind-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom KIND-MASQ-AGENT chain';
const KEEP = 'kind-masq-agent: local traffic is not subject to MASQUERADE';
const REST = 'kind-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)';

/** @param podCidrs the pod ranges of the cluster. */
export function kindMasquerade(podCidrs: readonly Cidr[]): EgressNat {
  return ({ family }) => ({
    chains: [
      {
        table: 'nat',
        chain: {
          name: CHAIN,
          rules: [
            ...podCidrs
              .filter((cidr) => cidr.family === family)
              .map((cidr) => writeRule([to(cidr)], BACK, KEEP)),
            writeRule([], { kind: 'masquerade', randomFully: false }, REST),
          ],
        },
      },
    ],
    base: [baseRule(['nat', 'postrouting'], writeRule([notToLocal], jumpTo(CHAIN), COMMENT))],
  });
}
