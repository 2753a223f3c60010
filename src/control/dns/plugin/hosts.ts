/** The plugin `hosts`: names of a file, or written in the Corefile. Source: coredns/coredns:plugin/hosts/{hosts,hostsfile,setup}.go. */

import { addTo } from '../../../collections/grouping.ts';
import type { Ip } from '../../../net/ip.ts';
import type { Directive } from '../../../source/corefile.ts';
import { type HostsEntry, parseHostsFile } from '../hosts-file.ts';
import { addressOfReverse, isWithin, normalName, reverseName, zoneOfName } from '../name.ts';
import {
  type DnsPlugin,
  fallthroughZones,
  type KnownName,
  numberArg,
  type PluginContext,
  type PluginReader,
  zonesOf,
} from '../plugin.ts';
import { type Ask, type DnsQuestion, type DnsRecord, type DnsReply, reply } from '../record.ts';

const NAME = 'hosts';
const DEFAULT_TTL = 3600;
/** The file of the server's own pod: what the kubelet wrote, and nobody's to look up. */
const OWN_FILE = '/etc/hosts';

interface HostsTable {
  readonly zones: readonly string[];
  readonly ttl: number;
  readonly fallthrough: readonly string[];
  readonly addresses: ReadonlyMap<string, readonly Ip[]>;
  readonly names: ReadonlyMap<Ip, readonly string[]>;
}

export const hostsReader: PluginReader = {
  directive: NAME,
  read(directives, context) {
    const [directive, second] = directives;
    if (directive === undefined) return undefined;
    if (second !== undefined) context.refuse(second.name, 'plugin hosts stands twice in one server block');
    return hostsPlugin(readTable(directive, context));
  },
};

function hostsPlugin(table: HostsTable): DnsPlugin {
  return {
    name: NAME,
    answer: (question, next) => serve(table, question, next),
    knownNames: () => namesIn(table),
  };
}

function* namesIn({ addresses, names }: HostsTable): Generator<KnownName> {
  for (const name of addresses.keys()) yield { name, types: ['A', 'AAAA'] };
  for (const ip of names.keys()) yield { name: reverseName(ip), types: ['PTR'] };
}

function readTable(directive: Directive, context: PluginContext): HostsTable {
  const [file, ...zones] = directive.args;
  const isFile = file?.text.includes('/') === true;
  const lines = directive.block.map((line) => ({ line, word: line.name.text }));
  const ttlLine = lines.find(({ word }) => word === 'ttl')?.line;
  const ttl = ttlLine === undefined ? DEFAULT_TTL : numberArg(ttlLine.args[0], 1, 65535);
  if (ttl === undefined && ttlLine !== undefined)
    context.refuse(ttlLine.name, 'hosts: ttl provided is invalid');
  const fall = lines.find(({ word }) => word === 'fallthrough')?.line;
  const own = lines.filter(({ word }) => !SETTINGS.has(word));
  const inline = own.map(({ line }) => [line.name, ...line.args].map(({ text }) => text).join(' '));
  const entries = [...fileEntries(isFile ? file : undefined, context), ...parseHostsFile(inline.join('\n'))];
  const isReversed = !lines.some(({ word }) => word === 'no_reverse');
  return {
    zones: zonesOf(isFile ? zones : directive.args, context.zones),
    ttl: ttl ?? DEFAULT_TTL,
    fallthrough: fall === undefined ? [] : fallthroughZones(fall),
    ...indexed(entries, isReversed),
  };
}

const SETTINGS: ReadonlySet<string> = new Set([
  'ttl',
  'fallthrough',
  'fallthrough_unsupported',
  'no_reverse',
  'reload',
]);

function fileEntries(file: Directive['name'] | undefined, context: PluginContext): readonly HostsEntry[] {
  if (file === undefined || file.text === OWN_FILE) return [];
  const text = context.fileText(file.text);
  if (text === undefined) context.unmodelled(file, `hosts: ${file.text} is in no ConfigMap of the input`);
  return parseHostsFile(text ?? '');
}

function indexed(
  entries: readonly HostsEntry[],
  isReversed: boolean,
): Pick<HostsTable, 'addresses' | 'names'> {
  const addresses = new Map<string, Ip[]>();
  const names = new Map<Ip, string[]>();
  for (const { ip, names: own } of entries) {
    for (const name of own.map(normalName)) {
      addTo(addresses, name, ip);
      if (isReversed) addTo(names, ip, name);
    }
  }
  return { addresses, names };
}

function serve(table: HostsTable, question: DnsQuestion, next: Ask): DnsReply {
  const name = question.name.toLowerCase();
  if (question.type === 'PTR') {
    const ip = addressOfReverse(name);
    const names = ip === undefined ? [] : (table.names.get(ip) ?? []);
    return names.length === 0 ? next(question) : answered(question, table, names);
  }
  if (zoneOfName(table.zones, name) === undefined) return next(question);
  const family = question.type === 'A' ? 4 : question.type === 'AAAA' ? 6 : undefined;
  const known = table.addresses.get(name);
  const found = (known ?? []).filter((ip) => ip.family === family);
  if (known !== undefined)
    return answered(
      question,
      table,
      found.map(({ text }) => text),
    );
  if (table.fallthrough.some((zone) => isWithin(zone, name))) return next(question);
  // A hosts file has no SOA to say NXDOMAIN with.
  return reply(NAME, 'SERVFAIL');
}

function answered({ name, type }: DnsQuestion, { ttl }: HostsTable, data: readonly string[]): DnsReply {
  const answer = [...new Set(data)].map((each): DnsRecord => ({ name, type, ttl, data: each }));
  return reply(NAME, 'NOERROR', { answer });
}
