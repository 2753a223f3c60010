/** The answer to `dns records` as programs read it (schema/dns-records.schema.json). */

import type { DnsRecord } from '../control/dns/record.ts';

export interface DnsRecordsAnswer {
  readonly schema: 'k8snet/dns-records/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** As typed. */
  readonly pattern?: string;
  /** The zones that are served from the cluster's objects. */
  readonly zones: readonly string[];
  /** Names that the server answers and that no list can hold, in words. */
  readonly unlisted: readonly string[];
  /** One after the other; they are made while they are read. */
  readonly records: Iterable<DnsRecord>;
}
