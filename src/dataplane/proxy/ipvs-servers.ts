/**
 * Virtual servers of a node: every address and port of a Service, with its endpoints as real servers.
 * Source: kubernetes/kubernetes:pkg/proxy/ipvs/proxier.go syncProxyRules, syncEndpoint.
 */

import type { Endpoint } from '../../control/service-port.ts';
import type { Ip } from '../../net/ip.ts';
import { setKey } from '../../netfilter/sets.ts';
import type { VirtualServer } from '../../netfilter/virtual-servers.ts';
import type { SourceRef } from '../../source/ref.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

/** Of two Services with the same address and port the first one counts. */
export function virtualServers(
  plans: readonly ServicePlan[],
  { scheduler, nodePortIps }: { readonly scheduler: string; readonly nodePortIps: readonly Ip[] },
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
