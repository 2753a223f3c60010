/**
 * Rules of Calico's policies as written.
 * Source: projectcalico/calico:api/pkg/apis/projectcalico/v3/policy_common.go, api/pkg/lib/numorstring.
 */

import { parseCidr } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import { PORT_PROTOCOLS, type PortProtocol } from '../../net/port-set.ts';
import type { FieldPath } from '../../source/document.ts';
import { type Alternatives, parseCalicoSelector } from '../calico-selector.ts';
import {
  type Fields,
  readInteger,
  readItems,
  readMappings,
  readSection,
  readString,
  readStrings,
  reportInvalid,
  reportRequired,
  requireEnum,
} from '../fields.ts';
import type { PlacedCidr, PortPart } from './parts.ts';

/** A selector expression with its place; undefined alternatives: it cannot be read, and that is reported. */
export interface PlacedExpression {
  readonly alternatives: Alternatives | undefined;
  readonly path: FieldPath;
}

/** One end of a rule: everything that is written must hold. */
export interface CalicoEntity {
  readonly nets: readonly PlacedCidr[];
  readonly notNets: readonly PlacedCidr[];
  readonly selector?: PlacedExpression;
  readonly notSelector?: PlacedExpression;
  readonly namespaceSelector?: PlacedExpression;
  readonly serviceAccounts?: { readonly names: readonly string[]; readonly path: FieldPath };
  readonly ports: readonly PortPart[];
  readonly notPorts: readonly PortPart[];
  /** Fields that are not modelled. */
  readonly unmodelled: readonly FieldPath[];
  readonly path: FieldPath;
}

export interface CalicoRulePart {
  readonly action: 'allow' | 'deny' | 'pass' | 'log';
  readonly ipVersion?: 4 | 6;
  /** Of those that have ports; undefined: of any protocol, also others. */
  readonly protocols?: readonly PortProtocol[];
  readonly source: CalicoEntity;
  readonly destination: CalicoEntity;
  /** Fields that are not modelled. */
  readonly unmodelled: readonly FieldPath[];
  readonly path: FieldPath;
}

const ACTIONS = ['Allow', 'Deny', 'Pass', 'Log'] as const;

/** The rules of a direction, in order. */
export function readCalicoRules(spec: Fields, key: 'ingress' | 'egress'): readonly CalicoRulePart[] {
  return readMappings(spec, key).map(readRule);
}

function readRule(fields: Fields): CalicoRulePart {
  const word = requireEnum(fields, 'action', ACTIONS);
  const protocols = readProtocols(fields);
  const ipVersion = readInteger(fields, 'ipVersion', { min: 4, max: 6 });
  const [source, destination] = (['source', 'destination'] as const).map((key) =>
    readEntity(readSection(fields, key), protocols ?? PORT_PROTOCOLS),
  ) as [CalicoEntity, CalicoEntity];
  const hasPorts = [source, destination].some(({ ports, notPorts }) => ports.length + notPorts.length > 0);
  if (hasPorts && protocols === undefined) reportRequired(fields, 'protocol', 'ports are of a protocol');
  return {
    action: word === undefined ? 'deny' : (word.toLowerCase() as CalicoRulePart['action']),
    ...(ipVersion === 4 || ipVersion === 6 ? { ipVersion } : {}),
    ...(protocols === undefined ? {} : { protocols }),
    source,
    destination,
    unmodelled: writtenOf(fields, ['http']),
    path: fields.path,
  };
}

/** IANA's numbers of the protocols that have ports. */
const NUMBERS: ReadonlyMap<string, PortProtocol> = new Map([
  ['6', 'tcp'],
  ['17', 'udp'],
  ['132', 'sctp'],
]);

