/** The DNS server of a cluster: of the Corefile in its manifests, else as kubeadm sets it up; the profile wins over both. */

import type { ClusterProfile } from '../../cluster/profile.ts';
import { parseResolvConf } from '../../cluster/resolv-conf.ts';
import type { Report } from '../../diagnostics/diagnostic.ts';
import type { ControlPlane } from '../control-plane.ts';
import { corefileServer, findCorefile } from './corefile-server.ts';
import { isWithin, normalName } from './name.ts';
import { upstreamReply } from './plugin/forward.ts';
import type { PluginOverrides } from './plugins.ts';
import { type IngressDoors, publicNames } from './public-names.ts';
import { type DnsServer, dnsServer } from './server.ts';
import {
  EXTERNAL_DEFAULTS,
  type ExternalSettings,
  KUBEADM_SETTINGS,
  type KubernetesSettings,
  PLUGIN_DEFAULTS,
  REVERSE_ZONES,
  type ServerFacts,
} from './settings.ts';

/**
 * Builds the server. What is wrong with the Corefile is reported.
 * @param doors where clients of an Ingress go, for those whose status does not say it.
 */
export function clusterDns(control: ControlPlane, report: Report, doors?: IngressDoors): DnsServer {
  const { cluster } = control;
  const { profile } = cluster;
  const facts: ServerFacts = {
    // The pods of the server have the policy Default: their file is the node's.
    searches: parseResolvConf(profile.dns.nodeResolvConf ?? '')?.searches ?? [],
    upstream: profile.dns.upstream,
    publicNames: publicNames(control, doors),
  };
  const overrides = overridesOf(profile);
  const source = findCorefile(cluster.objects, profile.dns.namespace, report);
  const server =
    source === undefined
      ? dnsServer(control, { ...facts, ...settingsOf(profile, overrides) })
      : corefileServer(source, { control, facts, overrides, report });
  return profile.dns.nodeLocal ? behindNodeCache(server, profile) : server;
}

/** What somebody gave. */
function overridesOf({ dns, clusterDomain }: ClusterProfile): PluginOverrides {
  const { multicluster, reverseZones, namespaces, externalZones, externalHeadless } = dns;
  const kubernetes: Partial<KubernetesSettings> = defined({
    pods: dns.pods,
    ttl: dns.ttl,
    namespaces: namespaces === undefined ? undefined : new Set(namespaces ?? []),
    endpointPodNames: dns.endpointPodNames,
    noEndpoints: dns.noEndpoints,
    ignoreEmptyService: dns.ignoreEmptyService,
    zonal: dns.zonal,
    multicluster: multicluster?.filter((zone) => zone !== normalName(clusterDomain)),
    zones: reverseZones,
  });
  return { kubernetes, external: defined({ zones: externalZones, headless: externalHeadless }) };
}

function settingsOf(
  { dns, clusterDomain }: ClusterProfile,
  { kubernetes: given, external }: PluginOverrides,
) {
  const isKubeadm = dns.defaults === 'kubeadm';
  const { zones = isKubeadm ? REVERSE_ZONES : [], ...rest } = given;
  const multicluster = dns.multicluster ?? [];
  const kubernetes: KubernetesSettings = {
    ...PLUGIN_DEFAULTS,
    ...(isKubeadm ? KUBEADM_SETTINGS : {}),
    ...rest,
    multicluster,
    zones: [...new Set([normalName(clusterDomain), ...zones, ...multicluster])],
  };
  const isExternal = (external.zones ?? []).length > 0;
  const settings: ExternalSettings = { ...EXTERNAL_DEFAULTS, ...external };
  return { kubernetes, autopath: dns.autopath ?? false, ...(isExternal ? { external: settings } : {}) };
}

function defined<Values extends object>(
  values: Values,
): { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as ReturnType<typeof defined<Values>>;
}

/**
 * NodeLocal DNSCache: names outside the cluster go from the node to the node's own servers, past CoreDNS.
 * Source: kubernetes/kubernetes:cluster/addons/dns/nodelocaldns/nodelocaldns.yaml.
 */
function behindNodeCache(server: DnsServer, { clusterDomain }: ClusterProfile): DnsServer {
  const zones = [normalName(clusterDomain), ...REVERSE_ZONES];
  return {
    ...server,
    ask(question) {
      const isCluster = zones.some((zone) => isWithin(zone, normalName(question.name)));
      return isCluster ? server.ask(question) : upstreamReply(server.facts, question);
    },
  };
}
