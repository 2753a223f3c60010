/** Questions about every name that a cluster's objects make, about names beside them, and about wrong ones. */

import type { Random } from '../../bench/random.ts';
import { parseIp } from '../../src/net/ip.ts';
import { CLIENT_ADDRESS, UPSTREAM } from './dns-clusters.ts';
import type { StoredObject } from './service-clusters.ts';

export interface DnsQuestionAsked {
  readonly name: string;
  readonly type: string;
  /** The client's address, where it is another than the server's own. */
  readonly from?: string;
  readonly tcp?: boolean;
}

const TYPES = ['A', 'AAAA', 'SRV', 'TXT', 'PTR', 'CNAME', 'NS', 'SOA', 'MX', 'HTTPS'];

/** Some questions of each name: A or AAAA, SRV often, the others now and then. */
export function questionsAbout(
  objects: readonly StoredObject[],
  zones: readonly string[],
  random: Random,
): readonly DnsQuestionAsked[] {
  const names = new Set([
    ...ofZones(zones).filter(() => random.below(2) === 0),
    ...objects.flatMap((object) => ofObject(object, zones, random)),
    ...OTHERS.filter(() => random.below(2) === 0),
  ]);
  const questions: DnsQuestionAsked[] = [];
  for (const name of names) {
    const isReverse = name.endsWith('.arpa.');
    const likely = isReverse ? ['PTR'] : [random.below(4) === 0 ? 'AAAA' : 'A'];
    const types = new Set([...likely, ...(random.below(2) === 0 ? ['SRV'] : []), pick(TYPES, random)]);
    for (const type of types) questions.push(question(name, type, random));
  }
  return questions;
}

function question(name: string, type: string, random: Random): DnsQuestionAsked {
  return {
    name: random.below(12) === 0 ? name.toUpperCase() : name,
    type,
    ...(random.below(3) === 0 ? { from: CLIENT_ADDRESS } : {}),
    ...(random.below(2) === 0 ? { tcp: true } : {}),
  };
}

function pick<Value>(values: readonly Value[], random: Random): Value {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** Outside, and what pods make of short names by their search list. */
const OTHERS: readonly string[] = [
  ...UPSTREAM.map(({ name }) => name),
  'gone.example.com.',
  'db.example.com.shop.svc.cluster.local.',
  'svc1.shop.shop.svc.cluster.local.',
  'nobody.shop.svc.cluster.local.',
  '1.0.96.10.in-addr.arpa.',
  '96.10.in-addr.arpa.',
  '1.1.0.96.10.in-addr.arpa.',
  '0.f.ip6.arpa.',
  'in-addr.arpa.',
  'localhost.',
];

function ofZones(zones: readonly string[]): readonly string[] {
  return zones.flatMap((zone) => [
    zone,
    ...[
      'svc',
      'pod',
      'ns.dns',
      'dns',
      'dns-version',
      'shop',
      'shop.svc',
      'gone.svc',
      'shop.pod',
      'gone.pod',
    ].map((name) => `${name}.${zone}`),
    ...[
      '10-1-0-5',
      '10-1-0-6',
      '10-1-0-7',
      '10-9-9-9',
      'fd00-1--5',
      '--1',
      '10-1-0',
      '10-01-0-5',
      'x.10-1-0-5',
    ].map((name) => `${name}.shop.pod.${zone}`),
    `10-1-0-7.billing.pod.${zone}`,
    `fd00-1--5.billing.pod.${zone}`,
    `10-1-0-5.gone.pod.${zone}`,
  ]);
}

interface Facts {
  readonly kind?: string;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly clusterIPs?: readonly string[]; readonly ports?: readonly PortFacts[] };
  readonly ports?: readonly PortFacts[];
  readonly endpoints?: readonly { readonly addresses: readonly string[]; readonly hostname?: string }[];
}
interface PortFacts {
  readonly name?: string;
  readonly protocol: string;
}

function ofObject(object: StoredObject, zones: readonly string[], random: Random): readonly string[] {
  const facts = object as unknown as Facts;
  if (facts.kind === 'Service' || facts.kind === 'ServiceImport') {
    return zones.flatMap((zone) => ofService(facts, zone, random));
  }
  return facts.kind === 'EndpointSlice' ? zones.flatMap((zone) => ofSlice(facts, zone)) : [];
}

/** Labels before a Service's name that may mean something. */
const LABELS = [
  ...[
    '_tcp',
    'nobody',
    '*',
    '_http._udp',
    '_gone._tcp',
    '_._tcp',
    'a.b.c',
    'z1.pin._zone',
    'gone.prefer._zone',
  ],
];

/** The names of a Service, and a few that look like one. */
function ofService({ metadata, spec }: Facts, zone: string, random: Random): readonly string[] {
  const { name, namespace } = metadata;
  const base = `${name}.${namespace}.svc.${zone}`;
  const near = [`${name}.${namespace}.${zone}`, `${namespace}.${name}.svc.${zone}`];
  return [
    base,
    ...[...near, ...LABELS.map((labels) => `${labels}.${base}`)].filter(() => random.below(4) === 0),
    ...portNames(spec?.ports ?? [], base),
    ...(spec?.clusterIPs ?? []).flatMap(reverseName),
  ];
}

function portNames(ports: readonly PortFacts[], base: string): readonly string[] {
  return ports.flatMap(({ name = '', protocol }) =>
    name === ''
      ? []
      : [`_${name}._${protocol.toLowerCase()}.${base}`, `${name}.${protocol.toLowerCase()}.${base}`],
  );
}

function ofSlice({ metadata, endpoints = [], ports = [] }: Facts, zone: string): readonly string[] {
  const labels = metadata.labels ?? {};
  const service =
    labels['kubernetes.io/service-name'] ?? labels['multicluster.kubernetes.io/service-name'] ?? 'nobody';
  const cluster = labels['multicluster.kubernetes.io/source-cluster'];
  const base = `${service}.${metadata.namespace}.svc.${zone}`;
  const names = endpoints.flatMap(({ addresses, hostname }) => [
    ...addresses.map((address) => dashed(address)),
    ...(hostname === undefined ? [] : [hostname]),
  ]);
  return [
    ...names.map((name) => `${name}.${base}`),
    ...(cluster === undefined ? [] : names.map((name) => `${name}.${cluster}.${base}`)),
    ...['web-7d9c', 'z1.pin._zone', 'z2.b.prefer._zone'].map((name) => `${name}.${base}`),
    ...portNames(ports, base),
    ...endpoints.flatMap(({ addresses }) => addresses.flatMap(reverseName)),
  ];
}

function dashed(address: string): string {
  const name = address.replaceAll(/[.:]/g, '-');
  return name.endsWith('-') ? `${name}0` : name;
}

function reverseName(address: string): readonly string[] {
  const ip = parseIp(address);
  if (ip === undefined) return [];
  if (ip.family === 4) return [`${address.split('.').reverse().join('.')}.in-addr.arpa.`];
  const digits = BigInt(ip.bits).toString(16).padStart(32, '0');
  return [`${[...digits].reverse().join('.')}.ip6.arpa.`];
}
