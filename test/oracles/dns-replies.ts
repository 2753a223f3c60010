/** Replies as short lines: what the real CoreDNS said is recorded so, and ours is compared so. */

export interface RecordFacts {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string;
}

export interface ReplyFacts {
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly answer?: readonly RecordFacts[] | null;
  readonly authority?: readonly RecordFacts[] | null;
  readonly additional?: readonly RecordFacts[] | null;
}

/** `NXDOMAIN aa | answer | authority | additional`; records of a section as a set, parted by `; `. */
export function replyLine({ rcode, authoritative, answer, authority, additional }: ReplyFacts): string {
  const sections = [answer, authority, additional].map((records) =>
    [...new Set((records ?? []).map(recordText))].sort().join('; '),
  );
  return [`${rcode}${authoritative ? ' aa' : ''}`, ...sections].join(' | ').replace(/[ |]+$/, '');
}

/** The serial of an SOA record is a time. */
function recordText({ name, type, ttl, data }: RecordFacts): string {
  const plain = type === 'SOA' ? data.replace(/^(\S+ \S+) \S+/, '$1 *') : data.replaceAll('"', '');
  return `${name} ${ttl} ${type} ${plain}`;
}

/** `NAME TYPE[ tcp][ from ADDRESS]`. */
export function questionLine(asked: {
  readonly name: string;
  readonly type: string;
  readonly tcp?: boolean;
  readonly from?: string;
}): string {
  const from = asked.from === undefined ? '' : ` from ${asked.from}`;
  return `${asked.name} ${asked.type}${asked.tcp === true ? ' tcp' : ''}${from}`;
}
