/**
 * /etc/hosts of a pod's containers, as the kubelet writes it. A program's resolver reads it before it asks any
 * name server. Source: kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go managedHostsFileContent,
 * nodeHostsFileContent.
 */

import type { HostAlias } from '../../k8s/pod-names.ts';
import { type Ip, parseIp } from '../../net/ip.ts';

type AliasLine = Pick<HostAlias, 'ip' | 'hostnames'>;

export type HostsFileFacts =
  | {
      readonly hostNetwork: false;
      /** In the order of status.podIPs. */
      readonly podIps: readonly string[];
      readonly hostname: string;
      /** Empty: none. */
      readonly domain: string;
      readonly hostAliases: readonly AliasLine[];
    }
  | {
      readonly hostNetwork: true;
      /** The node's own /etc/hosts. */
      readonly nodeHosts: string;
      readonly hostAliases: readonly AliasLine[];
    };

/** A line of the file: an address and the names that it has. */
export interface HostsEntry {
  readonly ip: Ip;
  readonly names: readonly string[];
}

const HEADER = '# Kubernetes-managed hosts file.\n';
const HEADER_HOST_NETWORK = '# Kubernetes-managed hosts file (host network).\n';
const LOOPBACK = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** The file's text, byte for byte. */
export function podHostsFile(facts: HostsFileFacts): string {
  const aliases = aliasLines(facts.hostAliases);
  if (facts.hostNetwork) return HEADER_HOST_NETWORK + facts.nodeHosts + aliases;
  const { hostname, domain } = facts;
  const names = domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`;
  const own = facts.podIps.map((ip) => `${ip}\t${names}`);
  return HEADER + [...LOOPBACK, ...own].map((line) => `${line}\n`).join('') + aliases;
}

/** The lines of a hosts file that mean something (hosts(5)), in order. */
export function parseHostsFile(text: string): readonly HostsEntry[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const ip = parseIp(address);
    return ip === undefined || names.length === 0 ? [] : [{ ip, names }];
  });
}

/**
 * The addresses that a hosts file has for a name: all of them, in order (glibc joins the lines since it is
 * asked for any family; musl the same). Names have no case; no search list is applied.
 */
export function hostsAddresses(entries: readonly HostsEntry[], name: string): readonly Ip[] {
  const wanted = name.toLowerCase();
  const found = entries.filter(({ names }) => names.some((each) => each.toLowerCase() === wanted));
  return [...new Set(found.map(({ ip }) => ip))];
}

function aliasLines(aliases: readonly AliasLine[]): string {
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${hostnames.join('\t')}`);
  return ['', '# Entries added by HostAliases.', ...lines].map((line) => `${line}\n`).join('');
}
