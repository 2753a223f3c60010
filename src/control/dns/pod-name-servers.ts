/** Whom the programs of a pod ask: the nameserver lines of its /etc/resolv.conf. */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { clusterDnsAddresses, clusterDnsService } from '../../cluster/implied-services.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { kubeletDns, podResolvConf } from './resolv-conf.ts';

export interface NameServer {
  readonly ip: Ip;
  /** Who answers: the cluster DNS, or another one, which knows no name of the cluster. */
  readonly kind: 'cluster' | 'node';
  /** Invented: nobody knows what the node asks. */
  readonly assumed: boolean;
}

/** The name servers in the order in which they are asked. Lines that are no addresses are passed over. */
export function podNameServers(cluster: Cluster, pod: Pod): readonly NameServer[] {
  const { base, nameservers } = podResolvConf(pod, kubeletDns(cluster, pod));
  const known = [...clusterDnsAddresses(cluster), ...(clusterDnsService(cluster)?.clusterIps ?? [])];
  const isUnknown = base === 'node' && cluster.profile.dns.nodeResolvConf === undefined;
  const written = pod.spec.dnsConfig?.nameservers ?? [];
  return nameservers.flatMap((text) => {
    const ip = parseIp(text);
    if (ip === undefined) return [];
    const assumed = isUnknown && !written.includes(text);
    return [{ ip, kind: known.includes(ip) ? 'cluster' : 'node', assumed }];
  });
}
