/** The question of `k8snet dns config`: how a pod's programs find names, and its own name. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { clusterDnsService } from '../cluster/implied-services.ts';
import { podSpecRef } from '../cluster/pod-spec-ref.ts';
import { optionName, printResolvConf, type ResolvConf } from '../cluster/resolv-conf.ts';
import type { PodHostNames } from '../control/dns/host-names.ts';
import { parseHostsFile } from '../control/dns/hosts-file.ts';
import { type PodFiles, podFiles } from '../control/dns/pod-files.ts';
import { kubeletDns, podResolvConf } from '../control/dns/resolv-conf.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { SourceAnswer } from './answer.ts';
import { type AssumptionSet, assumptionSet } from './assumptions.ts';
import type { DnsConfigAnswer, HostsLine, ResolvConfLine } from './dns-config-answer.ts';
import { objectNamer } from './namer.ts';
import { podPlace } from './place.ts';
import { knownDnsName, podFileFindings } from './pod-file-findings.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer, type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { resolvePod } from './target.ts';
import { TOOL } from './tool.ts';

/** What a part of the answer needs. */
interface Asked {
  readonly cluster: Cluster;
  readonly pod: Pod;
  readonly files: PodFiles;
  readonly namer: ObjectNamer;
}

/**
 * The resolver configuration, the hosts file and the names of a pod.
 * @param reference a pod, or a workload for its first pod.
 * @throws UsageError
 */
export function dnsConfigQuestion(snapshot: Snapshot, reference: string): DnsConfigAnswer {
  const { cluster, control } = snapshot;
  const pod = resolvePod(cluster, reference);
  const asked: Asked = { cluster, pod, files: podFiles(cluster, pod), namer: objectNamer(snapshot.objects) };
  const { resolvConf, hosts, names } = asked.files;
  const { base, cut, nameservers, searches, options } = resolvConf;
  const diagnostics: readonly Diagnostic[] = podFileFindings(control, pod, asked.files);
  return {
    schema: 'k8snet/dns-config/1',
    tool: TOOL,
    pod: podPlace(pod),
    dnsPolicy: pod.spec.dnsPolicy,
    hostNetwork: pod.hostNetwork,
    resolvConf: {
      nameservers,
      searches,
      options,
      base,
      cut,
      text: printResolvConf(resolvConf),
      lines: resolvConfLines(asked),
    },
    hosts: { text: hosts, lines: hostsLines(asked) },
    ...(names.kind === 'named' ? { names: namesAnswer(names, knownDnsName(control, pod, names)) } : {}),
    diagnostics: diagnostics.map((one) => diagnosticAnswer(one, asked.namer)),
    assumptions: assumptions(asked).list(),
  };
}

function namesAnswer(
  { hostname, fqdn }: Extract<PodHostNames, { kind: 'named' }>,
  dnsName: string | undefined,
): NonNullable<DnsConfigAnswer['names']> {
  return { hostname, fqdn, ...(dnsName === undefined ? {} : { dnsName }) };
}

type Origin = Pick<ResolvConfLine, 'from' | 'at'>;

/** The entries in the order of the file, each with who put it there. */
function resolvConfLines(asked: Asked): readonly ResolvConfLine[] {
  const { nameservers, searches, options } = asked.files.resolvConf;
  const origin = originsOf(asked);
  return [
    ...searches.map((value): ResolvConfLine => ({ kind: 'search', value, ...origin.search(value) })),
    ...nameservers.map((value): ResolvConfLine => ({ kind: 'nameserver', value, ...origin.server(value) })),
    ...options.map((value): ResolvConfLine => ({ kind: 'option', value, ...origin.option(value) })),
  ];
}

interface Origins {
  server(value: string): Origin;
  search(value: string): Origin;
  option(value: string): Origin;
}

