/**
 * The plugin `kubernetes`: the zones of the cluster and of its addresses. Quirks are CoreDNS 1.14.7's, kept as
 * they are. Source: coredns/coredns:plugin/kubernetes/handler.go, plugin/backend_lookup.go.
 */

import { onceEach, onceInARow } from '../../../collections/once.ts';
import { type Found, findEntries } from '../entries.ts';
import {
  absolute,
  addressOfReverse,
  isReverseZone,
  isWithin,
  joinName,
  normalName,
  zoneOfName,
} from '../name.ts';
import { nameServers } from '../name-servers.ts';
import type { DnsPlugin } from '../plugin.ts';
import { type Ask, type DnsQuestion, type DnsRecord, type DnsReply, reply } from '../record.ts';
import { kubernetesNames } from './known-names.ts';
import { type AddressType, addressAnswer, srvAnswer } from './records.ts';
import { reverseEntries } from './reverse.ts';
import type { KubernetesParts, Serving } from './serving.ts';

/** The plugin, which other plugins ask for names of the cluster. */
export interface KubernetesPlugin extends DnsPlugin {
  readonly parts: KubernetesParts;
}

const NAME = 'kubernetes';
const SCHEMA_VERSION = '1.1.0';
const SCHEMA_TTL = 28800;
const LONGEST_SOA_TTL = 300;

/** What the type's own function says. */
interface Outcome {
  readonly found: Omit<Found, 'entries'>;
  readonly answer: readonly DnsRecord[];
  readonly additional?: readonly DnsRecord[];
  readonly outside?: boolean;
}

/** Makes the plugin. */
export function kubernetesPlugin(parts: KubernetesParts): KubernetesPlugin {
  const { names, settings } = parts;
  // A and AAAA of a name are asked one after the other.
  const findIn: ServingParts['findIn'] = onceEach((zone) =>
    onceInARow((name) => findEntries({ names, settings, zone }, name)),
  );
  const soaOf = onceInARow((spelledZone: string) => soaRecord(spelledZone, settings.ttl));
  const serving = { ...parts, findIn, soaOf };
  return {
    name: NAME,
    parts,
    answer: (question, next) => serve(serving, question, next),
    knownNames: () => kubernetesNames(parts),
  };
}

interface ServingParts extends KubernetesParts {
  /** What the names of a zone stand for. */
  readonly findIn: (zone: string) => Serving['find'];
  /** The SOA record of a zone, spelled as the question has it. */
  readonly soaOf: (spelledZone: string) => DnsRecord;
}

function serve(parts: ServingParts, question: DnsQuestion, next: Ask): DnsReply {
  const name = question.name.toLowerCase();
  const zone = zoneOfName(parts.settings.zones, name);
  if (zone === undefined) return next(question);
  const spelledZone = zone === '.' ? '.' : question.name.slice(-zone.length);
  const { names, settings, facts, ask, findIn } = parts;
  const [find, soa] = [findIn(zone), () => parts.soaOf(spelledZone)];
  const serving: Serving = { names, settings, facts, ask, find, soa, question, name, zone, spelledZone };
  // Zone transfers are another plugin's.
  if (question.type === 'AXFR' || question.type === 'IXFR') return reply(NAME, 'REFUSED');
  const { found, answer, additional = [], outside = false } = outcomeOf(serving);
  const { service, origin, reason } = found;
  if (!found.exists) {
    const passesOn = parts.settings.fallthrough.some((below) => isWithin(below, name));
    return passesOn
      ? next(question)
      : reply(NAME, 'NXDOMAIN', { authority: [serving.soa()], service, origin, reason });
  }
  const authority = answer.length === 0 ? [serving.soa()] : [];
  return reply(NAME, 'NOERROR', { answer, authority, additional, outside, service, origin, reason });
}

function outcomeOf(serving: Serving): Outcome {
  const { question, name, zone } = serving;
  switch (question.type) {
    case 'A':
    case 'AAAA':
      return addresses(serving, question.type);
    case 'SRV':
      return services(serving);
    case 'CNAME':
      return alias(serving);
    case 'TXT':
      return text(serving);
    case 'PTR':
      return pointers(serving);
    case 'SOA':
      // Below the apex nobody looks whether the name is there.
      return { found: { exists: true }, answer: name === zone ? [serving.soa()] : [] };
    case 'NS':
      if (question.name === serving.spelledZone && name === question.name) return servers(serving);
      return { found: entriesOf(serving), answer: [] };
    default:
      return { found: entriesOf(serving), answer: [] };
  }
}

