/** The answer to `dns lookup` as programs read it (schema/dns-lookup.schema.json). */

import type { DnsRecord, MissReason, Rcode } from '../control/dns/record.ts';
import type { LookupStatus } from '../control/dns/resolver/resolver.ts';
import type { AssumptionAnswer, DiagnosticAnswer, PlaceAnswer, SourceAnswer } from './answer.ts';

export interface DnsLookupAnswer {
  readonly schema: 'k8snet/dns-lookup/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly question: {
    /** As typed. */
    readonly name: string;
    /** Absent: addresses, as programs ask for them. */
    readonly type?: string;
    readonly from: PlaceAnswer;
    readonly resolver: string;
  };
  readonly resolvConf: {
    readonly nameservers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  /** The line of /etc/hosts that answered; no server was asked then. */
  readonly hosts?: { readonly ip: string; readonly names: readonly string[] };
  /** In the order asked. */
  readonly queries: readonly QueryAnswer[];
  readonly result: {
    readonly status: LookupStatus;
    /** Of the last question; absent where none was asked. */
    readonly rcode?: Rcode | 'TIMEOUT';
    readonly addresses: readonly string[];
    readonly canonicalName?: string;
  };
  /** Questions whose answers were of no use. */
  readonly wasted: number;
  /** Other resolvers that come to another result from the same pod. */
  readonly others: readonly { readonly resolver: string; readonly status: LookupStatus }[];
  readonly diagnostics: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

export interface QueryAnswer {
  readonly name: string;
  readonly type: string;
  readonly server: string;
  /** TIMEOUT: nobody answered. */
  readonly rcode: Rcode | 'TIMEOUT';
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** Which entry of the search list made the name, from 1. */
  readonly search?: number;
  /** The plugin of the server that answered. */
  readonly by?: string;
  /** A server outside was asked, which is taken to know no such name. */
  readonly outside?: true;
  readonly reason?: MissReason;
  /** What made the name: a Service, an endpoint, a line of a Corefile. */
  readonly because?: SourceAnswer;
}
