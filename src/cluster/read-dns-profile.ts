/** Reads the `dns:` keys of the profile. */

import {
  type Fields,
  pickStrings,
  readBoolean,
  readInteger,
  readIps,
  readMapping,
  readPort,
  readString,
  readStrings,
  reportInvalid,
  requireString,
} from '../k8s/fields.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { isMapping } from '../source/document.ts';
import type { DnsProfile, UpstreamRecord } from './dns-profile.ts';
import { readWord, withList } from './profile-words.ts';
import { parseResolvConf } from './resolv-conf.ts';

const POD_MODES = ['disabled', 'insecure', 'verified'] as const;
const DEFAULTS = ['kubeadm', 'coredns-default'] as const;
const UPSTREAM_TTL = 30;
const LONGEST_TTL = 2 ** 31 - 1;
/** A label of a DNS name; underscores are for services. */
const LABEL = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?$/i;

/** @param clusterIps the addresses of the server, which hang on the cluster's ranges. */
export function readDnsProfile(fields: Fields, clusterIps: readonly Ip[]): DnsProfile {
  return {
    clusterIps,
    namespace: pickStrings(fields, ['namespace']).namespace ?? 'kube-system',
    port: readPort(fields, 'port') ?? 53,
    defaults: readWord(fields, 'profile', DEFAULTS) ?? 'kubeadm',
    nodeLocal: readBoolean(fields, 'nodeLocal') ?? false,
    upstream: readUpstream(fields),
    ...defined({
      ttl: readInteger(fields, 'ttl', { min: 0, max: 3600 }),
      pods: readWord(fields, 'pods', POD_MODES),
      reverseZones: readZones(fields, 'reverseZones'),
      namespaces: readNamespaces(fields),
      ignoreEmptyService: readBoolean(fields, 'ignoreEmptyService'),
      noEndpoints: readBoolean(fields, 'noEndpoints'),
      endpointPodNames: readBoolean(fields, 'endpointPodNames'),
      zonal: readBoolean(fields, 'zonal'),
      multicluster: readZones(fields, 'multicluster'),
      autopath: readBoolean(fields, 'autopath'),
      externalZones: readZones(fields, 'externalZones'),
      externalHeadless: readBoolean(fields, 'externalHeadless'),
      nodeResolvConf: readNodeResolvConf(fields),
      nodeLocalAddresses: readNodeLocalAddresses(fields),
    }),
  };
}

function readNodeLocalAddresses(fields: Fields): readonly Ip[] | undefined {
  const ips = readIps(withList(fields, 'nodeLocalAddresses'), 'nodeLocalAddresses');
  return ips.length === 0 ? undefined : ips;
}

type Defined<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> };

function defined<Values extends object>(values: Values): Defined<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<Values>;
}

/** `null` shows every namespace, as does an empty list. */
function readNamespaces(fields: Fields): readonly string[] | null | undefined {
  if (fields.raw['namespaces'] === null) return null;
  if (fields.raw['namespaces'] === undefined) return undefined;
  const names = readStrings(withList(fields, 'namespaces'), 'namespaces');
  return names.length === 0 ? null : names;
}

/** Zones, lower case, with a final dot. */
function readZones(fields: Fields, key: string): readonly string[] | undefined {
  if (fields.raw[key] === undefined || fields.raw[key] === null) return undefined;
  const written = readStrings(withList(fields, key), key);
  const zones = written.flatMap((text, index) => {
    const zone = domainName(text);
    if (zone === undefined)
      reportInvalid(fields, [key, index], text, 'must be a domain name like in-addr.arpa');
    return zone ?? [];
  });
  // An empty list is meant; one of which nothing is left is not.
  return zones.length === 0 && written.length > 0 ? undefined : zones;
}

/** Absolute and in lower case; undefined for what is no name. */
function domainName(text: string): string | undefined {
  const bare = text.replace(/\.$/, '').toLowerCase();
  const isName = bare !== '' && bare.length <= 253 && bare.split('.').every((label) => LABEL.test(label));
  return isName ? `${bare}.` : undefined;
}

function readNodeResolvConf(fields: Fields): string | undefined {
  const text = readString(fields, 'nodeResolvConf');
  if (text === undefined || parseResolvConf(text) !== undefined) return text;
  reportInvalid(fields, ['nodeResolvConf'], text, 'a nameserver line must have an address');
  return undefined;
}

function readUpstream(fields: Fields): DnsProfile['upstream'] {
  const upstream = new Map<string, readonly UpstreamRecord[]>();
  const section = readMapping(fields, 'upstream');
  if (section === undefined) return upstream;
  for (const [written, list] of Object.entries(section.raw)) {
    const name = domainName(written);
    if (name === undefined) {
      reportInvalid(section, [written], written, 'must be a domain name like example.org.');
      continue;
    }
    const records = readRecords(section, { written, name, list });
    if (records !== undefined) upstream.set(name, [...(upstream.get(name) ?? []), ...records]);
  }
  return upstream;
}

/** An empty list is a name without records; one of which nothing is left is no word about the name. */
function readRecords(
  section: Fields,
  { written, name, list }: { readonly written: string; readonly name: string; readonly list: unknown },
): readonly UpstreamRecord[] | undefined {
  const entries: readonly unknown[] | undefined = Array.isArray(list)
    ? list
    : isMapping(list)
      ? [list]
      : undefined;
  if (entries === undefined) {
    reportInvalid(
      section,
      [written],
      list,
      'must be a list of records like {type: A, ttl: 30, data: 203.0.113.5}',
    );
    return undefined;
  }
  const records = entries.flatMap((entry, index) => readRecord(section, { written, name, entry, index }));
  return records.length === 0 && entries.length > 0 ? undefined : records;
}

interface WrittenRecord {
  readonly written: string;
  readonly name: string;
  readonly entry: unknown;
  readonly index: number;
}

function readRecord(
  section: Fields,
  { written, name, entry, index }: WrittenRecord,
): readonly UpstreamRecord[] {
  const path = [...section.path, written, index];
  if (!isMapping(entry)) {
    reportInvalid(section, [written, index], entry, 'must be a record like {type: A, data: 203.0.113.5}');
    return [];
  }
  const fields: Fields = { ...section, raw: entry, path };
  const type = requireString(fields, 'type')?.toUpperCase();
  const text = requireString(fields, 'data');
  if (type === undefined || text === undefined) return [];
  const data = recordData(type, text);
  if (data === undefined) {
    reportInvalid(fields, ['data'], text, `must be ${EXPECTED[type] ?? 'the text of a record'}`);
    return [];
  }
  const ttl = readInteger(fields, 'ttl', { min: 0, max: LONGEST_TTL }) ?? UPSTREAM_TTL;
  return [{ name, type, ttl, data }];
}

const EXPECTED: Readonly<Record<string, string>> = {
  A: 'an IPv4 address',
  AAAA: 'an IPv6 address',
  CNAME: 'a domain name',
};

/** In canonical form; undefined where it does not fit the type. */
function recordData(type: string, text: string): string | undefined {
  const ip = parseIp(text);
  if (type === 'A') return ip?.family === 4 ? ip.text : undefined;
  if (type === 'AAAA') return ip?.family === 6 ? ip.text : undefined;
  return type === 'CNAME' ? domainName(text) : text;
}
