/** Entries as records: A and AAAA with the aliases before them, and SRV. Source: coredns/coredns:plugin/backend_lookup.go. */

import type { Ip } from '../../../net/ip.ts';
import { hasPort } from '../cluster-names.ts';
import type { Entry, Found } from '../entries.ts';
import { absolute, isWithin, joinName, normalName } from '../name.ts';
import type { DnsRecord } from '../record.ts';
import type { Serving } from './serving.ts';

export type AddressType = 'A' | 'AAAA';

export interface AddressAnswer {
  readonly found: Omit<Found, 'entries'>;
  readonly answer: readonly DnsRecord[];
  /** The last alias leads out of the cluster, to a name of which nothing is known. */
  readonly outside: boolean;
}

/** More aliases than this before one: it is left out (maxCnameChainLength). */
const LONGEST_CHAIN = 10;

interface AddressQuestion {
  /** As it is spelled. */
  readonly name: string;
  readonly type: AddressType;
}

/**
 * The addresses of a name. An alias into the zone stands only where it leads to something; one that leads out
 * stands in any case, with whatever is answered there.
 * @param before targets of the aliases so far.
 */
export function addressAnswer(
  serving: Serving,
  question: AddressQuestion,
  before: readonly string[],
): AddressAnswer {
  const found = serving.find(question.name.toLowerCase());
  const { entries } = found;
  const [first] = entries;
  if (typeof first?.host === 'string')
    return aliasAnswer(serving, question, { found, target: first.host, before });
  const family = question.type === 'A' ? 4 : 6;
  const ips = new Set(entries.flatMap(({ host }) => (isOfFamily(host, family) ? host : [])));
  const { ttl } = serving.settings;
  const { name, type } = question;
  const answer = [...ips].map(({ text }): DnsRecord => ({ name, type, ttl, data: text }));
  return { found, answer, outside: false };
}

function isOfFamily(host: Entry['host'], family: Ip['family']): host is Ip {
  return typeof host !== 'string' && host.family === family;
}

interface Alias {
  readonly found: Omit<Found, 'entries'>;
  /** As the Service has it. */
  readonly target: string;
  readonly before: readonly string[];
}

function aliasAnswer(
  serving: Serving,
  { name, type }: AddressQuestion,
  { found, target, before }: Alias,
): AddressAnswer {
  const data = absolute(target);
  const isLoop = isWithin(normalName(name), data.toLowerCase()) || before.includes(data);
  if (isLoop || before.length > LONGEST_CHAIN) return { found, answer: [], outside: false };
  const record: DnsRecord = { name, type: 'CNAME', ttl: serving.settings.ttl, data };
  if (!isWithin(serving.zone, data.toLowerCase())) {
    const { answer, outside } = serving.ask({ ...serving.question, name: data, type });
    return { found, answer: [record, ...answer], outside };
  }
  const next = addressAnswer(serving, { name: data, type }, [...before, data]);
  const answer = next.answer.length === 0 ? [] : [record, ...next.answer];
  // The Service behind the alias owns the addresses; the line that says the name is the alias's.
  const { service } = next.found;
  const about = { ...found, ...(service === undefined || answer.length === 0 ? {} : { service }) };
  return { found: about, answer, outside: answer.length > 0 && next.outside };
}

/**
 * SRV records with the addresses of their targets. Each entry with an address counts for the weight, also one
 * without a port, and one that says the same as another.
 */
export function srvAnswer(
  { question, settings, spelledZone }: Serving,
  entries: readonly Entry[],
): { readonly answer: readonly DnsRecord[]; readonly additional: readonly DnsRecord[] } {
  const { ttl } = settings;
  const addressed = entries.flatMap(({ host, ...entry }) =>
    typeof host === 'string' ? [] : { ...entry, host },
  );
  const weight = Math.max(1, Math.floor(100 / addressed.length));
  const answer = new Map<string, DnsRecord>();
  const additional = new Map<string, DnsRecord>();
  for (const { host, ...entry } of addressed) {
    if (!hasPort(entry)) continue;
    const target = joinName(entry.owner, spelledZone);
    const data = `0 ${weight} ${entry.port} ${target}`;
    if (!answer.has(data)) answer.set(data, { name: question.name, type: 'SRV', ttl, data });
    const key = `${target} ${host.text}`;
    if (additional.has(key)) continue;
    additional.set(key, { name: target, type: host.family === 4 ? 'A' : 'AAAA', ttl, data: host.text });
  }
  return { answer: [...answer.values()], additional: [...additional.values()] };
}
