/**
 * What istio-cni's agent adds to the packet filter of a node: what processes of the node send to ambient pods on it comes
 * from an address of its own, by which the rules in the pod tell probes of the kubelet from everything else.
 * Source: istio/istio:cni/pkg/iptables/iptables.go AppendHostRules, cni/pkg/ipset. Rules: docs/semantics/istio.md 13.2.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { proxyMembership } from '../../control/mesh/proxies.ts';
import { type IpFamily, parseIp } from '../../net/ip.ts';
import type { RulesetPart } from '../../netfilter/ruleset.ts';
import { type NamedSet, setKey } from '../../netfilter/sets.ts';
import { baseRule, jumpTo, NO_RULES, writeRule } from '../../netfilter/write-rule.ts';
import { PROBE_ADDRESS } from './ambient-capture.ts';

const POSTROUTING = 'ISTIO_POSTRT';

/** The rules of a node; none where no pod of it is ambient. @param pods of the node, without those of its own network. */
export function hostProbeRules(cluster: Cluster, pods: readonly Pod[], family: IpFamily): RulesetPart {
  const membership = proxyMembership(cluster);
  const probed = pods
    .filter((pod) => membership(pod).membership === 'ambient')
    .flatMap(({ ips }) => ips.filter((ip) => ip.family === family));
  const ip = parseIp(PROBE_ADDRESS[family]);
  if (probed.length === 0 || ip === undefined) return NO_RULES;
  const set: NamedSet = {
    name: `istio-inpod-probes-v${family}`,
    type: 'hash:ip',
    elements: new Map(probed.map((address) => [setKey(address), { origin: [] }])),
  };
  const rule = writeRule(
    [{ kind: 'socket' }, { kind: 'protocol', protocol: 'tcp' }, { kind: 'set', set, key: ['destination'] }],
    { kind: 'snat', ip, randomFully: false },
  );
  return {
    chains: [{ table: 'nat', chain: { name: POSTROUTING, rules: [rule] } }],
    base: [baseRule(['nat', 'postrouting'], writeRule([], jumpTo(POSTROUTING)), 'prepend')],
  };
}
