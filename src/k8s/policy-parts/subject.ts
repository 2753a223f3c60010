/** What the cluster-wide policy kinds share: subjects and peers of `namespaces`, `pods`, `networks`, `nodes`. */

import type { Cidr } from '../../net/cidr.ts';
import { isMapping } from '../../source/document.ts';
import {
  type Fields,
  readCidrs,
  readInteger,
  readMapping,
  readString,
  readStrings,
  reportInvalid,
  reportRequired,
} from '../fields.ts';
import { checkLength, everything, readPlacedSelector, unreadable } from './items.ts';
import type { PeerPart, PodsPart } from './parts.ts';

/**
 * `subject`: exactly one of `namespaces` and `pods`.
 * @returns undefined, with a report, where it says neither.
 */
export function readSubject(spec: Fields): PodsPart | undefined {
  const subject = readMapping(spec, 'subject');
  if (subject === undefined) {
    if ((spec.raw['subject'] ?? null) === null) reportRequired(spec, 'subject');
    return undefined;
  }
  const pods = oneField(subject, ['namespaces', 'pods']) === undefined ? undefined : readPods(subject);
  return pods?.kind === 'pods' ? pods : undefined;
}

export interface PeerRules {
  /** The fields of a peer that this direction knows. */
  readonly fields: readonly PeerField[];
  readonly mostCidrs: number;
  /** May the rule name DNS names? */
  readonly domains: 'allowed' | 'forbidden';
}

export type PeerField = 'namespaces' | 'pods' | 'networks' | 'nodes' | 'domainNames';

/** A peer: exactly one of the fields. One of a field that is not known cannot be read. */
export function readClusterPeer(fields: Fields, rules: PeerRules): readonly PeerPart[] {
  const field = oneField(fields, rules.fields);
  switch (field) {
    case undefined:
      return [unreadable(fields)];
    case 'networks':
      return readNetworks(fields, rules.mostCidrs);
    case 'nodes':
      return [readNodes(fields)];
    case 'domainNames':
      return [readDomains(fields, rules)];
    default:
      return [readPods(fields)];
  }
}

function oneField<Field extends string>(fields: Fields, known: readonly Field[]): Field | undefined {
  const written = Object.keys(fields.raw).filter((key) => (fields.raw[key] ?? null) !== null);
  const [first, ...more] = written;
  const field = known.find((name) => name === first);
  if (field !== undefined && more.length === 0) return field;
  const complaint = `must have exactly one of ${known.join(', ')}`;
  reportInvalid(fields, [], fields.raw, complaint);
  return undefined;
}

/** How v0.1.1 and before wrote peers; a later server leaves these out, and what is left would mean everyone. */
const OLD_FIELDS: readonly (readonly [under: 'namespaces' | 'pods', key: string])[] = [
  ['namespaces', 'sameLabels'],
  ['namespaces', 'notSameLabels'],
  ['namespaces', 'namespaceSelector'],
  ['pods', 'namespaces'],
];

function readPods(fields: Fields): PeerPart {
  for (const [under, key] of OLD_FIELDS) {
    const part = fields.raw[under];
    if (!isMapping(part) || (part[key] ?? null) === null) continue;
    const complaint = 'this field of network-policy-api v0.1.1 is not read: write labels to select by';
    reportInvalid(fields, [under, key], part[key], complaint);
    return unreadable(fields);
  }
  const namespaces = readPlacedSelector(fields, 'namespaces');
  if (namespaces !== undefined) return { kind: 'pods', namespaces, path: [...fields.path, 'namespaces'] };
  const pods = readMapping(fields, 'pods');
  if (pods === undefined) return unreadable(fields);
  for (const key of ['namespaceSelector', 'podSelector']) {
    if ((pods.raw[key] ?? null) === null) reportRequired(pods, key);
  }
  return {
    kind: 'pods',
    namespaces: readPlacedSelector(pods, 'namespaceSelector') ?? everything(pods, 'namespaceSelector'),
    pods: readPlacedSelector(pods, 'podSelector') ?? everything(pods, 'podSelector'),
    path: pods.path,
  };
}

function readNetworks(fields: Fields, mostCidrs: number): readonly PeerPart[] {
  checkLength(fields, 'networks', mostCidrs);
  const written = fields.raw['networks'];
  const cidrs: readonly Cidr[] = readCidrs(fields, 'networks');
  const isWhole = Array.isArray(written) && written.length === cidrs.length && cidrs.length > 0;
  if (!isWhole) return [unreadable(fields, 'networks')];
  return cidrs.map((cidr, index) => ({
    kind: 'block',
    cidr,
    except: [],
    path: [...fields.path, 'networks', index],
  }));
}

function readNodes(fields: Fields): PeerPart {
  const nodes = readPlacedSelector(fields, 'nodes');
  return nodes === undefined ? unreadable(fields) : { kind: 'nodes', nodes, path: [...fields.path, 'nodes'] };
}

const DOMAIN_FORM = /^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?\.?$/;

function readDomains(fields: Fields, { domains }: PeerRules): PeerPart {
  if (domains === 'forbidden') {
    reportInvalid(
      fields,
      ['domainNames'],
      fields.raw['domainNames'],
      'may only be used in rules that accept',
    );
    return unreadable(fields);
  }
  const names = readStrings(fields, 'domainNames');
  for (const [index, name] of names.entries()) {
    if (!DOMAIN_FORM.test(name)) reportInvalid(fields, ['domainNames', index], name, 'must be a DNS name');
  }
  return { kind: 'domains', names, path: [...fields.path, 'domainNames'] };
}

/** `spec.priority`, 0 to 1000; a bad one counts as the last. */
export function readPriority(spec: Fields): number {
  if ((spec.raw['priority'] ?? null) === null) reportRequired(spec, 'priority');
  return readInteger(spec, 'priority', { min: 0, max: 1000 }) ?? 1000;
}

/** The rule's name, where it has one. */
export function readRuleName(fields: Fields): { readonly name?: string } {
  const name = readString(fields, 'name');
  return name === undefined || name === '' ? {} : { name };
}
