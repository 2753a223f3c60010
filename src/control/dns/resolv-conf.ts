/**
 * /etc/resolv.conf of a pod, as the kubelet composes it: the base of its dnsPolicy, spec.dnsConfig merged in,
 * then the limits. Source: kubernetes/kubernetes:pkg/kubelet/network/dns/dns.go GetPodDNS.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { clusterDnsAddresses } from '../../cluster/implied-services.ts';
import { optionName, parseResolvConf, type ResolvConf } from '../../cluster/resolv-conf.ts';
import type { PodSpec } from '../../k8s/kinds/pod-spec.ts';
import type { PodDnsConfig } from '../../k8s/pod-names.ts';
import type { IpFamily } from '../../net/ip.ts';

/** What of a pod decides its file. */
export interface PodDnsSettings {
  readonly namespace: string;
  readonly hostNetwork: boolean;
  readonly spec: Pick<PodSpec, 'dnsPolicy' | 'dnsConfig'>;
}

/** What of a kubelet decides the files of its pods. */
export interface KubeletDns {
  /** --cluster-dns; empty: the kubelet knows no cluster DNS. */
  readonly clusterDns: readonly string[];
  /** --cluster-domain, with or without a final dot; may be empty. */
  readonly clusterDomain: string;
  /** The file of --resolv-conf; undefined: the option is the empty string. */
  readonly nodeResolvConf: ResolvConf | undefined;
  /** Families of the node's addresses, in their order. */
  readonly nodeFamilies: readonly IpFamily[];
  /** `legacy` before Kubernetes 1.26 (KEP-2595: ExpandedDNSConfig). */
  readonly limits: 'expanded' | 'legacy';
}

/**
 * What a file starts from: the cluster DNS, the node's file, a name server on the pod's own loopback
 * (--resolv-conf=""), or nothing (policy None).
 */
export type ResolvConfBase = 'cluster' | 'node' | 'loopback' | 'none';

export interface PodResolvConf extends ResolvConf {
  readonly base: ResolvConfBase;
  /** What the limits cut away; the kubelet then warns with an event DNSConfigForming. */
  readonly cut: Pick<ResolvConf, 'nameservers' | 'searches'>;
}

interface SearchLimits {
  readonly domains: number;
  /** Of the domains joined by blanks. */
  readonly characters: number;
}

const MAX_NAMESERVERS = 3;
const SEARCH_LIMITS: Readonly<Record<KubeletDns['limits'], SearchLimits>> = {
  expanded: { domains: 32, characters: 2048 },
  legacy: { domains: 6, characters: 256 },
};
/** k8s.io/apimachinery DNS1123SubdomainMaxLength: glibc 2.28 aborts on longer ones. */
const MAX_DOMAIN = 253;
const CLUSTER_OPTIONS = ['ndots:5'];
/** Where ExpandedDNSConfig became a default. */
const EXPANDED_SINCE = 26;
/** The node's file is not in manifests: a name server of TEST-NET-1, and no search list. */
const UNKNOWN_NODE_FILE = 'nameserver 192.0.2.53\n';

/** The file of a pod. Nameservers and searches are in order; options are a set. */
export function podResolvConf(pod: PodDnsSettings, kubelet: KubeletDns): PodResolvConf {
  const { base, ...start } = startOf(pod, kubelet);
  const { nameservers, searches, options } = merged(start, pod.spec.dnsConfig);
  const limited = limitSearches(searches, SEARCH_LIMITS[kubelet.limits]);
  return {
    base,
    nameservers: nameservers.slice(0, MAX_NAMESERVERS),
    searches: limited.kept,
    options,
    cut: { nameservers: nameservers.slice(MAX_NAMESERVERS), searches: limited.cut },
  };
}

/** The kubelet settings that the profile and the manifests give, for the node of a pod. */
export function kubeletDns(cluster: Cluster, pod: Pick<Pod, 'node'>): KubeletDns {
  const { clusterDomain, dns, kubernetes, ipFamilies } = cluster.profile;
  const node = pod.node === undefined ? undefined : cluster.nodeByName.get(pod.node);
  const addresses = node?.primaryAddresses.map(({ family }) => family) ?? ipFamilies;
  const nodeResolvConf =
    dns.nodeResolvConf === '' ? undefined : parseResolvConf(dns.nodeResolvConf ?? UNKNOWN_NODE_FILE);
  return {
    clusterDns: clusterDnsAddresses(cluster).map(({ text }) => text),
    clusterDomain,
    nodeResolvConf,
    nodeFamilies: [...new Set(addresses)],
    limits: Number(kubernetes.split('.')[1]) >= EXPANDED_SINCE ? 'expanded' : 'legacy',
  };
}

type Start = ResolvConf & { readonly base: ResolvConfBase };

function startOf(pod: PodDnsSettings, kubelet: KubeletDns): Start {
  const { dnsPolicy } = pod.spec;
  if (dnsPolicy === 'None') return { base: 'none', nameservers: [], searches: [], options: [] };
  const asksCluster =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !pod.hostNetwork);
  // Without --cluster-dns the kubelet warns with an event MissingClusterDNS and goes on as with Default.
  if (asksCluster && kubelet.clusterDns.length > 0) {
    return {
      base: 'cluster',
      nameservers: kubelet.clusterDns,
      searches: clusterSearches(pod.namespace, kubelet),
      options: CLUSTER_OPTIONS,
    };
  }
  const { nodeResolvConf, nodeFamilies } = kubelet;
  if (nodeResolvConf !== undefined) return { base: 'node', ...nodeResolvConf };
  const nameservers = nodeFamilies.map((family) => (family === 6 ? '::1' : '127.0.0.1'));
  return {
    base: 'loopback',
    nameservers: nameservers.length > 0 ? nameservers : ['127.0.0.1'],
    searches: ['.'],
    options: [],
  };
}

/** The three domains of the cluster, then the node's. */
function clusterSearches(namespace: string, { clusterDomain, nodeResolvConf }: KubeletDns) {
  const zone = clusterDomain.replace(/\.$/, '');
  const own = nodeResolvConf?.searches ?? [];
  return zone === '' ? own : unique([`${namespace}.svc.${zone}`, `svc.${zone}`, zone, ...own]);
}

/** spec.dnsConfig is added behind; an option of the same name wins. */
function merged(start: ResolvConf, config: PodDnsConfig | undefined): ResolvConf {
  if (config === undefined) return start;
  const options = new Map(start.options.map((option) => [optionName(option), option]));
  for (const { name, value = '' } of config.options) {
    options.set(name, value === '' ? name : `${name}:${value}`);
  }
  return {
    nameservers: unique([...start.nameservers, ...config.nameservers]),
    searches: unique([...start.searches, ...config.searches]),
    options: [...options.values()],
  };
}

interface Limited {
  readonly kept: readonly string[];
  readonly cut: readonly string[];
}

/** So many domains, then none that is too long, then so many characters: cut at the end. */
function limitSearches(searches: readonly string[], limits: SearchLimits): Limited {
  const short = searches.slice(0, limits.domains).filter(({ length }) => length <= MAX_DOMAIN);
  let characters = -1;
  const end = short.findIndex(({ length }) => {
    characters += length + 1;
    return characters > limits.characters;
  });
  const kept = end < 0 ? short : short.slice(0, end);
  const isKept = new Set(kept);
  return { kept, cut: searches.filter((domain) => !isKept.has(domain)) };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
