/**
 * Servers outside: what the profile says they answer (`dns.upstream`), and nothing else. Source of the shape:
 * RFC 1034 4.3.2, with aliases followed as a recursive server does.
 */

import { zoneOfName } from '../name.ts';
import type { DnsPlugin } from '../plugin.ts';
import { type DnsQuestion, type DnsRecord, type DnsReply, reply } from '../record.ts';
import type { ServerFacts } from '../settings.ts';

const NAME = 'forward';
const LONGEST_CHAIN = 16;

/** The answer of a server outside, which is taken to know no name that nobody wrote. */
export function upstreamReply({ upstream }: Pick<ServerFacts, 'upstream'>, question: DnsQuestion): DnsReply {
  const answer: DnsRecord[] = [];
  let name = question.name.toLowerCase();
  while (answer.length < LONGEST_CHAIN) {
    const known = upstream.get(name);
    if (known === undefined) {
      const rcode = answer.length === 0 ? 'NXDOMAIN' : 'NOERROR';
      return reply(NAME, rcode, { answer, authoritative: false, outside: true });
    }
    const records = known.filter(({ type }) => type === question.type);
    const alias = records.length === 0 ? known.find(({ type }) => type === 'CNAME') : undefined;
    if (alias === undefined) {
      return reply(NAME, 'NOERROR', { answer: [...answer, ...records], authoritative: false });
    }
    answer.push(alias);
    name = alias.data.toLowerCase();
  }
  return reply(NAME, 'SERVFAIL', { authoritative: false });
}

export interface ForwardSettings {
  /** Names in these are sent on. */
  readonly from: string;
  /** Names in these are not. */
  readonly except: readonly string[];
}

/** Makes the plugin. */
export function forwardPlugin(
  { from, except }: ForwardSettings,
  facts: Pick<ServerFacts, 'upstream'>,
): DnsPlugin {
  return {
    name: NAME,
    answer(question, next) {
      const name = question.name.toLowerCase();
      const isSent = zoneOfName([from], name) !== undefined && zoneOfName(except, name) === undefined;
      return isSent ? upstreamReply(facts, question) : next(question);
    },
  };
}
