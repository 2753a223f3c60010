/**
 * The plugin `k8s_external`: external and load balancer addresses of Services, under zones of their own.
 * Source: coredns/coredns:plugin/k8s_external/{external,apex,msg_to_dns}.go, plugin/kubernetes/external.go.
 */

import type { ClusterService } from '../../../cluster/cluster.ts';
import type { Ip } from '../../../net/ip.ts';
import { type ClusterNames, hasPort, type NamePort, portsOrNone } from '../cluster-names.ts';
import {
  absolute,
  addressOfReverse,
  isReverseZone,
  isWithin,
  joinName,
  labelsBelow,
  reverseName,
  zoneOfName,
} from '../name.ts';
import { serverServices } from '../name-servers.ts';
import type { DnsPlugin, KnownName } from '../plugin.ts';
import { type Ask, type DnsQuestion, type DnsRecord, type DnsReply, reply } from '../record.ts';
import type { ExternalSettings } from '../settings.ts';
import type { KubernetesPlugin } from './kubernetes.ts';

const NAME = 'k8s_external';
const FAMILY_TYPES: Readonly<Record<Ip['family'], string>> = { 4: 'A', 6: 'AAAA' };

interface Entry {
  /** An address, or the host name of a load balancer. */
  readonly host: Ip | string;
  readonly port: number;
  /** The labels below the zone that own the address. */
  readonly owner: string;
}

interface Found {
  readonly exists: boolean;
  readonly entries: readonly Entry[];
  /** Names below the zone, for PTR. */
  readonly targets?: readonly string[];
  readonly service?: ClusterService;
}

interface Serving {
  readonly question: DnsQuestion;
  readonly name: string;
  readonly zone: string;
  readonly settings: ExternalSettings;
  readonly names: ClusterNames;
  /** The TTL of the plugin `kubernetes`, which makes SRV and CNAME records. */
  readonly ttl: number;
  readonly ask: Ask;
  readonly facts: KubernetesPlugin['parts']['facts'];
}

const EXISTS: Found = { exists: true, entries: [] };
const MISSING: Found = { exists: false, entries: [] };

/** Makes the plugin. @param kubernetes the plugin whose names it shows. */
export function externalPlugin(settings: ExternalSettings, kubernetes: KubernetesPlugin): DnsPlugin {
  const { names, ask, facts } = kubernetes.parts;
  const { ttl } = kubernetes.parts.settings;
  return {
    name: NAME,
    knownNames: () => externalNames(settings, names),
    answer(question, next) {
      const name = question.name.toLowerCase();
      const zone = zoneOfName(settings.zones, name);
      if (zone === undefined) return next(question);
      return serve({ question, name, zone, settings, names, ttl, ask, facts }, next);
    },
  };
}

/** Services that clients outside reach, under each zone, and the names of their addresses. */
function* externalNames({ zones }: ExternalSettings, names: ClusterNames): Generator<KnownName> {
  const shown = [...names.services()].filter(
    (service) => externalHosts(service).length > 0 && names.isExposed(service.namespace),
  );
  for (const zone of zones.filter((each) => !isReverseZone(each))) {
    yield { name: zone, types: ['SOA', 'NS'] };
    for (const { name, namespace } of shown) {
      yield { name: joinName(name, namespace, zone), types: ['A', 'AAAA', 'SRV'] };
    }
  }
  const ips = shown.flatMap((service) => externalHosts(service).filter((host) => typeof host !== 'string'));
  for (const name of new Set(ips.map(reverseName))) {
    if (zoneOfName(zones, name) !== undefined) yield { name, types: ['PTR'] };
  }
}

function serve(serving: Serving, next: Ask): DnsReply {
  const { question, name, zone, settings } = serving;
  if (name === zone) return apexReply(serving);
  if (isWithin(joinName(settings.apex, zone), name)) return serverReply(serving);
  const found = findEntries(serving);
  const about = found.service === undefined ? {} : serviceParts(found.service);
  if (!found.exists && settings.fallthrough.some((below) => isWithin(below, name))) return next(question);
  const { answer, additional = [], outside = false } = recordsOf(serving, found);
  const authority = answer.length === 0 ? [soaOf(serving)] : [];
  return reply(NAME, found.exists ? 'NOERROR' : 'NXDOMAIN', {
    answer,
    additional,
    authority,
    outside,
    ...about,
  });
}

