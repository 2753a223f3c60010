/**
 * What the input's own objects say of the cluster takes the place of the profile's defaults. Flags and the
 * profile file win over it; of several objects that say different things the more direct witness wins.
 */

import type { DiagnosticSource, Report } from '../diagnostics/diagnostic.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Ip } from '../net/ip.ts';
import type { SourceRef } from '../source/ref.ts';
import { calicoFacts } from './facts/calico.ts';
import { corefileFacts } from './facts/corefile.ts';
import type { Fact, FactKey, FactReader, FactValues } from './facts/fact.ts';
import { flannelFacts } from './facts/flannel.ts';
import { ingressNginxFacts } from './facts/ingress-nginx.ts';
import { kubeProxyFacts } from './facts/kube-proxy.ts';
import { kubeadmFacts } from './facts/kubeadm.ts';
import { kubeletFacts } from './facts/kubelet.ts';
import { nodeLocalDnsFacts } from './facts/node-local-dns.ts';
import { serviceCidrFacts } from './facts/service-cidrs.ts';
import type { ClusterProfile, IngressControllerProfile, ProxyProfile } from './profile.ts';
import { completeRanges } from './ranges.ts';

/** The witnesses: what runs before what was planned. */
const READERS: readonly FactReader[] = [
  serviceCidrFacts,
  kubeProxyFacts,
  kubeletFacts,
  kubeadmFacts,
  corefileFacts,
  nodeLocalDnsFacts,
  flannelFacts,
  calicoFacts,
  ingressNginxFacts,
];

const CONTROLLER = 'ingressController.';

type FactMap = ReadonlyMap<FactKey, Fact>;

/** Other keys of the profile that give the same. */
const ALIASES: Readonly<Partial<Record<FactKey, string>>> = {
  'proxy.detectLocal': 'proxy.detectLocalMode',
  'proxy.bridgeInterface': 'proxy.detectLocal.bridgeInterface',
  'proxy.interfaceNamePrefix': 'proxy.detectLocal.interfaceNamePrefix',
};

/** The profile, with what the objects say for keys that nobody gave; `given` has their places. */
export function withFacts(profile: ClusterProfile, objects: ObjectSet, report: Report): ClusterProfile {
  const found = collect(
    READERS.flatMap((read) => read(objects, report)),
    report,
  );
  const facts = new Map([...found].filter(([, fact]) => isNews(profile, fact, report)));
  if (facts.size === 0) return profile;
  const given = new Map<string, SourceRef | undefined>(profile.given);
  for (const [key, { at }] of facts) given.set(key, at);
  return {
    ...profile,
    ...rangesWith(profile, facts),
    ...wordsWith(profile, facts),
    ingressController: controllerWith(profile, facts),
    given,
  };
}

/** The first witness of each key; another one that says something else is reported. */
function collect(all: readonly Fact[], report: Report): FactMap {
  const facts = new Map<FactKey, Fact>();
  for (const fact of all) {
    const first = facts.get(fact.key);
    if (first === undefined) facts.set(fact.key, fact);
    else if (print(first.value) !== print(fact.value)) {
      report({
        code: 'facts-disagree',
        severity: 'warning',
        text: `${fact.key} is ${print(first.value)} in one object and ${print(fact.value)} in another; the former counts`,
        sources: [source(first.at, 'primary', 'counts'), source(fact.at, 'context', 'does not')],
        help: [{ text: `give ${fact.key} in the profile to settle it`, applicability: 'likely' }],
      });
    }
  }
  return facts;
}

/** Did nobody give the key? What the profile says otherwise is reported; a flag is meant to differ. */
function isNews({ given, ...profile }: ClusterProfile, fact: Fact, report: Report): boolean {
  const key = [fact.key, ALIASES[fact.key]].find((each) => each !== undefined && given.has(each));
  const isMoot = fact.key === 'proxy.detectLocal' && fact.value === 'none' && given.has('proxy.clusterCIDR');
  if (key === undefined) return !isMoot;
  const at = given.get(key);
  const own = valueIn(profile, fact.key);
  if (at !== undefined && print(own) !== print(fact.value)) {
    report({
      code: 'facts-disagree',
      severity: 'warning',
      text: `the profile says ${fact.key}: ${print(own)}, the manifests say ${print(fact.value)}; the profile counts`,
      sources: [source(at, 'primary', 'counts'), source(fact.at, 'context', 'does not')],
    });
  }
  return false;
}