/** `protocol` and `notProtocol`, which are names or numbers; ICMP and its like have no ports. */
function readProtocols(fields: Fields): readonly PortProtocol[] | undefined {
  const known = (key: string): PortProtocol | 'other' | undefined => {
    const written = fields.raw[key];
    if (written === undefined || written === null) return undefined;
    if (typeof written !== 'string' && typeof written !== 'number') {
      reportInvalid(fields, [key], written, 'must be the name or number of a protocol');
      return 'other';
    }
    const text = String(written).toLowerCase();
    return NUMBERS.get(text) ?? PORT_PROTOCOLS.find((protocol) => protocol === text) ?? 'other';
  };
  const [only, not] = [known('protocol'), known('notProtocol')];
  if (only === undefined && not === undefined) return undefined;
  return PORT_PROTOCOLS.filter((protocol) => (only ?? protocol) === protocol && protocol !== not);
}

function readEntity(fields: Fields, protocols: readonly PortProtocol[]): CalicoEntity {
  const selector = readExpression(fields, 'selector');
  const notSelector = readExpression(fields, 'notSelector');
  const namespaceSelector = readExpression(fields, 'namespaceSelector');
  const accounts = readSection(fields, 'serviceAccounts');
  const names = readStrings(accounts, 'names');
  return {
    nets: readNets(fields, 'nets'),
    notNets: readNets(fields, 'notNets'),
    ...(selector === undefined ? {} : { selector }),
    ...(notSelector === undefined ? {} : { notSelector }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(names.length > 0 ? { serviceAccounts: { names, path: [...accounts.path, 'names'] } } : {}),
    ports: readPorts(fields, 'ports', protocols),
    notPorts: readPorts(fields, 'notPorts', protocols),
    unmodelled: [...writtenOf(fields, ['services']), ...writtenOf(accounts, ['selector'])],
    path: fields.path,
  };
}

function writtenOf(fields: Fields, keys: readonly string[]): readonly FieldPath[] {
  return keys
    .filter((key) => (fields.raw[key] ?? null) !== null && fields.raw[key] !== '')
    .map((key) => [...fields.path, key]);
}

/** A selector; undefined where none is written. */
export function readExpression(fields: Fields, key: string): PlacedExpression | undefined {
  const text = readString(fields, key);
  if (text === undefined || text === '') return undefined;
  const path = [...fields.path, key];
  const alternatives = parseCalicoSelector(text);
  if (typeof alternatives !== 'string') return { alternatives, path };
  reportInvalid(fields, [key], text, `invalid selector: ${alternatives}`);
  return { alternatives: undefined, path };
}

/** CIDRs or addresses, host bits masked. */
export function readNets(fields: Fields, key: string): readonly PlacedCidr[] {
  return readItems(fields, key).flatMap((item, index): readonly PlacedCidr[] => {
    const text = typeof item === 'string' ? item : '';
    const ip = parseIp(text);
    const cidr = parseCidr(ip === undefined ? text : `${text}/${ip.family === 4 ? 32 : 128}`);
    const path = [...fields.path, key, index];
    if (cidr !== undefined) return [{ cidr, path }];
    reportInvalid(fields, [key, index], item, 'must be a CIDR or an address');
    return [];
  });
}

/** Numbers, ranges as `1000:2000`, and names, each of every protocol of the rule. */
function readPorts(fields: Fields, key: string, protocols: readonly PortProtocol[]): readonly PortPart[] {
  return readItems(fields, key).flatMap((item, index): readonly PortPart[] => {
    const path = [...fields.path, key, index];
    const text = typeof item === 'string' || typeof item === 'number' ? String(item) : '';
    const [, first, last] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
    if (first === undefined) {
      if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(text)) {
        reportInvalid(fields, [key, index], item, 'must be a port, a range as 1000:2000, or a name');
        return [{ kind: 'unreadable', path }];
      }
      return protocols.map((protocol) => ({ kind: 'named', name: text, protocol, path }));
    }
    const [from, to] = [Number(first), Number(last ?? first)];
    if (from > to || to > 65535) {
      reportInvalid(fields, [key, index], item, 'must be a port, or a range in order, up to 65535');
      return [{ kind: 'unreadable', path }];
    }
    return protocols.map((protocol) => ({ kind: 'range', protocol, from, to, path }));
  });
}