function serviceParts(service: ClusterService): Pick<DnsReply, 'service' | 'origin'> {
  return { service, origin: service.origin };
}

/** The zone itself: SOA and NS; the server's addresses are those that clients outside reach it by. */
function apexReply(serving: Serving): DnsReply {
  const { question, zone, settings } = serving;
  const { ttl, apex } = settings;
  if (question.type === 'SOA') return reply(NAME, 'NOERROR', { answer: [soaOf(serving)] });
  if (question.type !== 'NS') return reply(NAME, 'NOERROR', { authority: [soaOf(serving)] });
  const data = joinName('ns1', apex, zone);
  const additional = serverIps(serving).map((ip) => addressRecord(data, ip, ttl));
  return reply(NAME, 'NOERROR', { answer: [{ name: zone, type: 'NS', ttl, data }], additional });
}

/** `dns.<zone>` and below: only `ns1` is there. */
function serverReply(serving: Serving): DnsReply {
  const { question, name, zone, settings } = serving;
  const labels = labelsBelow(zone, name);
  const authority = [soaOf(serving)];
  if (labels.length === 1) return reply(NAME, 'NOERROR', { authority });
  if (labels.length > 2 || labels[0] !== 'ns1') return reply(NAME, 'NXDOMAIN', { authority });
  const answer = serverIps(serving)
    .filter(({ family }) => FAMILY_TYPES[family] === question.type)
    .map((ip) => addressRecord(question.name, ip, settings.ttl));
  return reply(NAME, 'NOERROR', { answer, authority: answer.length === 0 ? authority : [] });
}

/** Addresses of the server's own Services that clients outside can use. */
function serverIps({ names, settings, facts }: Serving): readonly Ip[] {
  const { addresses, services } = serverServices(names, facts);
  if (services === undefined) return addresses;
  return services.flatMap((service) => {
    if (service.body.headless && settings.headless) {
      return names.subsetsOf(service.key).flatMap(({ endpoints }) => endpoints.map(({ ip }) => ip));
    }
    return externalHosts(service).filter((host) => typeof host !== 'string');
  });
}

function findEntries(serving: Serving): Found {
  const { question, name, zone, names } = serving;
  const ip = question.type === 'PTR' ? addressOfReverse(name) : undefined;
  if (ip !== undefined) return findPointers(names, ip);
  const labels = labelsBelow(zone, name);
  const [own, namespace] = [labels.at(-2), labels.at(-1) ?? ''];
  if (!names.isExposed(namespace)) return MISSING;
  if (own === undefined) return EXISTS;
  const before = labels.slice(0, -2).map((label) => label.replace(/^_/, ''));
  const service = names.service(`${namespace}/${own}`);
  if (before.length > 2 || service === undefined) return MISSING;
  const entries = entriesOf(serving, service, before);
  return { exists: entries.length > 0, entries: question.type === 'PTR' ? [] : entries, service };
}

function findPointers(names: ClusterNames, ip: Ip): Found {
  const services = names.servicesAtExternal(ip).filter(({ namespace }) => names.isExposed(namespace));
  const targets = services.map(({ name, namespace }) => `${name}.${namespace}`);
  const [service] = services;
  return { exists: targets.length > 0, entries: [], targets, ...(service === undefined ? {} : { service }) };
}

