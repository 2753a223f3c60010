/** The `dns:` keys of the profile: what manifests do not say of the cluster's DNS. */

import type { Ip } from '../net/ip.ts';

/** The server's defaults: the plugin's own, or those of kubeadm's Corefile. */
export type DnsDefaults = 'kubeadm' | 'coredns-default';

/** A record that a server outside is known to have. */
export interface UpstreamRecord {
  /** Absolute, with its final dot. */
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: string;
}

/** Values that nobody gave are left out: a Corefile, or else the defaults, have them. */
export interface DnsProfile {
  readonly clusterIps: readonly Ip[];
  readonly namespace: string;
  readonly port: number;
  readonly defaults: DnsDefaults;
  /** Seconds, 0 to 3600. */
  readonly ttl?: number;
  readonly pods?: 'disabled' | 'insecure' | 'verified';
  /** Zones of addresses that the server has: in-addr.arpa and ip6.arpa, or parts of them. */
  readonly reverseZones?: readonly string[];
  /** The exposed namespaces; null: all. */
  readonly namespaces?: readonly string[] | null;
  readonly ignoreEmptyService?: boolean;
  readonly noEndpoints?: boolean;
  readonly endpointPodNames?: boolean;
  readonly zonal?: boolean;
  /** Zones of the Multi-Cluster Services API. */
  readonly multicluster?: readonly string[];
  readonly autopath?: boolean;
  /** Zones of the plugin k8s_external. */
  readonly externalZones?: readonly string[];
  readonly externalHeadless?: boolean;
  /** Does every node have a NodeLocal DNSCache? */
  readonly nodeLocal: boolean;
  /** Where it listens; undefined: at its usual address and that of the cluster DNS. */
  readonly nodeLocalAddresses?: readonly Ip[];
  /**
   * Text of the file that the kubelets' --resolv-conf names; empty: the option is the empty string;
   * undefined: nobody gave it.
   */
  readonly nodeResolvConf?: string;
  /** What servers outside answer, by lower-case absolute name. A name without records is NODATA there. */
  readonly upstream: ReadonlyMap<string, readonly UpstreamRecord[]>;
}
