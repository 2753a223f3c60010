/**
 * Virtual servers of a node: every address and port of a Service, with its endpoints as real servers.
 * Source: kubernetes/kubernetes:pkg/proxy/ipvs/proxier.go syncProxyRules, syncEndpoint.
 */

import { onceFor } from '../../collections/once.ts';
import type { Endpoint } from '../../control/service-port.ts';
import type { Ip } from '../../net/ip.ts';
import type { PacketProtocol } from '../../net/packet.ts';
import { setKey } from '../../netfilter/sets.ts';
import type { VirtualServer } from '../../netfilter/virtual-servers.ts';
import type { SourceRef } from '../../source/ref.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

/** What of a node's virtual servers is not in the plans. */
export interface ServerSettings {
  readonly scheduler: string;
  /** Addresses that node ports answer on. */
  readonly nodePortIps: readonly Ip[];
}

/**
 * The virtual server at an address and port; others are not made. The plans are indexed once, for all nodes that have
 * them.
 */
export function virtualServerAt(
  plans: readonly ServicePlan[],
  { scheduler, nodePortIps }: ServerSettings,
  { ip, protocol, port }: Pick<VirtualServer, 'ip' | 'port'> & { readonly protocol: PacketProtocol },
): VirtualServer | undefined {
  const { byAddress, byNodePort } = placesOf(plans);
  const places = [
    byAddress.get(setKey(ip, protocol, port)),
    nodePortIps.includes(ip) ? byNodePort.get(setKey(protocol, port)) : undefined,
  ];
  const [first] = places.flatMap((at) => at ?? []).sort((a, b) => a - b);
  const plan = first === undefined ? undefined : plans[first];
  if (plan === undefined) return undefined;
  return serversOf(plan, scheduler, nodePortIps).find((server) => server.ip === ip && server.port === port);
}

/** Where in the plans the first one is that has an address and port, or a node port. */
const placesOf = onceFor((plans: readonly ServicePlan[]) => {
  const byAddress = new Map<string, number>();
  const byNodePort = new Map<string, number>();
  for (const [at, { port, clusterIp, externalIps, vips }] of plans.entries()) {
    const { protocol, nodePort } = port;
    for (const ip of [clusterIp, ...externalIps, ...vips]) {
      const key = setKey(ip, protocol, port.port);
      if (!byAddress.has(key)) byAddress.set(key, at);
    }
    if (nodePort === undefined) continue;
    const key = setKey(protocol, nodePort);
    if (!byNodePort.has(key)) byNodePort.set(key, at);
  }
  return { byAddress, byNodePort };
});

/** All of them. Of two Services with the same address and port the first one counts. */
export function virtualServers(
  plans: readonly ServicePlan[],
  { scheduler, nodePortIps }: ServerSettings,
): ReadonlyMap<string, VirtualServer> {
  const servers = new Map<string, VirtualServer>();
  for (const plan of plans) {
    for (const server of serversOf(plan, scheduler, nodePortIps)) {
      const key = setKey(server.ip, server.protocol, server.port);
      if (!servers.has(key)) servers.set(key, server);
    }
  }
  return servers;
}

function serversOf(plan: ServicePlan, scheduler: string, nodePortIps: readonly Ip[]): VirtualServer[] {
  const { port } = plan;
  const about = {
    protocol: port.protocol,
    scheduler,
    schedulerFlags: scheduler === 'mh' ? 'mh-port' : undefined,
    persistence: port.sessionAffinitySeconds,
  };
  const entry = portField(port);
  const { nodePort } = port;
  const inside = realServers(plan, plan.internalLocal);
  const servers: VirtualServer[] = [
    { ip: plan.clusterIp, port: port.port, ...about, realServers: inside, origin: entry },
  ];
  if (plan.externalIps.length === 0 && plan.vips.length === 0 && nodePort === undefined) return servers;
  const outside = realServers(plan, plan.externalLocal);
  const add = (ip: Ip, number: number, origin: readonly SourceRef[]): void => {
    servers.push({ ip, port: number, ...about, realServers: outside, origin });
  };
  const external = serviceField(port, 'spec', 'externalIPs');
  const balanced = serviceField(port, 'status', 'loadBalancer', 'ingress');
  for (const ip of plan.externalIps) add(ip, port.port, [...entry, ...external]);
  for (const ip of plan.vips) add(ip, port.port, [...entry, ...balanced]);
  if (nodePort === undefined) return servers;
  for (const ip of nodePortIps) add(ip, nodePort, portField(port, 'nodePort'));
  return servers;
}

/**
 * Policy Local takes the node's own endpoints, and where it has none those of the cluster: pods of the node
 * are still served; what comes from outside gets no usable answer.
 */
function realServers({ cluster, local }: ServicePlan, isLocal: boolean): VirtualServer['realServers'] {
  const endpoints = isLocal && local.length > 0 ? local : cluster;
  return endpoints.map(({ ip, port, origin }: Endpoint) => ({
    ip,
    port,
    weight: 1,
    origin: origin === undefined ? [] : [origin],
  }));
}
