/** Reads the profile: file, preset and flags become one set of values, with defaults for what nobody gave. */

import type { Report } from '../diagnostics/diagnostic.ts';
import {
  type Fields,
  pickStrings,
  readBoolean,
  readInteger,
  readIps,
  readMapping,
  readMappings,
  readSection,
  readString,
  readStrings,
  reportInvalid,
} from '../k8s/fields.ts';
import { type Ip, type IpFamily, parseIp } from '../net/ip.ts';
import { isMapping } from '../source/document.ts';
import type { SourceFile } from '../source/file.ts';
import type { SourceSpan } from '../source/ref.ts';
import { readDocuments } from '../source/yaml.ts';
import type {
  ClusterProfile,
  CniProfile,
  LoadBalancerProfile,
  ProfileNode,
  ProxyProfile,
} from './profile.ts';
import { pathOfDottedKey } from './profile-keys.ts';
import { type FlagValue, layerProfile } from './profile-layers.ts';
import {
  readCidrList,
  readDetectLocal,
  readDomain,
  readNodePortAddresses,
  readProxyMode,
  readScheduler,
  readWord,
  withList,
} from './profile-words.ts';
import { completeRanges } from './ranges.ts';
import { readDnsProfile } from './read-dns-profile.ts';
import { readIngressController } from './read-ingress-controller.ts';
import { readIstioProfile } from './read-istio-profile.ts';

/** Values of the command line; they win over the file. */
export interface ProfileFlags {
  readonly cni?: string;
  readonly proxy?: string;
  readonly kubernetes?: string;
  readonly clusterDomain?: string;
  readonly namespace?: string;
  /** The input is a dump of a cluster. */
  readonly stored?: boolean;
  /** `KEY=VALUE`, KEY with dots, VALUE as YAML: `nodes.0.mtu=9001`. */
  readonly set: readonly string[];
}

export interface ProfileInput {
  readonly file?: SourceFile;
  readonly flags: ProfileFlags;
}

/** @returns the profile; bad values are reported and read as if nobody had given them. */
export function readProfile(input: ProfileInput, report: Report): ClusterProfile {
  const layers = layerProfile(input.file, readFlags(input.flags, report), report);
  const { raw, origin } = layers;
  const fields: Fields = { raw, origin, object: 'profile', path: [], report: layers.report };
  const dnsFields = readSection(fields, 'dns');
  const { dnsIps, ...ranges } = completeRanges({
    ipFamilies: readFamilies(fields),
    podCidrs: readCidrList(fields, 'podCIDRs'),
    serviceCidrs: readCidrList(fields, 'serviceCIDRs'),
    dnsIps: readIps(withList(dnsFields, 'clusterIPs'), 'clusterIPs'),
  });
  return {
    kubernetes: readVersion(fields) ?? '1.35',
    input: readWord(fields, 'input', ['authored', 'stored'] as const) ?? 'authored',
    namespace: pickStrings(fields, ['namespace']).namespace ?? 'default',
    manifests: readStrings(withList(fields, 'manifests'), 'manifests'),
    clusterDomain: readDomain(fields, 'clusterDomain') ?? 'cluster.local',
    ...ranges,
    nodePortRange: readPortRange(fields) ?? [30000, 32767],
    nodes: readMappings(fields, 'nodes').map(readNode),
    dns: readDnsProfile(dnsFields, dnsIps),
    proxy: readProxy(readSection(fields, 'proxy')),
    cni: readCni(readSection(fields, 'cni')),
    ingressController: readIngressController(readSection(fields, 'ingressController')),
    istio: readIstioProfile(readSection(readSection(fields, 'mesh'), 'istio')),
    loadBalancer: readLoadBalancer(readSection(fields, 'loadBalancer')),
    check: readSection(fields, 'check'),
    assume: readSection(fields, 'assume'),
    given: layers.given,
  };
}

