/**
 * Antrea's rules on a node: what pods send out of the pod network takes the node's address, what the node sends to pods
 * the gateway's; and the node's own packets to pods are marked, so that policies let them in.
 * Source: antrea-io/antrea:pkg/agent/route/route_linux.go restoreIptablesData. The ipset ANTREA-POD-IP, the pod ranges
 * of all nodes, stands here as one rule a range; that tunnelled packets are not tracked is left out.
 */

import type { Cluster, Node } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import type { Match, Rule, Target } from '../../netfilter/ruleset.ts';
import {
  ACCEPT,
  BACK,
  baseRule,
  from,
  inBy,
  jumpTo,
  outBy,
  to,
  writeRule,
} from '../../netfilter/write-rule.ts';
import { type EgressNat, podCidrOf } from '../cni.ts';
import { GATEWAY } from '../ovs/antrea-pipeline.ts';

const [FORWARD, OUTPUT, POSTROUTING] = ['ANTREA-FORWARD', 'ANTREA-OUTPUT', 'ANTREA-POSTROUTING'];
const FROM_NODE: Match = { kind: 'address-type', side: 'src' };
const NOT_OF_GATEWAY: Match = { kind: 'address-type', side: 'src', not: true, interface: 'out' };
const PAST_GATEWAY: Match = { kind: 'out-interface', name: GATEWAY, not: true };

/** types.HostLocalSourceMark. */
export const LOCAL_MARK = 0x8000_0000;

/** @param settings.masquerades pods towards what is outside (not with noSNAT). */
export function antreaNat({ masquerades }: { readonly masquerades: boolean }): EgressNat {
  return ({ node, family, cluster }) => ({
    chains: [
      { table: 'mangle', chain: { name: OUTPUT, rules: [markRule] } },
      { table: 'filter', chain: { name: FORWARD, rules: forwardRules } },
      {
        table: 'nat',
        chain: {
          name: POSTROUTING,
          rules: [...(masquerades ? podRules(node, cluster, family) : []), nodeRule],
        },
      },
    ],
    base: [
      baseRule(['mangle', 'output'], jump(OUTPUT, 'output')),
      baseRule(['filter', 'forward'], jump(FORWARD, 'forwarding')),
      baseRule(['nat', 'postrouting'], jump(POSTROUTING, 'postrouting')),
    ],
  });
}

function jump(chain: string, what: string): Rule {
  return writeRule([], jumpTo(chain), `Antrea: jump to Antrea ${what} rules`);
}

const markRule: Rule = writeRule(
  [FROM_NODE, outBy(GATEWAY)],
  { kind: 'mark-or', bits: LOCAL_MARK },
  'Antrea: mark LOCAL output packets',
);

const forwardRules: readonly Rule[] = [
  writeRule([inBy(GATEWAY)], ACCEPT, 'Antrea: accept packets from local Pods'),
  writeRule([outBy(GATEWAY)], ACCEPT, 'Antrea: accept packets to local Pods'),
];

const nodeRule: Rule = writeRule(
  [outBy(GATEWAY), NOT_OF_GATEWAY, FROM_NODE],
  { kind: 'masquerade', randomFully: true },
  'Antrea: masquerade LOCAL traffic',
);

const rangesOf = onceFor(({ nodes }: Cluster) => nodes.flatMap(({ podCidrs }) => podCidrs));

function podRules(node: Node, cluster: Cluster, family: 4 | 6): readonly Rule[] {
  const own = podCidrOf(node, family);
  if (own === undefined) return [];
  const masquerade: Target = { kind: 'masquerade', randomFully: false };
  const ranges = rangesOf(cluster).filter((range) => range.family === family);
  return [
    ...ranges.map((range) => writeRule([from(own), to(range), PAST_GATEWAY], BACK)),
    writeRule([from(own), PAST_GATEWAY], masquerade, 'Antrea: masquerade Pod to external packets'),
  ];
}