/** @param before the labels before the Service's, each without its first underscore. */
function entriesOf(
  { names, settings }: Serving,
  service: ClusterService,
  before: readonly string[],
): readonly Entry[] {
  const [first = '', protocol = ''] = before;
  const endpoint = before.length === 1 ? first : '';
  const port = before.length === 2 ? first : '';
  const isWanted = (candidate: NamePort) =>
    (port === '' || candidate.name.toLowerCase() === port) &&
    (protocol === '' || candidate.protocol.toLowerCase() === protocol);
  const hosts = externalHosts(service);
  const owner = `${service.name}.${service.namespace}`;
  if (settings.headless && hosts.length === 0 && (service.body.headless || endpoint !== '')) {
    return names
      .subsetsOf(service.key)
      .flatMap(({ endpoints, ports }) =>
        endpoints
          .filter(({ name }) => endpoint === '' || name === endpoint)
          .flatMap(({ ip, name }) =>
            ports.filter(isWanted).map((each) => ({ host: ip, port: each.port, owner: `${name}.${owner}` })),
          ),
      );
  }
  const ports = portsOrNone(service.body.ports).filter(isWanted);
  return hosts.flatMap((host) => ports.map((each) => ({ host, port: each.port, owner })));
}

/** spec.externalIPs, then what the load balancer has. */
function externalHosts({ body }: ClusterService): readonly (Ip | string)[] {
  return [
    ...body.externalIps,
    ...body.loadBalancerIngress.flatMap(({ ip, hostname }) => ip ?? hostname ?? []),
  ];
}

interface Records {
  readonly answer: readonly DnsRecord[];
  readonly additional?: readonly DnsRecord[];
  readonly outside?: boolean;
}

function recordsOf(serving: Serving, { entries, targets = [] }: Found): Records {
  const { question, settings } = serving;
  switch (question.type) {
    case 'A':
    case 'AAAA':
      return addressRecords(serving, entries, question.type);
    case 'SRV':
      return srvRecords(serving, entries);
    case 'PTR': {
      const zone = settings.zones[0] ?? '.';
      const names = [...new Set(targets)].map((target) => joinName(target, zone));
      return { answer: names.map((data) => ({ name: question.name, type: 'PTR', ttl: settings.ttl, data })) };
    }
    default:
      return { answer: [] };
  }
}

function addressRecords(serving: Serving, entries: readonly Entry[], type: 'A' | 'AAAA'): Records {
  const { question, settings, ttl, ask } = serving;
  const { name } = question;
  const answer: DnsRecord[] = [];
  let outside = false;
  for (const host of new Set(entries.map((entry) => entry.host))) {
    if (typeof host !== 'string') {
      if (FAMILY_TYPES[host.family] === type) answer.push(addressRecord(name, host, settings.ttl));
      continue;
    }
    const target = absolute(host);
    const there = ask({ ...question, name: target, type });
    outside ||= there.outside;
    answer.push({ name, type: 'CNAME', ttl, data: target }, ...there.answer);
  }
  return { answer, outside };
}

function srvRecords(serving: Serving, entries: readonly Entry[]): Records {
  const { question, zone, settings, ttl, ask } = serving;
  const weight = Math.max(1, Math.floor(100 / entries.length));
  const answer = new Map<string, DnsRecord>();
  const additional = new Map<string, readonly DnsRecord[]>();
  for (const entry of entries.filter(hasPort)) {
    const { host, port, owner } = entry;
    const target = typeof host === 'string' ? absolute(host) : joinName(owner, zone);
    const data = `0 ${weight} ${port} ${target}`;
    if (!answer.has(data)) answer.set(data, { name: question.name, type: 'SRV', ttl, data });
    const key = `${target} ${typeof host === 'string' ? host : host.text}`;
    if (additional.has(key)) continue;
    additional.set(
      key,
      typeof host === 'string'
        ? ['A', 'AAAA'].flatMap((type) => ask({ ...question, name: target, type }).answer)
        : [addressRecord(target, host, settings.ttl)],
    );
  }
  return { answer: [...answer.values()], additional: [...additional.values()].flat() };
}

function addressRecord(name: string, ip: Ip, ttl: number): DnsRecord {
  return { name, type: FAMILY_TYPES[ip.family], ttl, data: ip.text };
}

function soaOf({ zone, settings }: Serving): DnsRecord {
  const { ttl, apex } = settings;
  const [server, mailbox] = [joinName('ns1', apex, zone), joinName('hostmaster', apex, zone)];
  return { name: zone, type: 'SOA', ttl, data: `${server} ${mailbox} * 7200 1800 86400 ${ttl}` };
}
