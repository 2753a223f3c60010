/**
 * The resolver configuration of a pod, as the kubelet writes it into /etc/resolv.conf.
 * Source: kubernetes/kubernetes:pkg/kubelet/network/dns/dns.go.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { clusterDnsAddresses, clusterDnsService } from '../../cluster/implied-services.ts';
import type { PodDnsConfig } from '../../k8s/kinds/pod-spec.ts';
import { type Ip, parseIp } from '../../net/ip.ts';

export interface PodResolver {
  readonly nameservers: readonly Ip[];
  /** Domains without a final dot, in order. */
  readonly searches: readonly string[];
  /** A name with fewer dots goes through the search list first. */
  readonly ndots: number;
  /** Who answers: the cluster DNS, or what the node asks, which knows no name of the cluster. */
  readonly kind: 'cluster' | 'node';
}

/** The node's resolver is not in manifests: an address of TEST-NET-1, and no search list. */
const NODE_NAMESERVER = '192.0.2.53';
const MAX_NAMESERVERS = 3;
/** Since Kubernetes 1.28 (KEP-2595). */
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
const MAX_DOMAIN = 253;
const CLUSTER_NDOTS = 5;
/** resolv.conf(5). */
const DEFAULT_NDOTS = 1;
const MAX_NDOTS = 15;

type Base = Pick<PodResolver, 'nameservers' | 'searches' | 'ndots'>;

/** The resolver of a pod: its policy's, with spec.dnsConfig merged in, within the kubelet's limits. */
export function podResolver(pod: Pod, cluster: Cluster): PodResolver {
  const base = baseOf(pod, cluster);
  const { dnsConfig } = pod.spec;
  const nameservers = [...new Set([...base.nameservers, ...configuredServers(dnsConfig)])].slice(
    0,
    MAX_NAMESERVERS,
  );
  const [first] = nameservers;
  const known = [...clusterDnsAddresses(cluster), ...(clusterDnsService(cluster)?.clusterIps ?? [])];
  return {
    nameservers,
    searches: limited([...new Set([...base.searches, ...(dnsConfig?.searches ?? []).map(withoutFinalDot)])]),
    ndots: configuredNdots(dnsConfig) ?? base.ndots,
    // A server that answers, if only to say no, is the last one asked.
    kind: first !== undefined && known.includes(first) ? 'cluster' : 'node',
  };
}

function baseOf({ namespace, hostNetwork, spec }: Pod, cluster: Cluster): Base {
  if (spec.dnsPolicy === 'None') return { nameservers: [], searches: [], ndots: DEFAULT_NDOTS };
  const nameservers = clusterDnsAddresses(cluster);
  const asksCluster =
    spec.dnsPolicy === 'ClusterFirstWithHostNet' || (spec.dnsPolicy === 'ClusterFirst' && !hostNetwork);
  if (!asksCluster || nameservers.length === 0) {
    return { nameservers: parsed([NODE_NAMESERVER]), searches: [], ndots: DEFAULT_NDOTS };
  }
  const zone = withoutFinalDot(cluster.profile.clusterDomain);
  const searches = zone === '' ? [] : [`${namespace}.svc.${zone}`, `svc.${zone}`, zone];
  return { nameservers, searches, ndots: CLUSTER_NDOTS };
}

function configuredServers(config: PodDnsConfig | undefined): readonly Ip[] {
  return parsed(config?.nameservers ?? []);
}

function parsed(addresses: readonly string[]): readonly Ip[] {
  return addresses.flatMap((text) => parseIp(text) ?? []);
}

function configuredNdots(config: PodDnsConfig | undefined): number | undefined {
  const option = config?.options.findLast(({ name }) => name === 'ndots');
  if (option?.value === undefined || !/^\d+$/.test(option.value)) return undefined;
  return Math.min(Number(option.value), MAX_NDOTS);
}

/** Too long a list is cut at its end. */
function limited(searches: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let characters = -1;
  for (const domain of searches.filter(({ length }) => length <= MAX_DOMAIN)) {
    characters += domain.length + 1;
    if (kept.length === MAX_SEARCHES || characters > MAX_SEARCH_CHARACTERS) break;
    kept.push(domain);
  }
  return kept;
}

function withoutFinalDot(domain: string): string {
  return domain.length > 1 && domain.endsWith('.') ? domain.slice(0, -1) : domain;
}