function valueIn(profile: Omit<ClusterProfile, 'given'>, key: FactKey): unknown {
  switch (key) {
    case 'kubernetes':
    case 'clusterDomain':
      return profile[key];
    case 'podCIDRs':
      return profile.podCidrs;
    case 'serviceCIDRs':
      return profile.serviceCidrs;
    case 'dns.clusterIPs':
      return profile.dns.clusterIps;
    case 'dns.nodeLocal':
      return profile.dns.nodeLocal;
    case 'dns.nodeLocalAddresses':
      return profile.dns.nodeLocalAddresses;
    case 'proxy.clusterCIDR':
      return profile.proxy.clusterCidr;
    default:
      return key.startsWith(CONTROLLER)
        ? profile.ingressController[key.slice(CONTROLLER.length) as keyof IngressControllerProfile]
        : profile.proxy[key.slice('proxy.'.length) as keyof ProxyProfile];
  }
}

function rangesWith(profile: ClusterProfile, facts: FactMap): Partial<ClusterProfile> {
  const { given } = profile;
  const known = <Value>(key: FactKey | 'ipFamilies', own: readonly Value[]): readonly Value[] =>
    given.has(key) ? own : ((facts.get(key as FactKey)?.value ?? []) as readonly Value[]);
  const { dnsIps, ...ranges } = completeRanges({
    ipFamilies: known('ipFamilies', profile.ipFamilies),
    podCidrs: known('podCIDRs', profile.podCidrs),
    serviceCidrs: known('serviceCIDRs', profile.serviceCidrs),
    dnsIps: known('dns.clusterIPs', profile.dns.clusterIps),
  });
  const nodeLocal = facts.get('dns.nodeLocal')?.value === true || profile.dns.nodeLocal;
  const at = facts.get('dns.nodeLocalAddresses')?.value as readonly Ip[] | undefined;
  const nodeLocalAddresses = at === undefined ? {} : { nodeLocalAddresses: at };
  return { ...ranges, dns: { ...profile.dns, clusterIps: dnsIps, nodeLocal, ...nodeLocalAddresses } };
}

function wordsWith(
  profile: ClusterProfile,
  facts: FactMap,
): Pick<ClusterProfile, 'kubernetes' | 'clusterDomain' | 'proxy'> {
  const value = <Key extends FactKey>(key: Key) => facts.get(key)?.value as FactValues[Key] | undefined;
  const { proxy } = profile;
  const nodePortAddresses = value('proxy.nodePortAddresses');
  return {
    kubernetes: value('kubernetes') ?? profile.kubernetes,
    clusterDomain: value('clusterDomain') ?? profile.clusterDomain,
    proxy: {
      ...proxy,
      mode: value('proxy.mode') ?? proxy.mode,
      scheduler: value('proxy.scheduler') ?? proxy.scheduler,
      clusterCidr: value('proxy.clusterCIDR') ?? proxy.clusterCidr,
      detectLocal: value('proxy.detectLocal') ?? proxy.detectLocal,
      bridgeInterface: value('proxy.bridgeInterface') ?? proxy.bridgeInterface,
      interfaceNamePrefix: value('proxy.interfaceNamePrefix') ?? proxy.interfaceNamePrefix,
      masqueradeAll: value('proxy.masqueradeAll') ?? proxy.masqueradeAll,
      masqueradeBit: value('proxy.masqueradeBit') ?? proxy.masqueradeBit,
      localhostNodePorts: value('proxy.localhostNodePorts') ?? proxy.localhostNodePorts,
      ...(nodePortAddresses === undefined ? {} : { nodePortAddresses }),
    },
  };
}

function controllerWith(profile: ClusterProfile, facts: FactMap): IngressControllerProfile {
  const shown = [...facts.values()].filter(({ key }) => key.startsWith(CONTROLLER));
  return {
    ...profile.ingressController,
    ...Object.fromEntries(shown.map(({ key, value }) => [key.slice(CONTROLLER.length), value])),
  };
}

function source(at: SourceRef, role: 'primary' | 'context', label: string): DiagnosticSource {
  return { at, role, label };
}

/** Ranges and addresses by their text, the rest as it is. */
function print(value: unknown): string {
  if (Array.isArray(value)) return value.map(print).join(',');
  const hasText = typeof value === 'object' && value !== null && 'text' in value;
  return String(hasText ? value.text : value);
}
