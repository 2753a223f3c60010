/**
 * Rules of Cilium's policies as written: `spec`, or several in `specs`.
 * Source: cilium/cilium:pkg/policy/api/{rule,ingress,egress,l4}.go, rule_validation.go.
 */

import { parseCidr } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import { PORT_PROTOCOLS, type PortProtocol } from '../../net/port-set.ts';
import { type FieldPath, isMapping } from '../../source/document.ts';
import {
  type Fields,
  readBoolean,
  readInteger,
  readItems,
  readMapping,
  readMappings,
  readSection,
  readString,
  reportDoubtful,
  reportInvalid,
  reportRequired,
  requireString,
} from '../fields.ts';
import { placedSelector, readPlacedSelector } from './items.ts';
import type { PlacedCidr, PlacedSelector, PortPart } from './parts.ts';

/** An end of a rule; a rule has one sort of them. */
export type CiliumPeer =
  | { readonly kind: 'endpoints'; readonly selector: PlacedSelector }
  | { readonly kind: 'entity'; readonly entity: string; readonly path: FieldPath }
  | {
      readonly kind: 'cidr';
      readonly cidr: PlacedCidr['cidr'];
      readonly except: readonly PlacedCidr[];
      readonly path: FieldPath;
    }
  | {
      readonly kind: 'service';
      readonly namespace?: string;
      readonly name?: string;
      readonly selector?: PlacedSelector;
      readonly path: FieldPath;
    }
  | { readonly kind: 'names'; readonly names: readonly string[]; readonly path: FieldPath }
  /** Of a field that is not modelled. */
  | { readonly kind: 'other'; readonly field: string; readonly path: FieldPath };

/** One entry of `toPorts`. */
export interface CiliumPorts {
  /** undefined: every port. */
  readonly ports?: readonly PortPart[];
  /** What it asks of requests, in a word. */
  readonly beyond?: { readonly what: string; readonly path: FieldPath };
}

export interface CiliumRulePart {
  /** undefined: nothing is said of the other end; empty: nobody. */
  readonly peers?: readonly CiliumPeer[];
  /** undefined: nothing is said of ports; empty: none of those that have ports. */
  readonly ports?: readonly CiliumPorts[];
  readonly path: FieldPath;
}

export interface CiliumRuleSet {
  /** undefined: it is about nodes. */
  readonly endpointSelector?: PlacedSelector;
  readonly ingress: CiliumDirection;
  readonly egress: CiliumDirection;
  readonly path: FieldPath;
}

export interface CiliumDirection {
  readonly allow: readonly CiliumRulePart[];
  readonly deny: readonly CiliumRulePart[];
  /** Does it isolate the pods that it selects? */
  readonly isolates: boolean;
}

export interface CiliumPolicyBody {
  readonly rules: readonly CiliumRuleSet[];
  /** A policy with anything wrong in it is refused as a whole (pkg/policy/api/rule_validation.go Sanitize). */
  readonly valid: boolean;
}

/** `spec` and `specs`. */
export function readCiliumPolicy(fields: Fields): CiliumPolicyBody {
  let valid = true;
  const report: Fields['report'] = (diagnostic) => {
    valid &&= diagnostic.code !== 'invalid-field';
    fields.report(diagnostic);
  };
  const watched = { ...fields, report };
  const one = readMapping(watched, 'spec');
  const specs = [...(one === undefined ? [] : [one]), ...readMappings(watched, 'specs')];
  const rules = specs.map(readRuleSet);
  return { rules, valid };
}

function readRuleSet(spec: Fields): CiliumRuleSet {
  const selector = readPlacedSelector(spec, 'endpointSelector');
  if ((spec.raw['nodeSelector'] ?? null) !== null) {
    reportDoubtful(spec, ['nodeSelector'], 'policies of nodes are not modelled; it changes nothing here');
  } else if (selector === undefined) {
    reportRequired(spec, '', 'rule must have one of EndpointSelector or NodeSelector');
  }
  const defaults = readSection(spec, 'enableDefaultDeny');
  const direction = (key: 'ingress' | 'egress'): CiliumDirection => {
    const allow = readMappings(spec, key).map((rule) => readRule(rule, key));
    const deny = readMappings(spec, `${key}Deny`).map((rule) => readRule(rule, key));
    return { allow, deny, isolates: readBoolean(defaults, key) ?? allow.length + deny.length > 0 };
  };
  return {
    ...(selector === undefined ? {} : { endpointSelector: selector }),
    ingress: direction('ingress'),
    egress: direction('egress'),
    path: spec.path,
  };
}

