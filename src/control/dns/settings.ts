/** The settings of a cluster's DNS server that change its answers, each with CoreDNS's name for it. */

import type { LabelSelector } from '../../k8s/selector.ts';
import type { Ip } from '../../net/ip.ts';
import type { PublicNames } from './public-names.ts';
import type { DnsRecord } from './record.ts';

export type PodMode = 'disabled' | 'insecure' | 'verified';

/** Of the plugin `kubernetes` (coredns/coredns:plugin/kubernetes/setup.go). Zones are lower case and absolute. */
export interface KubernetesSettings {
  readonly zones: readonly string[];
  readonly pods: PodMode;
  /** Seconds, 0 to 3600. */
  readonly ttl: number;
  /** `namespaces`: the exposed ones; empty: all. */
  readonly namespaces: ReadonlySet<string>;
  /** `namespace_labels`. */
  readonly namespaceSelector?: LabelSelector;
  /** `labels`: of Services, slices and pods. */
  readonly selector?: LabelSelector;
  readonly endpointPodNames: boolean;
  readonly noEndpoints: boolean;
  readonly ignoreEmptyService: boolean;
  readonly zonal: boolean;
  /** Zones of the Multi-Cluster Services API, a part of `zones`. */
  readonly multicluster: readonly string[];
  /** Names below these that do not exist go on to the next plugin. */
  readonly fallthrough: readonly string[];
}

/** Of the plugin `k8s_external` (coredns/coredns:plugin/k8s_external/setup.go). */
export interface ExternalSettings {
  readonly zones: readonly string[];
  readonly ttl: number;
  readonly apex: string;
  readonly headless: boolean;
  readonly fallthrough: readonly string[];
}

/** What a server knows besides the cluster's objects. */
export interface ServerFacts {
  /** The addresses that its plugins find themselves bound to; undefined: those of the pods behind the DNS Service. */
  readonly addresses?: readonly Ip[];
  /** The search list of its own resolv.conf, which autopath walks. */
  readonly searches: readonly string[];
  /** What servers outside answer, by lower-case absolute name. */
  readonly upstream: ReadonlyMap<string, readonly DnsRecord[]>;
  /** Names that the manifests mean to be there; `upstream` wins over them. */
  readonly publicNames?: PublicNames;
}

/** A server that is set up without a Corefile. */
export interface DnsServerSettings extends ServerFacts {
  readonly kubernetes: KubernetesSettings;
  readonly external?: ExternalSettings;
  /** Does the server walk the client's search list? (`autopath @kubernetes`) */
  readonly autopath: boolean;
}

/** The defaults of the plugin, as of CoreDNS 1.14.7. */
export const PLUGIN_DEFAULTS: KubernetesSettings = {
  zones: ['cluster.local.'],
  pods: 'disabled',
  ttl: 5,
  namespaces: new Set(),
  endpointPodNames: false,
  noEndpoints: false,
  ignoreEmptyService: false,
  zonal: false,
  multicluster: [],
  fallthrough: [],
};

/** The trees of reverse names. */
export const REVERSE_ZONES: readonly string[] = ['in-addr.arpa.', 'ip6.arpa.'];

/** kubeadm's Corefile (kubernetes/kubernetes:cmd/kubeadm/app/phases/addons/dns/manifests.go CoreDNSConfigMap). */
export const KUBEADM_SETTINGS: Partial<KubernetesSettings> = {
  pods: 'insecure',
  ttl: 30,
  fallthrough: REVERSE_ZONES,
};

/** The defaults of `k8s_external`. */
export const EXTERNAL_DEFAULTS: ExternalSettings = {
  zones: [],
  ttl: 5,
  apex: 'dns',
  headless: false,
  fallthrough: [],
};
