/**
 * kubenet: what leaves the non-masquerade range takes the node's address
 * (kubernetes/kubernetes v1.23:pkg/kubelet/dockershim/network/kubenet/kubenet_linux.go ensureMasqRule).
 */

import type { Cidr } from '../../net/cidr.ts';
import { baseRule, NO_RULES, notTo, notToLocal, writeRule } from '../../netfilter/write-rule.ts';
import type { EgressNat } from '../cni.ts';

const COMMENT = 'kubenet: SNAT for outbound traffic from cluster';

/** @param range the kubelet's `--non-masquerade-cidr`. */
export function kubenetMasquerade(range: Cidr): EgressNat {
  return ({ family }) => {
    if (family !== range.family) return NO_RULES;
    const rule = writeRule([notToLocal, notTo(range)], { kind: 'masquerade', randomFully: false }, COMMENT);
    return { chains: [], base: [baseRule(['nat', 'postrouting'], rule)] };
  };
}

/** Pods keep their address wherever they go. */
export const noEgressNat: EgressNat = () => NO_RULES;
