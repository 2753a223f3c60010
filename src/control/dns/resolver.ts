/** What a resolver library makes of a pod's /etc/resolv.conf. */

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

export interface PodResolver {
  /** In the order in which they are asked. */
  readonly servers: readonly NameServer[];
  /** Domains without a final dot, in order. */
  readonly searches: readonly string[];
  /** A name with fewer dots goes through the search list first. */
  readonly ndots: number;
}

/** resolv.conf(5). */
const DEFAULT_NDOTS = 1;
const MAX_NDOTS = 15;

/** The resolver of a pod. Nameserver lines that are no addresses are passed over. */
export function podResolver(pod: Pod, cluster: Cluster): PodResolver {
  const file = podResolvConf(pod, kubeletDns(cluster, pod));
  const known = [...clusterDnsAddresses(cluster), ...(clusterDnsService(cluster)?.clusterIps ?? [])];
  const isUnknown = file.base === 'node' && cluster.profile.dns.nodeResolvConf === undefined;
  const written = pod.spec.dnsConfig?.nameservers ?? [];
  return {
    servers: file.nameservers.flatMap((text) => {
      const ip = parseIp(text);
      if (ip === undefined) return [];
      const assumed = isUnknown && !written.includes(text);
      return [{ ip, kind: known.includes(ip) ? 'cluster' : 'node', assumed }];
    }),
    searches: file.searches.map(withoutFinalDot),
    ndots: ndotsOf(file.options),
  };
}

/** As glibc's atoi reads it: 0 for a word (bminor/glibc:resolv/res_init.c). */
function ndotsOf(options: readonly string[]): number {
  const option = options.find((each) => each.startsWith('ndots:'));
  if (option === undefined) return DEFAULT_NDOTS;
  return Math.min(Number(/^ndots:(\d+)/.exec(option)?.[1] ?? 0), MAX_NDOTS);
}

function withoutFinalDot(domain: string): string {
  return domain.length > 1 && domain.endsWith('.') ? domain.slice(0, -1) : domain;
}
