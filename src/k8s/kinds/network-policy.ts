import { parseCidr } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import {
  type Fields,
  readCidr,
  readInteger,
  readMapping,
  readPort,
  readProtocol,
  readSection,
  readString,
  readStrings,
  reportDoubtful,
  reportForbidden,
  reportInvalid,
  reportRequired,
  reportUnsupported,
} from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import {
  everything,
  readItems,
  readPlacedSelector,
  readPortName,
  unreadable,
} from '../policy-parts/items.ts';
import type { PeerPart, PlacedCidr, PlacedSelector, PortPart, RulePart } from '../policy-parts/parts.ts';

export type PolicyType = 'Ingress' | 'Egress';

export interface NetworkPolicyBody {
  /** Pods of the policy's own namespace. */
  readonly podSelector: PlacedSelector;
  /** As written, words that are none left out; empty where nothing usable is written. */
  readonly policyTypes: readonly PolicyType[];
  readonly ingress: readonly RulePart[];
  readonly egress: readonly RulePart[];
}

export type NetworkPolicyObject = K8sObject<'NetworkPolicy', NetworkPolicyBody>;

const POLICY_TYPES: readonly PolicyType[] = ['Ingress', 'Egress'];

/** What is refused, and in which words: kubernetes/kubernetes:pkg/apis/networking/validation/validation.go. */
export const networkPolicyReader: KindReader<'NetworkPolicy', NetworkPolicyBody> = {
  kind: 'NetworkPolicy',
  apiVersions: ['networking.k8s.io/v1', 'extensions/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    return {
      podSelector: readPlacedSelector(spec, 'podSelector') ?? everything(spec, 'podSelector'),
      policyTypes: readPolicyTypes(spec),
      ingress: readRules(spec, 'ingress', 'from'),
      egress: readRules(spec, 'egress', 'to'),
    };
  },
};

function readPolicyTypes(spec: Fields): readonly PolicyType[] {
  const words = readStrings(spec, 'policyTypes');
  if (words.length > 2) {
    reportInvalid(spec, ['policyTypes'], words, 'may not specify more than two policyTypes');
  }
  return words.flatMap((word, index) => {
    const known = POLICY_TYPES.find((type) => type === word);
    if (known === undefined) reportUnsupported(spec, ['policyTypes', index], word, POLICY_TYPES);
    return known ?? [];
  });
}

function readRules(spec: Fields, key: string, peersKey: string): readonly RulePart[] {
  const rules = readItems(spec, key, (rule) => readRule(rule, peersKey)) ?? [];
  return rules.map((rule) => ('kind' in rule ? admitsNothing(rule) : rule));
}

function admitsNothing(rule: PeerPart & { readonly kind: 'unreadable' }): RulePart {
  return { action: 'allow', peers: [rule], path: rule.path };
}

function readRule(fields: Fields, peersKey: string): RulePart {
  const peers = readItems(fields, peersKey, readPeer);
  const ports = readItems(fields, 'ports', readPolicyPort);
  return {
    action: 'allow',
    ...(peers === undefined || peers.length === 0 ? {} : { peers }),
    ...(ports === undefined || ports.length === 0 ? {} : { ports }),
    path: fields.path,
  };
}

function readPeer(fields: Fields): PeerPart {
  const namespaces = readPlacedSelector(fields, 'namespaceSelector');
  const pods = readPlacedSelector(fields, 'podSelector');
  const block = readMapping(fields, 'ipBlock');
  const hasSelector = namespaces !== undefined || pods !== undefined;
  if (block !== undefined && hasSelector) {
    reportForbidden(fields, '', 'may not specify both ipBlock and another peer');
    return unreadable(fields);
  }
  if (block !== undefined) return readIpBlock(fields, block);
  if (!hasSelector) {
    if ((fields.raw['ipBlock'] ?? null) === null) reportRequired(fields, '', 'must specify a peer');
    return unreadable(fields);
  }
  return {
    kind: 'pods',
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(pods === undefined ? {} : { pods }),
    path: fields.path,
  };
}

