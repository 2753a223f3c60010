/** The form of conformance files about names. */

import type { PodFileVector } from './pod-files.ts';

export interface RecordFacts {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string;
}

export interface ServerConfig {
  readonly clusterDomain: string;
  readonly reverseZones: readonly string[];
  readonly pods: 'disabled' | 'insecure' | 'verified';
  readonly ttl: number;
  readonly namespaces: readonly string[] | null;
  readonly endpointPodNames: boolean;
  readonly ignoreEmptyService: boolean;
  readonly noEndpoints: boolean;
  readonly zonal: boolean;
  readonly autopath: boolean;
  readonly multicluster: readonly string[];
  readonly upstream: readonly RecordFacts[];
  readonly dnsServerIPs: readonly string[];
  readonly externalZones?: readonly string[];
  readonly externalHeadless?: boolean;
  readonly client?: {
    readonly namespace: string;
    readonly ip: string;
    readonly hostSearch: readonly string[];
  };
}

export interface ExpectedReply {
  readonly rcode: string;
  readonly answer: readonly RecordFacts[];
  readonly additional?: readonly RecordFacts[];
  readonly authority_soa: boolean;
  readonly soa_name?: string;
  readonly soa_ttl?: number;
  readonly soa_minttl?: number;
}

interface Vector<Kind extends string> {
  readonly id: string;
  readonly kind: Kind;
}

interface OnManifests {
  readonly config: Partial<ServerConfig>;
  readonly manifests: readonly unknown[];
}

export interface DnsVector extends Vector<'dns'>, OnManifests {
  readonly queries: readonly {
    readonly name: string;
    readonly type: string;
    readonly expect: ExpectedReply;
  }[];
}

export interface ZoneVector extends Vector<'zone'>, OnManifests {
  readonly expect: { readonly records: readonly RecordFacts[] };
}

export interface NamesVector extends Vector<'names'>, OnManifests {
  readonly expect: { readonly exists: readonly string[]; readonly missing: readonly string[] };
}

/** What a scripted server knew; a name that is not in it is NXDOMAIN. */
export interface ScriptedName {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly CNAME?: string;
  readonly rcode?: number;
  readonly rcodeAAAA?: number;
}

export interface LookupOutcome {
  readonly status: string;
  readonly addresses?: readonly string[];
}

export interface SearchVector extends Vector<'search-order' | 'tool-search'> {
  readonly resolvconf: {
    readonly nameservers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly name: string;
  readonly flavour: string;
  readonly flavourVersion?: string;
  readonly family?: 'unspec' | 'inet';
  readonly hostname?: string;
  readonly hosts?: string;
  readonly zone: Readonly<Record<string, ScriptedName>>;
  readonly expect: readonly string[];
  readonly result: LookupOutcome;
}

export interface LookupVector extends Vector<'lookup'> {
  readonly fixture: string;
  readonly client: unknown;
  readonly kubelet: {
    readonly clusterDNS: readonly string[];
    readonly clusterDomain: string;
    readonly hostResolvConf: string;
  };
  readonly config: Partial<ServerConfig>;
  readonly name: string;
  readonly flavour: string;
  readonly expect: {
    readonly resolvconf: SearchVector['resolvconf'];
    readonly steps: readonly {
      readonly name: string;
      readonly server: string;
      readonly rcode: string;
      readonly answers?: Readonly<Record<string, readonly string[]>>;
    }[];
    readonly questions: number;
    readonly wastedSteps: number | null;
    readonly result: LookupOutcome;
  };
}

export type AnyDnsVector = DnsVector | ZoneVector | NamesVector | SearchVector | LookupVector | PodFileVector;

export interface DnsFile {
  readonly defaults: { readonly config: ServerConfig };
  readonly fixtures: Readonly<Record<string, readonly unknown[]>>;
  readonly vectors: readonly AnyDnsVector[];
}