/** The fields of a rule's other end by direction, and those of which too little is modelled. */
const OTHER_FIELDS = {
  ingress: ['fromNodes', 'fromGroups', 'fromRequires'],
  egress: ['toNodes', 'toGroups', 'toRequires'],
};

function readRule(fields: Fields, direction: 'ingress' | 'egress'): CiliumRulePart {
  const prefix = direction === 'ingress' ? 'from' : 'to';
  const peers = [
    ...selectorsOf(fields, `${prefix}Endpoints`),
    ...entitiesOf(fields, `${prefix}Entities`),
    ...cidrsOf(fields, `${prefix}CIDR`),
    ...cidrSetsOf(fields, `${prefix}CIDRSet`),
    ...(direction === 'egress' ? [...servicesOf(fields), ...namesOf(fields)] : []),
    ...OTHER_FIELDS[direction].flatMap((field): readonly CiliumPeer[] =>
      isWritten(fields, field) ? [{ kind: 'other', field, path: [...fields.path, field] }] : [],
    ),
  ];
  const saysWho = Object.keys(fields.raw).some(
    (key) => key.startsWith(prefix) && key !== 'toPorts' && isWritten(fields, key),
  );
  const ports = isWritten(fields, 'toPorts')
    ? readMappings(fields, 'toPorts').map((item) => readPortRule(item, fields))
    : isWritten(fields, 'icmps')
      ? []
      : undefined;
  return { ...(saysWho ? { peers } : {}), ...(ports === undefined ? {} : { ports }), path: fields.path };
}

function isWritten(fields: Fields, key: string): boolean {
  return (fields.raw[key] ?? null) !== null;
}

function selectorsOf(fields: Fields, key: string): readonly CiliumPeer[] {
  return readMappings(fields, key).map((item) => ({ kind: 'endpoints', selector: placedSelector(item) }));
}

const ENTITIES: readonly string[] = [
  ...['all', 'world', 'world-ipv4', 'world-ipv6', 'cluster', 'host', 'init', 'ingress', 'remote-node'],
  ...['health', 'unmanaged', 'none', 'kube-apiserver'],
];

function entitiesOf(fields: Fields, key: string): readonly CiliumPeer[] {
  return readItems(fields, key).flatMap((item, index): readonly CiliumPeer[] => {
    const path = [...fields.path, key, index];
    if (typeof item === 'string' && ENTITIES.includes(item)) return [{ kind: 'entity', entity: item, path }];
    reportInvalid(fields, [key, index], item, 'unsupported entity');
    return [];
  });
}

/** A CIDR, or an address. */
function cidrOf(fields: Fields, path: FieldPath, item: unknown): PlacedCidr | undefined {
  const text = typeof item === 'string' ? item : '';
  const ip = parseIp(text);
  const cidr = parseCidr(ip === undefined ? text : `${text}/${ip.family === 4 ? 32 : 128}`);
  if (cidr !== undefined) return { cidr, path: [...fields.path, ...path] };
  reportInvalid(fields, path, item, 'unable to parse CIDR');
  return undefined;
}

function cidrsOf(fields: Fields, key: string): readonly CiliumPeer[] {
  return readItems(fields, key).flatMap((item, index): readonly CiliumPeer[] => {
    const found = cidrOf(fields, [key, index], item);
    return found === undefined ? [] : [{ kind: 'cidr', ...found, except: [] }];
  });
}

