/** Questions, records and replies of a name server. Names in them are absolute and end with a dot. */

import type { ClusterService } from '../../cluster/cluster.ts';
import type { Ip } from '../../net/ip.ts';
import type { SourceRef } from '../../source/ref.ts';

export interface DnsRecord {
  readonly name: string;
  /** The mnemonic: `A`, `SRV`. */
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /**
   * Presentation form: `priority weight port target` of an SRV record; a TXT record's text without quotes;
   * the serial of an SOA record, which is the time of the last change, is `*`.
   */
  readonly data: string;
}

export interface DnsQuestion {
  /** As it is spelled: owners of the answer repeat it. */
  readonly name: string;
  readonly type: string;
  /** Who asks; autopath heeds it. */
  readonly client?: Ip;
}

export type Rcode = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';

/** Why a name is not there, where the cluster's objects say so. */
export type MissReason = 'no-such-service' | 'no-such-namespace' | 'headless-no-ready-pod';

export interface DnsReply {
  readonly rcode: Rcode;
  /** NOERROR without an answer is NODATA: the name exists, with nothing of that type. */
  readonly answer: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  readonly authoritative: boolean;
  /** The plugin that made the reply. */
  readonly by: string;
  /** A server outside was asked, of which nothing is known: it is taken to know no such name (A_UPSTREAM_NXDOMAIN). */
  readonly outside: boolean;
  /** The Service that the name means. */
  readonly service: ClusterService | undefined;
  /** What made the name: an object, a field, or a line of the server's configuration. */
  readonly origin: SourceRef | undefined;
  readonly reason: MissReason | undefined;
}

/** Asks a server, or the rest of one's plugins. */
export type Ask = (question: DnsQuestion) => DnsReply;

type ReplyParts = Partial<Omit<DnsReply, 'by' | 'rcode'>>;

/** A reply with what is not given left empty. Written out, so that all have one hidden class (ADR 0006). */
export function reply(
  by: string,
  rcode: Rcode,
  {
    answer = [],
    authority = [],
    additional = [],
    authoritative = true,
    outside = false,
    service,
    origin,
    reason,
  }: ReplyParts = {},
): DnsReply {
  return { rcode, answer, authority, additional, authoritative, by, outside, service, origin, reason };
}
