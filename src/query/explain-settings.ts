/** The values of the profile that are in force, each with who gave it. */

import type { ProxyProfile } from '../cluster/profile.ts';
import { isReverseZone, withoutFinalDot } from '../control/dns/name.ts';
import type { Cidr } from '../net/cidr.ts';
import type { AssumptionCode } from './assumptions.ts';
import type { SettingAnswer, SettingValue } from './cluster-answer.ts';
import type { Facts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';

/** The settings, in the order of the profile file's documentation. */
export function explainSettings(snapshot: Snapshot, facts: Facts): readonly SettingAnswer[] {
  const { profile } = snapshot.cluster;
  const { dns, proxy } = profile;
  const setting = (key: string, value: SettingValue, code?: AssumptionCode): SettingAnswer => ({
    key,
    ...facts.ofProfile(key, value, code),
  });
  return [
    setting('kubernetes', profile.kubernetes),
    setting('input', profile.input),
    setting('namespace', profile.namespace),
    setting('clusterDomain', profile.clusterDomain),
    setting(
      'ipFamilies',
      profile.ipFamilies.map((family) => `IPv${family}`),
    ),
    setting('podCIDRs', texts(profile.podCidrs), 'A_POD_IP'),
    setting('serviceCIDRs', texts(profile.serviceCidrs), 'A_CLUSTER_IP'),
    setting('nodePortRange', profile.nodePortRange.join('-'), 'A_NODEPORT'),
    ...cniSettings(snapshot, facts),
    proxyMode(snapshot, facts),
    setting('proxy.clusterCIDR', texts(proxy.clusterCidr.length > 0 ? proxy.clusterCidr : profile.podCidrs)),
    setting('proxy.detectLocal', proxy.detectLocal),
    setting('proxy.masqueradeAll', proxy.masqueradeAll),
    setting('proxy.masqueradeBit', proxy.masqueradeBit),
    setting('proxy.nodePortAddresses', nodePortRanges(proxy)),
    setting('proxy.scheduler', proxy.scheduler),
    setting('proxy.localhostNodePorts', proxy.localhostNodePorts),
    setting(
      'dns.clusterIPs',
      dns.clusterIps.map(({ text }) => text),
    ),
    setting('dns.namespace', dns.namespace),
    setting('dns.port', dns.port),
    setting('dns.profile', dns.defaults),
    ...dnsSettings(snapshot, facts),
    ...controllerSettings(snapshot, facts),
  ];
}

/** Of the Ingress controller only what somebody gave: most clusters have none. */
function controllerSettings({ cluster: { profile } }: Snapshot, facts: Facts): readonly SettingAnswer[] {
  return Object.entries(profile.ingressController).flatMap(([name, value]) => {
    const key = `ingressController.${name}`;
    return facts.isGiven(key) ? [{ key, ...facts.ofProfile<SettingValue>(key, value) }] : [];
  });
}

/** kube-proxy's mode, or whose programs take its place. */
function proxyMode({ cluster, dataplane }: Snapshot, facts: Facts): SettingAnswer {
  const { facets, source, origin } = dataplane.cni;
  const key = 'proxy.mode';
  if (facets.services === 'kube-proxy') {
    return { key, ...facts.ofProfile(key, cluster.profile.proxy.mode, 'A_KUBE_PROXY') };
  }
  if (source === 'detected' && !facts.isGiven(key))
    return { key, ...facts.detected(facets.services, origin) };
  return { key, ...facts.ofProfile(facts.isGiven(key) ? key : 'cni.name', facets.services) };
}

/** What the server of the cluster's names is set to: by the profile, by a Corefile, or by nobody. */
function dnsSettings({ dns: server, profile }: Snapshot, facts: Facts): readonly SettingAnswer[] {
  const settings = server.served[0]?.settings;
  if (settings === undefined) return [];
  const values: Readonly<Record<string, SettingValue>> = {
    'dns.pods': settings.pods,
    'dns.ttl': settings.ttl,
    'dns.reverseZones': settings.zones.filter(isReverseZone).map(withoutFinalDot),
    'dns.namespaces': [...settings.namespaces],
    'dns.nodeLocal': profile.dns.nodeLocal,
  };
  return Object.entries(values).map(([key, value]) => {
    const isCorefile = server.origin !== undefined && !facts.isGiven(key) && key !== 'dns.nodeLocal';
    return { key, ...(isCorefile ? facts.detected(value, server.origin) : facts.ofProfile(key, value)) };
  });
}

/** The CNI that wires the pods, and whether NetworkPolicies count. */
function cniSettings({ cluster, dataplane }: Snapshot, facts: Facts): readonly SettingAnswer[] {
  const { facets, source, origin, unmodelled } = dataplane.cni;
  const name =
    source === 'profile'
      ? facts.ofProfile('cni.name', facets.label)
      : source === 'detected'
        ? facts.detected(facets.label, origin)
        : facts.assumed(facets.label, 'A_CNI');
  const { enforces } = facets.policy;
  const isGiven = facts.isGiven('cni.enforcesPolicy');
  const policy = isGiven ? facts.ofProfile('cni.enforcesPolicy', enforces) : { ...name, value: enforces };
  const isGuess = !isGiven && source === 'assumed';
  const { mtu } = cluster.profile.cni;
  return [
    {
      key: 'cni.name',
      ...name,
      ...(unmodelled === undefined
        ? {}
        : {
            unmodelled: {
              value: unmodelled.name,
              ...(unmodelled.origin === undefined ? {} : { at: facts.place(unmodelled.origin) }),
            },
          }),
    },
    { key: 'cni.enforcesPolicy', ...policy, ...(isGuess ? { assumption: 'A_POLICY_ENGINE' as const } : {}) },
    ...(mtu === undefined ? [] : [{ key: 'cni.mtu', ...facts.ofProfile('cni.mtu', mtu) }]),
  ];
}

/** An empty list is the mode's default. */
function nodePortRanges({ nodePortAddresses = [] }: ProxyProfile): readonly string[] {
  return nodePortAddresses === 'primary' ? ['primary'] : texts(nodePortAddresses);
}

function texts(cidrs: readonly Cidr[]): readonly string[] {
  return cidrs.map(({ text }) => text);
}
