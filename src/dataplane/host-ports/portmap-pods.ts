/** The pods of a node that portmap opens ports for, whichever backend writes the rules. */

import type { Node, Pod } from '../../cluster/cluster.ts';
import { cidrContains } from '../../net/cidr.ts';
import { type Ip, WIDTH } from '../../net/ip.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { HostPortInput } from '../host-ports.ts';
import { type HostPortRule, hostPortRules, type PortMapping, type PortmapBackend } from './portmap.ts';

export interface PortmapOptions {
  /** Name of the CNI network in the conf: `cbr0` of flannel, `k8s-pod-network` of Calico. */
  readonly network: string;
  /** The prefix length of a pod's address in the result of the plugins before: the node's range, or its own. */
  readonly podPrefix: 'node-range' | 'host';
}

/** A pod with host ports, and its mappings in one family. */
export interface MappedPod {
  readonly pod: Pod;
  readonly ip: Ip;
  readonly rules: readonly HostPortRule[];
  readonly origins: ReadonlyMap<PortMapping, readonly SourceRef[]>;
}

/** The pods of one family with at least one mapping in it, in the order in which they came. */
export function mappedPods(
  { node, family, pods }: HostPortInput,
  options: PortmapOptions & { readonly backend: PortmapBackend },
): readonly MappedPod[] {
  return pods.flatMap((pod) => {
    const ip = pod.ips.find((own) => own.family === family);
    if (ip === undefined || !pod.ports.some(({ hostPort }) => hostPort !== undefined)) return [];
    const origins = mappingsOf(pod);
    const address = { ip, length: prefixLength(node, ip, options) };
    // `snat` of the conf is true unless somebody turns it off.
    const rules = hostPortRules(address, [...origins.keys()], { backend: options.backend, snat: true });
    return rules.length === 0 ? [] : [{ pod, ip, rules, origins }];
  });
}

function mappingsOf({ ports, origin }: Pod): ReadonlyMap<PortMapping, readonly SourceRef[]> {
  const mappings = new Map<PortMapping, readonly SourceRef[]>();
  for (const { hostPort, containerPort, protocol, hostIp, path } of ports) {
    if (hostPort === undefined) continue;
    const mapping = { hostPort, containerPort, protocol, ...(hostIp === undefined ? {} : { hostIp }) };
    mappings.set(mapping, origin === undefined ? [] : [refTo(origin, ...path, 'hostPort')]);
  }
  return mappings;
}

function prefixLength(node: Node, ip: Ip, { podPrefix }: PortmapOptions): number {
  const range = node.podCidrs.find((cidr) => cidrContains(cidr, ip));
  return podPrefix === 'host' || range === undefined ? WIDTH[ip.family] : range.length;
}
