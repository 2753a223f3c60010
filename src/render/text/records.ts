/** Records as zone files have them (RFC 1035 5.1). */

import type { DnsRecord } from '../../control/dns/record.ts';

/** One line without its end: `api.shop.svc.cluster.local. 30 IN A 10.96.0.50`. */
export function recordLine({ name, ttl, type, data }: DnsRecord): string {
  return `${name} ${ttl} IN ${type} ${dataText(type, data)}`;
}

/** Texts are quoted; the serial of an SOA, which is the time of the last change, is written as 0. */
function dataText(type: string, data: string): string {
  if (type === 'TXT') return `"${data.replaceAll(/["\\]/g, '\\$&')}"`;
  return type === 'SOA' ? data.replace(' * ', ' 0 ') : data;
}
