/** The files that decide how programs of a pod find names, as its kubelet writes them. */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import { hasHostnameOverride, type PodHostNames, podHostNames } from './host-names.ts';
import { type HostsEntry, parseHostsFile, podHostsFile } from './hosts-file.ts';
import { kubeletDns, type PodResolvConf, podResolvConf } from './resolv-conf.ts';

export interface PodFiles {
  readonly resolvConf: PodResolvConf;
  /** Text of /etc/hosts. */
  readonly hosts: string;
  /** What it says. */
  readonly hostsEntries: readonly HostsEntry[];
  readonly names: PodHostNames;
}

/** The hosts file of a node is not in manifests: what every distribution has. */
const UNKNOWN_NODE_HOSTS = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n';

const filesOf = onceFor((cluster: Cluster) => onceFor((pod: Pod) => writeFiles(cluster, pod)));

/** The files of a pod, written once. One that is Pending has no address of its own in them. */
export function podFiles(cluster: Cluster, pod: Pod): PodFiles {
  return filesOf(cluster)(pod);
}

function writeFiles(cluster: Cluster, pod: Pod): PodFiles {
  const { clusterDomain, kubernetes } = cluster.profile;
  const named = { ...pod, name: knownName(pod) };
  const names = podHostNames(named, {
    clusterDomain,
    nodeName: pod.node ?? '',
    hostnameOverride: hasHostnameOverride(kubernetes),
  });
  const hosts = hostsFile(named, names);
  return {
    resolvConf: podResolvConf(pod, kubeletDns(cluster, pod)),
    hosts,
    hostsEntries: parseHostsFile(hosts),
    names,
  };
}

/** An invented name (`api#1`) would begin a comment. */
function knownName({ name, assumed }: Pod): string {
  return assumed.name ? name.replace('#', '-') : name;
}

function hostsFile({ hostNetwork, ips, name, spec }: Pod, names: PodHostNames): string {
  const hostAliases = spec.hostAliases ?? [];
  if (hostNetwork) return podHostsFile({ hostNetwork, nodeHosts: UNKNOWN_NODE_HOSTS, hostAliases });
  const { short, domain } = names.kind === 'named' ? names : { short: name, domain: '' };
  const podIps = ips.map(({ text }) => text);
  return podHostsFile({ hostNetwork, podIps, hostname: short, domain, hostAliases });
}
