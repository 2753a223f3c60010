/**
 * Service addresses as an eBPF load balancer keeps them: one entry an address, port and protocol, with its backends.
 * Source: cilium/cilium:bpf/lib/lb.h, pkg/loadbalancer; which endpoints count is the control plane's business.
 */

import type { Node } from '../../cluster/cluster.ts';
import { groupByEach } from '../../collections/grouping.ts';
import { onceFor } from '../../collections/once.ts';
import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import { categorizeEndpoints, isExternalPolicyLocal } from '../../control/usable-endpoints.ts';
import type { Ip } from '../../net/ip.ts';
import type { Packet } from '../../net/packet.ts';

export interface Frontend {
  readonly port: ServicePort;
  readonly kind: 'cluster-ip' | 'node-port' | 'external';
  readonly backends: readonly Endpoint[];
  /** Only backends of this node count, and there are some elsewhere. */
  readonly onlyLocal: boolean;
}

export interface FrontendQuestion {
  readonly packet: Packet;
  /** Addresses at which node ports answer. */
  readonly nodeAddresses: ReadonlySet<Ip>;
  /** Who asks: a pod or process of the cluster, for whom external policies do not count, or somebody outside. */
  readonly scope: 'internal' | 'external';
}

/** Finds the Service behind a packet's destination; undefined: it is for none. */
export type FrontendLookup = (question: FrontendQuestion) => Frontend | undefined;

/** By the number that is asked for, port or node port; one for all namespaces. */
export const servicePortsByNumber: (
  servicePorts: readonly ServicePort[],
) => ReadonlyMap<number, readonly ServicePort[]> = onceFor((servicePorts) =>
  groupByEach(servicePorts, ({ port, nodePort }) =>
    nodePort === undefined ? [port] : new Set([port, nodePort]),
  ),
);

/** The look-up of one node. */
export function frontendLookup(servicePorts: readonly ServicePort[], node: Node): FrontendLookup {
  const byPort = servicePortsByNumber(servicePorts);
  return (question) => {
    for (const port of byPort.get(question.packet.dstPort) ?? []) {
      const kind = kindOf(port, question);
      if (kind !== undefined) return frontend(port, kind, { node, question });
    }
    return undefined;
  };
}

function kindOf(
  port: ServicePort,
  { packet, nodeAddresses }: FrontendQuestion,
): Frontend['kind'] | undefined {
  if (port.protocol !== packet.protocol) return undefined;
  if (port.port === packet.dstPort) {
    if (port.clusterIps.includes(packet.dst)) return 'cluster-ip';
    if (port.externalIps.includes(packet.dst) || port.loadBalancerVips.includes(packet.dst))
      return 'external';
  }
  return port.nodePort === packet.dstPort && nodeAddresses.has(packet.dst) ? 'node-port' : undefined;
}

function frontend(
  port: ServicePort,
  kind: Frontend['kind'],
  { node, question }: { readonly node: Node; readonly question: FrontendQuestion },
): Frontend {
  const { family } = question.packet.dst;
  const { cluster, local, hasAnyEndpoints } = categorizeEndpoints(port, node, family);
  const isLocal =
    kind === 'cluster-ip'
      ? port.internalTrafficPolicy === 'Local'
      : isExternalPolicyLocal(port) && question.scope === 'external';
  const backends = (isLocal ? local : (cluster ?? local)) ?? [];
  return { port, kind, backends, onlyLocal: isLocal && hasAnyEndpoints };
}
