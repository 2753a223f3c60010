/**
 * Servers outside: what the profile says they answer (`dns.upstream`), and nothing else. Source of the shape:
 * RFC 1034 4.3.2, with aliases followed as a recursive server does.
 */

import type { SourceRef } from '../../../source/ref.ts';
import { zoneOfName } from '../name.ts';
import type { DnsPlugin } from '../plugin.ts';
import { type DnsQuestion, type DnsRecord, type DnsReply, reply } from '../record.ts';
import type { ServerFacts } from '../settings.ts';

const NAME = 'forward';
const LONGEST_CHAIN = 16;

type UpstreamFacts = Pick<ServerFacts, 'upstream' | 'publicNames'>;

/** The answer of a server outside, which is taken to know no name that nobody wrote. */
export function upstreamReply(facts: UpstreamFacts, question: DnsQuestion): DnsReply {
  const answer: DnsRecord[] = [];
  let name = question.name.toLowerCase();
  let told: Told = { by: NAME };
  while (answer.length < LONGEST_CHAIN) {
    const { records, ...own } = knownRecords(facts, name);
    told = { ...told, ...own };
    const { by, ...origin } = told;
    if (records === undefined) {
      const rcode = answer.length === 0 ? 'NXDOMAIN' : 'NOERROR';
      return reply(NAME, rcode, { answer, authoritative: false, outside: true, ...origin });
    }
    const fitting = records.filter(({ type }) => type === question.type);
    const alias = fitting.length === 0 ? records.find(({ type }) => type === 'CNAME') : undefined;
    if (alias === undefined) {
      return reply(by, 'NOERROR', { answer: [...answer, ...fitting], authoritative: false, ...origin });
    }
    answer.push(alias);
    name = alias.data.toLowerCase();
  }
  return reply(NAME, 'SERVFAIL', { authoritative: false });
}

/** The plugin that a reply of a public name is said to be of. */
export const PUBLIC = 'public-names';
const PUBLIC_TTL = 30;

interface Told {
  readonly by: string;
  readonly origin?: SourceRef;
}

interface Known extends Partial<Told> {
  /** undefined: nobody is known to have the name. */
  readonly records?: readonly DnsRecord[];
}

/** What the profile says, else the manifests. */
function knownRecords({ upstream, publicNames }: UpstreamFacts, name: string): Known {
  const records = upstream.get(name);
  if (records !== undefined) return { records };
  const meant = publicNames?.find(name);
  if (meant === undefined) return {};
  const { addresses, alias, origin } = meant;
  const record = { name, ttl: PUBLIC_TTL };
  if (alias !== undefined)
    return { by: PUBLIC, origin, records: [{ ...record, type: 'CNAME', data: alias }] };
  // Without an address there is nothing to answer; the host is worth pointing at all the same.
  if (addresses.length === 0) return { origin };
  const own = addresses.map(({ family, text }) => ({
    ...record,
    type: family === 4 ? 'A' : 'AAAA',
    data: text,
  }));
  return { by: PUBLIC, origin, records: own };
}

export interface ForwardSettings {
  /** Names in these are sent on. */
  readonly from: string;
  /** Names in these are not. */
  readonly except: readonly string[];
}

/** Makes the plugin. */
export function forwardPlugin({ from, except }: ForwardSettings, facts: UpstreamFacts): DnsPlugin {
  return {
    name: NAME,
    answer(question, next) {
      const name = question.name.toLowerCase();
      const isSent = zoneOfName([from], name) !== undefined && zoneOfName(except, name) === undefined;
      return isSent ? upstreamReply(facts, question) : next(question);
    },
  };
}
