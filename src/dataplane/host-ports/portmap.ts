/**
 * What the CNI plugin portmap makes of a container's port mappings, whichever backend writes the rules.
 * Source: containernetworking/plugins:plugins/meta/portmap/portmap_iptables.go fillDnatRules,
 * portmap_nftables.go forwardPorts.
 */

import { type Ip, parseIp, printSocketAddress } from '../../net/ip.ts';
import type { Protocol } from '../../net/packet.ts';

/** One entry of `runtimeConfig.portMappings`, as the kubelet hands it over. */
export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** Only for packets to this address; absent, `0.0.0.0` and `::`: to every address of the node. */
  readonly hostIp?: string;
}

/** Which of the two writes the rules: iptables, unless only nftables is usable or the conf says so. */
export type PortmapBackend = 'iptables' | 'nftables';

export interface PortmapSettings {
  readonly backend: PortmapBackend;
  /** `snat` of the conf, true by default: mark hairpin traffic and that of the node's loopback. */
  readonly snat: boolean;
  /** `masqAll` of the conf: masquerade every source. The nftables backend does not read it. */
  readonly masqueradeAll?: boolean;
}

/** A pod's address with the prefix length that the plugins before portmap gave it. */
export interface PodAddress {
  readonly ip: Ip;
  readonly length: number;
}

/** A mapping in one address family, ready to be written as rules. */
export interface HostPortRule {
  readonly mapping: PortMapping;
  /** undefined: to every address of the node. */
  readonly hostIp: Ip | undefined;
  readonly podIp: Ip;
  /** Where packets go: `10.244.1.5:8080`. */
  readonly dnat: string;
  /** Sources whose packets leave with an address of the node: addresses and ranges, as the rules have them. */
  readonly masqueradeSources: readonly string[];
}

/**
 * The mappings that hold for one address of a pod, in their order. Those whose hostIP is of the other
 * family are left out.
 */
export function hostPortRules(
  pod: PodAddress,
  mappings: readonly PortMapping[],
  settings: PortmapSettings,
): readonly HostPortRule[] {
  const masqueradeSources = settings.snat ? sourcesToMasquerade(pod, settings) : [];
  return mappings.flatMap((mapping) => {
    const written = mapping.hostIp === undefined ? undefined : parseIp(mapping.hostIp);
    if (written !== undefined && written.family !== pod.ip.family) return [];
    return {
      mapping,
      hostIp: written === undefined || isUnspecified(written) ? undefined : written,
      podIp: pod.ip,
      dnat: printSocketAddress(pod.ip, mapping.containerPort),
      masqueradeSources,
    };
  });
}

/** iptables marks the whole range of the pod's interface, nftables only the pod itself. */
function sourcesToMasquerade(
  { ip, length }: PodAddress,
  { backend, masqueradeAll }: PortmapSettings,
): readonly string[] {
  if (backend === 'iptables' && masqueradeAll === true) return [ip.family === 4 ? '0.0.0.0/0' : '::/0'];
  const own = backend === 'iptables' ? `${ip.text}/${length}` : ip.text;
  return ip.family === 4 ? [own, '127.0.0.1'] : [own];
}

function isUnspecified({ text }: Ip): boolean {
  return text === '0.0.0.0' || text === '::';
}
