/**
 * What the mesh puts into the network namespace of a pod: rules of its packet filter, addresses, routes.
 * Rules: docs/semantics/istio.md 1.5, 13.1.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { onceEach } from '../../collections/once.ts';
import { ambientSettings } from '../../control/mesh/ambient-settings.ts';
import { captureSettings } from '../../control/mesh/capture-settings.ts';
import { proxyMembership } from '../../control/mesh/proxies.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import { prefixTable } from '../../net/prefix-table.ts';
import { composeRuleset } from '../../netfilter/compose.ts';
import type { RulesetPart } from '../../netfilter/ruleset.ts';
import type { NetworkNamespace } from '../network.ts';
import { AMBIENT_ROUTING, ambientCapture } from './ambient-capture.ts';
import { proxyAddress, sidecarCapture } from './sidecar-capture.ts';

/** What is added to a pod's namespace. */
export type PodCapture = Pick<Required<NetworkNamespace>, 'ruleset'> &
  Pick<NetworkNamespace, 'routingRules' | 'routingTables'> & {
    /** Further addresses of its own. */
    readonly addresses: readonly Ip[];
  };

/** What captures the connections of a pod; undefined: nothing does. */
export function podCapture(cluster: Cluster, pod: Pod): PodCapture | undefined {
  const { membership } = proxyMembership(cluster)(pod);
  if (membership === 'sidecar') {
    const settings = captureSettings(pod.annotations);
    // 127.0.0.6 is the loopback's as every 127/8 address; ::6 is added to it (tools/istio-iptables/pkg/capture/run.go).
    return {
      ruleset: rulesetOf((family) => sidecarCapture(settings, family)),
      addresses: [proxyAddress(6)],
    };
  }
  if (membership !== 'ambient') return undefined;
  const settings = ambientSettings(pod.annotations);
  const { rules, table, routes } = AMBIENT_ROUTING;
  return {
    ruleset: rulesetOf((family) => ambientCapture(settings, family)),
    addresses: [],
    routingRules: rules,
    routingTables: new Map([[table, prefixTable(routes.map((route) => [route.prefix, route] as const))]]),
  };
}

function rulesetOf(partOf: (family: IpFamily) => RulesetPart): PodCapture['ruleset'] {
  return onceEach((family: IpFamily) => composeRuleset(family, [partOf(family)]));
}