/** Each flag is a text of its own, so that a diagnostic can point into it. */
function readFlags(flags: ProfileFlags, report: Report): readonly FlagValue[] {
  const [cni, backend] = (flags.cni ?? '').split('/');
  const named = [
    { flag: '--cni', key: 'cni.name', value: flags.cni === undefined ? undefined : cni },
    // `calico/bgp`: its backend, too.
    { flag: '--cni', key: 'cni.backend', value: backend },
    { flag: '--proxy', key: 'proxy.mode', value: flags.proxy },
    { flag: '--kubernetes', key: 'kubernetes', value: flags.kubernetes },
    { flag: '--cluster-domain', key: 'clusterDomain', value: flags.clusterDomain },
    { flag: '--namespace', key: 'namespace', value: flags.namespace },
    { flag: '--stored', key: 'input', value: flags.stored === true ? 'stored' : undefined },
  ];
  const values = named.flatMap(({ flag, key, value }): readonly FlagValue[] => {
    if (value === undefined) return [];
    const at = { file: { name: flag, text: value }, span: { start: 0, end: value.length } };
    return [{ path: key.split('.'), value, at }];
  });
  return [...values, ...flags.set.flatMap((text) => readSetFlag(text, report))];
}

function readSetFlag(text: string, report: Report): readonly FlagValue[] {
  const file: SourceFile = { name: '--set', text };
  const equals = text.indexOf('=');
  if (equals <= 0) {
    const at = { file, span: { start: 0, end: text.length } };
    report({
      code: 'profile-invalid',
      severity: 'error',
      text: `--set ${text}: must be KEY=VALUE`,
      sources: [{ at, role: 'primary' }],
    });
    return [];
  }
  const path = pathOfDottedKey(text.slice(0, equals));
  const source = text.slice(equals + 1);
  const at = { file, span: { start: equals + 1, end: text.length } };
  const [document] = readDocuments({ name: '--set', text: source }, (problem) =>
    report({
      ...problem,
      sources: problem.sources.map((place) => ({ ...place, at: shifted(place.at, at) })),
    }),
  );
  const value = path[0] === 'kubernetes' ? source : (document?.value ?? null);
  return [{ path, value, at }];
}

/** A place in a value, as a place in the text that it ends. */
function shifted({ span }: SourceSpan, value: SourceSpan): SourceSpan {
  const { start } = value.span;
  return { file: value.file, span: { start: start + span.start, end: start + span.end } };
}

/** Major and minor: `1.35`, `v1.35.2`. Written without quotes it is a number, and 1.30 would be 1.3. */
function readVersion(fields: Fields): string | undefined {
  const value = fields.raw['kubernetes'];
  if (value === undefined || value === null) return undefined;
  const { document } = fields.origin;
  const { start, end } = document.locate(['kubernetes'], 'value');
  const text = typeof value === 'number' ? document.file.text.slice(start, end) : value;
  const version =
    typeof text === 'string' ? /^v?(1\.\d{1,3})(?:\.\d+)?(?:[-+].*)?$/.exec(text)?.[1] : undefined;
  if (version === undefined) reportInvalid(fields, ['kubernetes'], value, 'must be a version like "1.35"');
  return version;
}

function readFamilies(fields: Fields): readonly IpFamily[] {
  const words = readStrings(withList(fields, 'ipFamilies'), 'ipFamilies');
  return words.flatMap((word, index): readonly IpFamily[] => {
    const family = /^ip(v[46])$/i.exec(word)?.[1]?.toLowerCase();
    if (family === undefined) reportInvalid(fields, ['ipFamilies', index], word, 'must be IPv4 or IPv6');
    return family === undefined ? [] : [family === 'v4' ? 4 : 6];
  });
}

/** `30000-32767`, or as the API server also takes it: `30000+2767`. */
function readPortRange(fields: Fields): readonly [number, number] | undefined {
  const { nodePortRange } = pickStrings(fields, ['nodePortRange']);
  if (nodePortRange === undefined) return undefined;
  const [, first, sign, second] = /^(\d{1,5})([-+])(\d{1,5})$/.exec(nodePortRange.trim()) ?? [];
  const from = Number(first);
  const to = sign === '+' ? from + Number(second) : Number(second);
  if (from >= 1 && to >= from && to <= 65535) return [from, to];
  reportInvalid(fields, ['nodePortRange'], nodePortRange, 'must be a range of ports like 30000-32767');
  return undefined;
}