/** The name's entries; `ns.dns.<zone>` exists, and has addresses only. */
function entriesOf(serving: Serving): Found {
  return isNameServer(serving) ? { exists: true, entries: [] } : serving.find(serving.name);
}

/**
 * coredns/coredns:plugin/kubernetes/ns.go isDefaultNS: the first place of the zone in the name counts, so
 * `ns.dns.<zone><zone>` is taken too; and the zone's letters must be small ones.
 */
function isNameServer({ name, spelledZone }: Serving): boolean {
  const prefix = 'ns.dns.';
  return name.startsWith(prefix) && name.indexOf(spelledZone) === prefix.length;
}

function addresses(serving: Serving, type: AddressType): Outcome {
  const { question, settings } = serving;
  if (!isNameServer(serving)) return addressAnswer(serving, { name: question.name, type }, []);
  const family = type === 'A' ? 4 : 6;
  const ips = new Set(nameServers(serving).flatMap(({ ip }) => (ip.family === family ? ip : [])));
  const answer = [...ips].map(({ text: data }) => ({ name: question.name, type, ttl: settings.ttl, data }));
  return { found: { exists: true }, answer };
}

function services(serving: Serving): Outcome {
  const found = entriesOf(serving);
  return { found, ...srvAnswer(serving, found.entries) };
}

function alias(serving: Serving): Outcome {
  const found = entriesOf(serving);
  const [first] = found.entries;
  const target = typeof first?.host === 'string' ? absolute(first.host) : undefined;
  const { question, settings } = serving;
  const record = { name: question.name, type: 'CNAME', ttl: settings.ttl };
  return { found, answer: target === undefined ? [] : [{ ...record, data: target }] };
}

/** NODATA only where the name has other records: the zone itself and its namespaces are NXDOMAIN (quirk). */
function text(serving: Serving): Outcome {
  const { question, name, spelledZone, find } = serving;
  if (name === normalName(joinName('dns-version', spelledZone))) {
    const record = { name: question.name, type: 'TXT', ttl: SCHEMA_TTL, data: SCHEMA_VERSION };
    return { found: { exists: true }, answer: [record] };
  }
  const found = find(name);
  const exists = found.entries.length > 0 || (found.exists && found.isZonal === true);
  return { found: { ...found, exists }, answer: [] };
}

function pointers(serving: Serving): Outcome {
  const { question, name, settings, find } = serving;
  const ip = addressOfReverse(name);
  if (ip === undefined) return { found: find(name), answer: [] };
  const { targets, ...about } = reverseEntries(serving, ip);
  const zone = settings.zones.find((each) => !isReverseZone(each)) ?? '.';
  return {
    found: { exists: targets.length > 0, ...about },
    answer: targets.map((target) => ({
      name: question.name,
      type: 'PTR',
      ttl: settings.ttl,
      data: joinName(target, zone),
    })),
  };
}

function servers(serving: Serving): Outcome {
  const { question, settings } = serving;
  const { ttl } = settings;
  const all = nameServers(serving);
  const names = [...new Set(all.map(({ name }) => name))];
  return {
    found: { exists: true },
    answer: names.map((data) => ({ name: question.name, type: 'NS', ttl, data })),
    additional: all.map(({ name, ip }) => ({
      name,
      type: ip.family === 4 ? 'A' : 'AAAA',
      ttl,
      data: ip.text,
    })),
  };
}

/** The zone's SOA, spelled as the question is. */
function soaRecord(spelledZone: string, ttl: number): DnsRecord {
  const [server, mailbox] = [joinName('ns.dns', spelledZone), joinName('hostmaster', spelledZone)];
  return {
    name: spelledZone,
    type: 'SOA',
    ttl: Math.min(ttl, LONGEST_SOA_TTL),
    data: `${server} ${mailbox} * 7200 1800 86400 ${ttl}`,
  };
}