function readIpBlock(fields: Fields, block: Fields): PeerPart {
  const cidr = readCidr(block, 'cidr');
  if (cidr === undefined) {
    if (!block.raw['cidr']) reportRequired(block, 'cidr');
    return unreadable(fields);
  }
  warnOfHostBits(block, ['cidr'], readString(block, 'cidr') ?? '');
  const texts = readStrings(block, 'except');
  const except = texts.flatMap((text, index) => readExcept(block, { text, index, within: cidr }) ?? []);
  const written = block.raw['except'];
  const isWhole = except.length === (Array.isArray(written) ? written.length : 0);
  const isList = Array.isArray(written) || (written ?? null) === null;
  if (!isWhole || !isList) return unreadable(fields);
  return { kind: 'block', cidr, except, path: [...fields.path, 'ipBlock'] };
}

/** One that lies outside its block is reported and takes nothing away. */
function readExcept(
  block: Fields,
  {
    text,
    index,
    within,
  }: { readonly text: string; readonly index: number; readonly within: PlacedCidr['cidr'] },
): PlacedCidr | undefined {
  const cidr = parseCidr(text);
  const path = ['except', index];
  if (cidr === undefined) {
    reportInvalid(block, path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
    return undefined;
  }
  warnOfHostBits(block, path, text);
  const inside = cidr.length > within.length && overlaps(within, cidr);
  if (!inside) reportInvalid(block, path, text, 'must be a strict subset of `cidr`');
  return { cidr, path: [...block.path, ...path] };
}

function overlaps(outer: PlacedCidr['cidr'], inner: PlacedCidr['cidr']): boolean {
  return (
    inner.family === outer.family && parseCidr(`${inner.base.text}/${outer.length}`)?.text === outer.text
  );
}

/** The API server masks them (and warns since 1.34): kubernetes/kubernetes:pkg/apis/networking. */
function warnOfHostBits(fields: Fields, path: Fields['path'], text: string): void {
  const slash = text.indexOf('/');
  const cidr = parseCidr(text);
  const ip = parseIp(text.slice(0, slash));
  if (cidr === undefined || ip === undefined || cidr.base === ip) return;
  reportDoubtful(
    fields,
    path,
    `${JSON.stringify(text)} has bits set after the prefix; it means ${cidr.text}`,
  );
}

function readPolicyPort(fields: Fields): PortPart {
  const protocol = readProtocol(fields, 'protocol');
  if (protocol === undefined || protocol === 'icmp') return unreadable(fields);
  const { port } = fields.raw as { readonly port?: unknown };
  const hasEnd = (fields.raw['endPort'] ?? null) !== null;
  if ((port ?? null) === null) {
    if (!hasEnd) return { kind: 'range', protocol, from: 1, to: 65535, path: fields.path };
    reportForbidden(fields, 'endPort', 'may not be specified when `port` is not specified');
    return unreadable(fields);
  }
  if (typeof port === 'string') return readNamedPort(fields, { protocol, hasEnd });
  const from = readPort(fields, 'port');
  const to = hasEnd ? readInteger(fields, 'endPort', { min: 1, max: 65535 }) : from;
  if (from === undefined || to === undefined) return unreadable(fields);
  if (to >= from) return { kind: 'range', protocol, from, to, path: fields.path };
  reportInvalid(fields, ['endPort'], to, 'must be greater than or equal to `port`');
  return unreadable(fields);
}

function readNamedPort(
  fields: Fields,
  { protocol, hasEnd }: { readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly hasEnd: boolean },
): PortPart {
  const name = readPortName(fields, 'port');
  if (hasEnd) reportForbidden(fields, 'endPort', 'may not be specified when `port` is non-numeric');
  if (name === undefined || hasEnd) return unreadable(fields);
  return { kind: 'named', name, protocol, path: fields.path };
}