function readNode(fields: Fields): ProfileNode {
  const mtu = readInteger(fields, 'mtu', { min: 68, max: 65535 });
  return {
    ...pickStrings(fields, ['name']),
    addresses: readIps(withList(fields, 'addresses'), 'addresses'),
    primaryAddresses: readIps(withList(fields, 'primaryAddresses'), 'primaryAddresses'),
    podCidrs: readCidrList(fields, 'podCIDRs'),
    labels: readTexts(fields, 'labels'),
    ...(mtu === undefined ? {} : { mtu }),
    sysctls: readTexts(fields, 'sysctls'),
  };
}

/**
 * Spellings of kube-proxy's configuration: `mode: ""` is iptables, `clusterCIDR` with commas,
 * `detectLocalMode` beside a mapping `detectLocal`.
 */
function readProxy(fields: Fields): ProxyProfile {
  const detectors = isMapping(fields.raw['detectLocal']) ? readSection(fields, 'detectLocal') : fields;
  const detectLocalKey =
    detectors === fields && fields.raw['detectLocal'] !== undefined ? 'detectLocal' : 'detectLocalMode';
  const nodePortAddresses = readNodePortAddresses(fields, 'nodePortAddresses');
  return {
    mode: readProxyMode(fields, 'mode') ?? 'iptables',
    scheduler: readScheduler(fields, 'scheduler') ?? 'rr',
    clusterCidr: readCidrList(fields, 'clusterCIDR'),
    detectLocal: readDetectLocal(fields, detectLocalKey) ?? 'ClusterCIDR',
    bridgeInterface: readString(detectors, 'bridgeInterface') ?? '',
    interfaceNamePrefix: readString(detectors, 'interfaceNamePrefix') ?? '',
    masqueradeAll: readBoolean(fields, 'masqueradeAll') ?? false,
    masqueradeBit: readInteger(fields, 'masqueradeBit', { min: 0, max: 31 }) ?? 14,
    ...(nodePortAddresses.length === 0 ? {} : { nodePortAddresses }),
    localhostNodePorts: readBoolean(fields, 'localhostNodePorts') ?? true,
  };
}

function readCni(fields: Fields): CniProfile {
  const mtu = readInteger(fields, 'mtu', { min: 68, max: 65535 });
  const enforcesPolicy = readBoolean(fields, 'enforcesPolicy');
  return {
    ...pickStrings(fields, ['name', 'backend']),
    ...(mtu === undefined ? {} : { mtu }),
    ...(enforcesPolicy === undefined ? {} : { enforcesPolicy }),
    ...readIpBlock(readSection(fields, 'ipBlock')),
    options: readMapping(fields, 'options')?.raw ?? {},
  };
}

function readIpBlock(fields: Fields): Pick<CniProfile, 'ipBlock'> {
  const pods = readBoolean(fields, 'pods');
  const nodes = readBoolean(fields, 'nodes');
  if (pods === undefined && nodes === undefined) return {};
  return {
    ipBlock: { ...(pods === undefined ? {} : { pods }), ...(nodes === undefined ? {} : { nodes }) },
  };
}

function readLoadBalancer(fields: Fields): LoadBalancerProfile {
  const kind = readWord(fields, 'kind', ['passthrough', 'proxy'] as const);
  const addresses = new Map<string, Ip>();
  for (const [key, text] of readTexts(fields, 'addresses')) {
    const ip = parseIp(text);
    if (ip === undefined) reportInvalid(fields, ['addresses', key], text, 'must be a valid IP address');
    else addresses.set(key.includes('/') ? key : `default/${key}`, ip);
  }
  return {
    ...(kind === undefined ? {} : { kind }),
    healthChecks: readBoolean(fields, 'healthChecks') ?? true,
    addresses,
  };
}

/** Names to texts; numbers and booleans are taken as they print. */
function readTexts(fields: Fields, key: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(readMapping(fields, key)?.raw ?? {})) {
    if (typeof value !== 'object') texts.set(name, String(value));
    else if (value === null) texts.set(name, '');
    else reportInvalid(fields, [key, name], value, 'must be a string');
  }
  return texts;
}