function originsOf({ cluster, pod, files: { resolvConf }, namer }: Asked): Origins {
  const { profile } = cluster;
  const at = (ref: SourceRef | undefined) => (ref === undefined ? {} : { at: sourceAnswer(ref, { namer }) });
  const config = (list: 'nameservers' | 'searches', value: string): Origin => {
    const index = pod.spec.dnsConfig?.[list].indexOf(value) ?? -1;
    return { from: 'dns-config', ...at(index < 0 ? undefined : podSpecRef(pod, 'dnsConfig', list, index)) };
  };
  const base = baseEntries(cluster, pod);
  const isBase = (list: 'nameservers' | 'searches', value: string) => base[list].includes(value);
  const clusterDns = profile.given.get('dns.clusterIPs') ?? clusterDnsService(cluster)?.origin;
  return {
    server(value) {
      if (!isBase('nameservers', value)) return config('nameservers', value);
      if (resolvConf.base === 'cluster') return { from: 'cluster-dns', ...at(clusterDns) };
      return resolvConf.base === 'loopback' ? { from: 'kubelet' } : nodeOrigin(cluster, at);
    },
    search(value) {
      if (!isBase('searches', value)) return config('searches', value);
      if (isOfCluster(cluster, pod, value) && resolvConf.base === 'cluster') {
        return { from: 'cluster-domain', ...at(profile.given.get('clusterDomain')) };
      }
      return resolvConf.base === 'loopback' ? { from: 'kubelet' } : nodeOrigin(cluster, at);
    },
    option(value) {
      const index = (pod.spec.dnsConfig?.options ?? []).findIndex(({ name }) => name === optionName(value));
      if (index >= 0) return { from: 'dns-config', ...at(podSpecRef(pod, 'dnsConfig', 'options', index)) };
      return resolvConf.base === 'node' ? nodeOrigin(cluster, at) : { from: 'kubelet' };
    },
  };
}

function nodeOrigin(
  { profile }: Cluster,
  at: (ref: SourceRef | undefined) => { readonly at?: SourceAnswer },
): Origin {
  return { from: 'node', ...at(profile.given.get('dns.nodeResolvConf')) };
}

/** The entries that are there without spec.dnsConfig. */
function baseEntries(cluster: Cluster, pod: Pod): Pick<ResolvConf, 'nameservers' | 'searches'> {
  const { dnsConfig: _, ...spec } = pod.spec;
  return podResolvConf({ ...pod, spec }, kubeletDns(cluster, pod));
}

function isOfCluster({ profile }: Cluster, { namespace }: Pod, domain: string): boolean {
  const zone = profile.clusterDomain.replace(/\.$/, '');
  return [zone, `svc.${zone}`, `${namespace}.svc.${zone}`].includes(domain);
}

/** The lines of the hosts file, each with who put it there. The aliases are the last ones. */
function hostsLines({ pod, files, namer }: Asked): readonly HostsLine[] {
  const entries = parseHostsFile(files.hosts);
  const aliases = (pod.spec.hostAliases ?? []).filter(({ hostnames }) => hostnames.length > 0);
  const own = new Set(pod.hostNetwork ? [] : pod.ips);
  return entries.map(({ ip, names }, index) => {
    const line = { ip: ip.text, names };
    const alias = aliases[index - (entries.length - aliases.length)];
    if (alias !== undefined) {
      const at = pod.origin === undefined ? undefined : refTo(pod.origin, ...alias.path);
      return {
        ...line,
        from: 'host-aliases',
        ...(at === undefined ? {} : { at: sourceAnswer(at, { namer }) }),
      };
    }
    if (pod.hostNetwork) return { ...line, from: 'node' };
    return { ...line, from: own.has(ip) ? 'pod' : 'kubelet' };
  });
}

function assumptions({ cluster, pod, files }: Asked): AssumptionSet {
  const set = assumptionSet();
  const asksNode = files.resolvConf.base === 'node' || files.resolvConf.base === 'cluster';
  const isUnknown = asksNode && !cluster.profile.given.has('dns.nodeResolvConf');
  if (isUnknown || pod.hostNetwork) set.add('A_NODE_FILES');
  if (pod.assumed.ips && pod.ips.length > 0 && !pod.hostNetwork) set.add('A_POD_IP');
  if (pod.assumed.name) set.add('A_POD_NAME');
  if (pod.hostNetwork && pod.assumed.node) set.add('A_NODES');
  return set;
}
