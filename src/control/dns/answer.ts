/** The addresses of one absolute name, from the server's reply: what a connection needs to know of it. */

import type { ClusterService } from '../../cluster/cluster.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { DnsReply, MissReason, Rcode } from './record.ts';
import { askOutside, type DnsServer } from './server.ts';

export type AddressType = 'A' | 'AAAA';

export interface AddressAnswer {
  /** NOERROR without addresses is NODATA: the name exists, with nothing of that type. */
  readonly rcode: Rcode;
  readonly addresses: readonly Ip[];
  /** Targets of the CNAME records before the addresses, in order, with final dots. */
  readonly cnames: readonly string[];
  /** The name, or what it leads to, is none of the cluster's: an upstream server is asked (A_UPSTREAM_NXDOMAIN). */
  readonly outside: boolean;
  /** The Service that the addresses belong to. */
  readonly service?: ClusterService;
  /** The object that made the name. */
  readonly origin?: SourceRef;
  readonly reason?: MissReason;
}

/**
 * The addresses of a name.
 * @param name absolute; its final dot may be left out.
 */
export function answerAddress(server: DnsServer, name: string, type: AddressType): AddressAnswer {
  return addressAnswer(server.ask({ name, type }), type);
}

/** The same of a server outside the cluster. */
export function answerOutside(server: DnsServer, name: string, type: AddressType): AddressAnswer {
  return addressAnswer(askOutside(server, { name, type }), type);
}

function addressAnswer(
  { rcode, answer, outside, service, origin, reason }: DnsReply,
  type: AddressType,
): AddressAnswer {
  return {
    rcode,
    addresses: answer.flatMap((record) => (record.type === type ? (parseIp(record.data) ?? []) : [])),
    cnames: answer.flatMap((record) => (record.type === 'CNAME' ? [record.data] : [])),
    outside,
    ...(service === undefined ? {} : { service }),
    ...(origin === undefined ? {} : { origin }),
    ...(reason === undefined ? {} : { reason }),
  };
}
