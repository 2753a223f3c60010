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
  const inside = realServers(plan, plan.internalLocal);
  const outside = realServers(plan, plan.externalLocal);
  const server = (
    ip: Ip,
    number: number,
    real: VirtualServer['realServers'],
    from: readonly SourceRef[],
  ): VirtualServer => ({
    ip,
    port: number,
    protocol: port.protocol,
    scheduler,
    ...(scheduler === 'mh' ? { schedulerFlags: 'mh-port' } : {}),
    ...(port.sessionAffinitySeconds === undefined ? {} : { persistence: port.sessionAffinitySeconds }),
    realServers: real,
    origin: from,
  });
  const entry = portField(port);
  const { nodePort } = port;
  const external = serviceField(port, 'spec', 'externalIPs');
  const balanced = serviceField(port, 'status', 'loadBalancer', 'ingress');
  return [
    server(plan.clusterIp, port.port, inside, entry),
    ...plan.externalIps.map((ip) => server(ip, port.port, outside, [...entry, ...external])),
    ...plan.vips.map((ip) => server(ip, port.port, outside, [...entry, ...balanced])),
    ...(nodePort === undefined
      ? []
      : nodePortIps.map((ip) => server(ip, nodePort, outside, portField(port, 'nodePort')))),
  ];
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
