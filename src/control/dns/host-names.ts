/**
 * The names by which a pod knows itself, and the one by which the cluster DNS knows it.
 * Source: kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go GeneratePodHostNameAndDomain,
 * pkg/kubelet/util/util.go GetNodenameForKernel; kubernetes/enhancements:keps 1797 and 4762.
 */

import type { Pod } from '../../cluster/cluster.ts';
import type { PodNames } from '../../k8s/pod-names.ts';

/** What of a pod decides its names. */
export interface NamedPod extends Pick<Pod, 'name' | 'namespace' | 'hostNetwork'> {
  readonly spec: Pick<PodNames, 'hostname' | 'subdomain' | 'setHostnameAsFqdn' | 'hostnameOverride'>;
}

export interface NamingFacts {
  readonly clusterDomain: string;
  /** The name of the pod's node: the host name of pods in the host's network. */
  readonly nodeName: string;
  /** Does the cluster heed spec.hostnameOverride (beta in 1.35)? */
  readonly hostnameOverride: boolean;
}

export type PodHostNames =
  | {
      readonly kind: 'named';
      /** What `hostname` prints: the kernel's node name. */
      readonly hostname: string;
      /** What `hostname -f` prints. */
      readonly fqdn: string;
      /** The first name of the pod's own line in /etc/hosts, without the domain. */
      readonly short: string;
      /** Behind it in /etc/hosts; empty: none. */
      readonly domain: string;
      /** The name that a headless Service called as the subdomain gives the pod; undefined: there can be none. */
      readonly dnsName?: string;
    }
  /** The API server does not admit such a pod. */
  | { readonly kind: 'refused'; readonly field: string; readonly text: string }
  /** The kubelet makes no sandbox for the pod, which stays in ContainerCreating. */
  | { readonly kind: 'no-sandbox'; readonly text: string };

/** A host name has 64 bytes with the null at its end. */
const MAX_HOSTNAME = 63;
/** The kernel's node name. */
const MAX_FQDN = 64;
const HOSTNAME_OVERRIDE_SINCE = 35;

/** The names of a pod. */
export function podHostNames(pod: NamedPod, facts: NamingFacts): PodHostNames {
  const { namespace, hostNetwork } = pod;
  const { hostname: label, subdomain, setHostnameAsFqdn = false } = pod.spec;
  const override = facts.hostnameOverride ? pod.spec.hostnameOverride : undefined;
  const refusal = override === undefined ? undefined : refusalOf(pod);
  if (refusal !== undefined) return refusal;
  const zone = facts.clusterDomain.replace(/\.$/, '');
  const suffix = subdomain === undefined ? '' : `${subdomain}.${namespace}.svc.${zone}`;
  const dnsName = label === undefined || suffix === '' ? {} : { dnsName: `${label}.${suffix}` };
  if (hostNetwork) {
    const { nodeName } = facts;
    return { kind: 'named', hostname: nodeName, fqdn: nodeName, short: nodeName, domain: '', ...dnsName };
  }
  const short = override ?? shortened(label ?? pod.name);
  const domain = override === undefined ? suffix : '';
  const fqdn = domain === '' ? short : `${short}.${domain}`;
  if (setHostnameAsFqdn && domain !== '' && fqdn.length > MAX_FQDN) {
    const text = `the name ${fqdn} has ${fqdn.length} characters, and a host name ${MAX_FQDN} at most`;
    return { kind: 'no-sandbox', text };
  }
  return { kind: 'named', hostname: setHostnameAsFqdn ? fqdn : short, fqdn, short, domain, ...dnsName };
}

/** Does a release heed hostnameOverride? @param kubernetes `1.35`. */
export function hasHostnameOverride(kubernetes: string): boolean {
  return Number(kubernetes.split('.')[1]) >= HOSTNAME_OVERRIDE_SINCE;
}

function refusalOf({ hostNetwork, spec }: NamedPod): PodHostNames | undefined {
  const field = 'spec.hostnameOverride';
  if (spec.setHostnameAsFqdn)
    return { kind: 'refused', field, text: 'may not be set beside setHostnameAsFQDN' };
  return hostNetwork ? { kind: 'refused', field, text: 'may not be set beside hostNetwork' } : undefined;
}

function shortened(name: string): string {
  return name.length <= MAX_HOSTNAME ? name : name.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
}
