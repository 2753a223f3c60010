/** The answer to `dns config` as programs read it (schema/dns-config.schema.json). */

import type { ResolvConfBase } from '../control/dns/resolv-conf.ts';
import type { DnsPolicy } from '../k8s/pod-names.ts';
import type { AssumptionAnswer, DiagnosticAnswer, PlaceAnswer, SourceAnswer } from './answer.ts';

export interface DnsConfigAnswer {
  readonly schema: 'k8snet/dns-config/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly pod: PlaceAnswer;
  readonly dnsPolicy: DnsPolicy;
  readonly hostNetwork: boolean;
  readonly resolvConf: {
    readonly nameservers: readonly string[];
    readonly searches: readonly string[];
    /** A set. */
    readonly options: readonly string[];
    readonly base: ResolvConfBase;
    /** What the kubelet's limits cut away. */
    readonly cut: { readonly nameservers: readonly string[]; readonly searches: readonly string[] };
    readonly text: string;
    readonly lines: readonly ResolvConfLine[];
  };
  readonly hosts: { readonly text: string; readonly lines: readonly HostsLine[] };
  /** Absent where the pod cannot be started. */
  readonly names?: {
    readonly hostname: string;
    readonly fqdn: string;
    /** The name that the cluster DNS has for this very pod. */
    readonly dnsName?: string;
  };
  readonly diagnostics: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

/** One entry of resolv.conf and who put it there. */
export interface ResolvConfLine {
  readonly kind: 'nameserver' | 'search' | 'option';
  readonly value: string;
  readonly from: 'cluster-dns' | 'cluster-domain' | 'kubelet' | 'node' | 'dns-config';
  readonly at?: SourceAnswer;
}

/** One line of /etc/hosts and who put it there. */
export interface HostsLine {
  readonly ip: string;
  readonly names: readonly string[];
  readonly from: 'kubelet' | 'pod' | 'node' | 'host-aliases';
  readonly at?: SourceAnswer;
}
