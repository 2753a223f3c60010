/**
 * Service addresses as Felix's own service proxy keeps them for its programs, and as these look them up.
 * Sources: projectcalico/calico:felix/bpf/proxy/syncer.go (which entries there are, and with which flags),
 * felix/bpf-gpl/nat_lookup.h (which backends of an entry count for whom).
 */

import type { Node } from '../../cluster/cluster.ts';
import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import { categorizeEndpoints, isExternalPolicyLocal } from '../../control/usable-endpoints.ts';
import { type Cidr, cidrContains } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import type { Packet } from '../../net/packet.ts';
import { servicePortsByNumber } from './services.ts';

export interface CalicoFrontend {
  readonly port: ServicePort;
  readonly backends: readonly Endpoint[];
  /** Only backends of this node count. */
  readonly onlyLocal: boolean;
  /** Ranges that clients must be in (those of load balancers, which external addresses share); empty: all may. */
  readonly sourceRanges: readonly Cidr[];
}

/**
 * Who asks: somebody of the cluster (a pod, a node, a socket), somebody outside, or another node, which has handed the
 * packet over for a pod of this one.
 */
export type CalicoAsker = 'cluster' | 'outside' | 'node';

export interface CalicoQuestion {
  readonly packet: Packet;
  readonly asker: CalicoAsker;
  /** Addresses at which node ports answer. */
  readonly nodeAddresses: ReadonlySet<Ip>;
}

export type CalicoLookup = (question: CalicoQuestion) => CalicoFrontend | undefined;

export interface CalicoServicesInput {
  readonly servicePorts: readonly ServicePort[];
  readonly node: Node;
  /** Service addresses that are left alone (BPFExcludeCIDRsFromNAT). */
  readonly excluded: readonly Cidr[];
}

/** The annotation of a Service that programs leave alone (felix/bpf/proxy/proxy.go ExcludeServiceAnnotation). */
const EXCLUDED = 'projectcalico.org/natExcludeService';
/** Of other protocols the programs read no ports: no Service fits (felix/bpf-gpl/parsing.h). */
const PROTOCOLS: readonly string[] = ['tcp', 'udp'];

/** The look-up of one node; undefined: the packet is for no Service. */
export function calicoLookup(input: CalicoServicesInput): CalicoLookup {
  const byPort = servicePortsByNumber(input.servicePorts);
  return (question) => {
    const { dst, dstPort, protocol } = question.packet;
    if (!PROTOCOLS.includes(protocol)) return undefined;
    for (const port of byPort.get(dstPort) ?? []) {
      const kind = port.protocol === protocol ? kindOf(port, question) : undefined;
      if (kind === undefined) continue;
      if (isExcluded(port, dst, input.excluded)) return undefined;
      return frontendOf(port, kind, { node: input.node, question });
    }
    return undefined;
  };
}

type Kind = 'cluster-ip' | 'node-port' | 'load-balancer' | 'external-ip';

function kindOf(port: ServicePort, { packet, nodeAddresses }: CalicoQuestion): Kind | undefined {
  if (port.port === packet.dstPort) {
    if (port.clusterIps.includes(packet.dst)) return 'cluster-ip';
    if (port.loadBalancerVips.includes(packet.dst)) return 'load-balancer';
    if (port.externalIps.includes(packet.dst)) return 'external-ip';
  }
  return port.nodePort === packet.dstPort && nodeAddresses.has(packet.dst) ? 'node-port' : undefined;
}

function isExcluded({ service }: ServicePort, dst: Ip, excluded: readonly Cidr[]): boolean {
  return service.annotations.get(EXCLUDED) === 'true' || excluded.some((range) => cidrContains(range, dst));
}

function frontendOf(
  port: ServicePort,
  kind: Kind,
  { node, question }: { readonly node: Node; readonly question: CalicoQuestion },
): CalicoFrontend {
  const { family } = question.packet.dst;
  // Only ready endpoints are written down: terminating ones are no last resort.
  const ready = port.endpoints.filter((endpoint) => endpoint.ip.family === family && endpoint.ready);
  const onlyLocal = countsLocalAlone(port, kind, question.asker);
  const near = onlyLocal
    ? ready.filter((endpoint) => endpoint.node === node.name)
    : (categorizeEndpoints(port, node, family).cluster ?? ready).filter((endpoint) => endpoint.ready);
  const hasRanges = kind === 'load-balancer' || kind === 'external-ip';
  return {
    port,
    backends: near,
    onlyLocal: onlyLocal && ready.length > 0,
    sourceRanges: hasRanges ? port.loadBalancerSourceRanges.filter((range) => range.family === family) : [],
  };
}

/**
 * Node ports and addresses of load balancers have both policies, cluster addresses the internal one, external addresses
 * none (syncer.go applyDerived). The internal one counts for the cluster, the external one for everybody else.
 */
function countsLocalAlone(port: ServicePort, kind: Kind, asker: CalicoAsker): boolean {
  if (asker === 'node') return true;
  if (kind === 'external-ip') return false;
  if (asker === 'cluster' || kind === 'cluster-ip') return port.internalTrafficPolicy === 'Local';
  return isExternalPolicyLocal(port);
}
