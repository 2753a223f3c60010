/**
 * What the mesh puts into the network namespace of a pod: the rules of its init container, and the address that the
 * proxy sends from. Rules: docs/semantics/istio.md 1.5.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { onceEach } from '../../collections/once.ts';
import { captureSettings } from '../../control/mesh/capture-settings.ts';
import { proxyMembership } from '../../control/mesh/proxies.ts';
import type { IpFamily } from '../../net/ip.ts';
import { composeRuleset } from '../../netfilter/compose.ts';
import type { NetworkNamespace } from '../network.ts';
import { proxyAddress, sidecarCapture } from './sidecar-capture.ts';

/** The packet filter of a pod with a sidecar, and further addresses of its own; undefined: it has no sidecar. */
export function podCapture(
  cluster: Cluster,
  pod: Pod,
): Pick<Required<NetworkNamespace>, 'ruleset' | 'local'> | undefined {
  if (proxyMembership(cluster)(pod).membership !== 'sidecar') return undefined;
  const settings = captureSettings(pod.annotations);
  const ruleset = onceEach((family: IpFamily) => composeRuleset(family, [sidecarCapture(settings, family)]));
  // 127.0.0.6 is the loopback's as every 127/8 address; ::6 is added to it (tools/istio-iptables/pkg/capture/run.go).
  return { ruleset, local: new Set([proxyAddress(6)]) };
}
