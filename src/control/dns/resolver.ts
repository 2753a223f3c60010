/** What a resolver library makes of a pod's /etc/resolv.conf. */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { clusterDnsAddresses, clusterDnsService } from '../../cluster/implied-services.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { kubeletDns, podResolvConf } from './resolv-conf.ts';

export interface PodResolver {
  readonly nameservers: readonly Ip[];
  /** Domains without a final dot, in order. */
  readonly searches: readonly string[];
  /** A name with fewer dots goes through the search list first. */
  readonly ndots: number;
  /** Who answers: the cluster DNS, or what the node asks, which knows no name of the cluster. */
  readonly kind: 'cluster' | 'node';
}

/** resolv.conf(5). */
const DEFAULT_NDOTS = 1;
const MAX_NDOTS = 15;

/** The resolver of a pod. Nameserver lines that are no addresses are passed over. */
export function podResolver(pod: Pod, cluster: Cluster): PodResolver {
  const file = podResolvConf(pod, kubeletDns(cluster, pod));
  const nameservers = file.nameservers.flatMap((text) => parseIp(text) ?? []);
  const [first] = nameservers;
  const known = [...clusterDnsAddresses(cluster), ...(clusterDnsService(cluster)?.clusterIps ?? [])];
  return {
    nameservers,
    searches: file.searches.map(withoutFinalDot),
    ndots: ndotsOf(file.options),
    // A server that answers, if only to say no, is the last one asked.
    kind: first !== undefined && known.includes(first) ? 'cluster' : 'node',
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