function cidrSetsOf(fields: Fields, key: string): readonly CiliumPeer[] {
  return readMappings(fields, key).flatMap((item): readonly CiliumPeer[] => {
    const group = ['cidrGroupRef', 'cidrGroupSelector'].find((field) => isWritten(item, field));
    if (group !== undefined) return [{ kind: 'other', field: group, path: [...item.path, group] }];
    const found = cidrOf(item, ['cidr'], item.raw['cidr']);
    const except = readItems(item, 'except').flatMap(
      (hole, index) => cidrOf(item, ['except', index], hole) ?? [],
    );
    return found === undefined ? [] : [{ kind: 'cidr', cidr: found.cidr, except, path: item.path }];
  });
}

function servicesOf(fields: Fields): readonly CiliumPeer[] {
  return readMappings(fields, 'toServices').map((item): CiliumPeer => {
    const named = readMapping(item, 'k8sService');
    const selected = readMapping(item, 'k8sServiceSelector');
    const own = named ?? selected;
    const namespace = own === undefined ? undefined : readString(own, 'namespace');
    const name = named === undefined ? undefined : readString(named, 'serviceName');
    const selector = selected === undefined ? undefined : readPlacedSelector(selected, 'selector');
    return {
      kind: 'service',
      ...(namespace === undefined || namespace === '' ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(selector === undefined ? {} : { selector }),
      path: item.path,
    };
  });
}

function namesOf(fields: Fields): readonly CiliumPeer[] {
  const items = readMappings(fields, 'toFQDNs');
  if (items.length === 0) return [];
  const names = items.flatMap(
    (item) => readString(item, 'matchName') ?? readString(item, 'matchPattern') ?? [],
  );
  return [{ kind: 'names', names, path: [...fields.path, 'toFQDNs'] }];
}

function readPortRule(fields: Fields, rule: Fields): CiliumPorts {
  const written = readMappings(fields, 'ports');
  const rules = readMapping(fields, 'rules');
  const [l7] = Object.keys(rules?.raw ?? {});
  const beyond =
    l7 !== undefined && rules !== undefined
      ? { what: `\`rules.${l7}\``, path: [...rules.path, l7] }
      : isWritten(fields, 'serverNames')
        ? { what: '`serverNames`', path: [...fields.path, 'serverNames'] }
        : isMapping(rule.raw['authentication'])
          ? { what: '`authentication`', path: [...rule.path, 'authentication'] }
          : undefined;
  return {
    ...(written.length === 0 ? {} : { ports: written.flatMap(readPortItem) }),
    ...(beyond === undefined ? {} : { beyond }),
  };
}

/** A number as a string, `0` for every one, or a name; without a protocol of any. */
function readPortItem(fields: Fields): readonly PortPart[] {
  const { path } = fields;
  const text = requireString(fields, 'port');
  const word = (readString(fields, 'protocol') ?? '').toLowerCase() || 'any';
  const end = readInteger(fields, 'endPort', { min: 0, max: 65535 }) ?? 0;
  if (text === undefined) return [];
  const protocols = word === 'any' ? PORT_PROTOCOLS : PORT_PROTOCOLS.filter((each) => each === word);
  if (protocols.length === 0 && !['icmp', 'icmpv6', 'vrrp', 'igmp'].includes(word)) {
    reportInvalid(fields, ['protocol'], fields.raw['protocol'], 'must be TCP, UDP, SCTP or ANY');
  }
  if (!/^\d+$/.test(text)) {
    if (!/^[a-zA-Z0-9-]{1,15}$/.test(text)) {
      reportInvalid(fields, ['port'], fields.raw['port'], 'must be a port or the name of one');
      return [];
    }
    return protocols.map((protocol: PortProtocol) => ({
      kind: 'named',
      name: text.toLowerCase(),
      protocol,
      path,
    }));
  }
  const from = Number(text);
  const to = from === 0 ? 65535 : end || from;
  if (from > 65535 || to > 65535 || to < from) {
    reportInvalid(fields, ['port'], fields.raw['port'], 'must be a port, with endPort not below it');
    return [];
  }
  return protocols.map((protocol) => ({ kind: 'range', protocol, from: Math.max(from, 1), to, path }));
}
