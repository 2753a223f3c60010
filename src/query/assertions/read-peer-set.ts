/** Sets of peers as test files write them: words, references, blocks, and mappings as policies have them. */

import { type Fields, readMapping, readMappings, readStringMap, reportInvalid } from '../../k8s/fields.ts';
import { readSelector } from '../../k8s/read-selector.ts';
import type { LabelSelector } from '../../k8s/selector.ts';
import { parseCidr } from '../../net/cidr.ts';
import { isMapping } from '../../source/document.ts';
import type { PeerSet } from './assertion.ts';
import { checkKeys, readOneOrMore } from './test-fields.ts';

const SET_KEYS: readonly string[] = ['namespace', 'labels', 'podSelector', 'namespaceSelector', 'not'];

/** The set under a key; undefined where there is none that can be read, which is reported. */
export function readPeerSet(fields: Fields, key: string): PeerSet | undefined {
  const value = fields.raw[key];
  if (typeof value === 'string') return wordSet(value);
  if (Array.isArray(value)) return readUnion(fields, key, value);
  const mapping = readMapping(fields, key);
  return mapping === undefined ? undefined : readMappedSet(mapping);
}

function wordSet(text: string): PeerSet {
  if (text === 'everything' || text === 'internet') return { kind: text };
  const cidr = text.includes('/') ? parseCidr(text) : undefined;
  return cidr === undefined ? { kind: 'reference', text } : { kind: 'block', cidr };
}

function readUnion(fields: Fields, key: string, items: readonly unknown[]): PeerSet | undefined {
  const words = items.filter((item) => typeof item === 'string').map(wordSet);
  const mappings = items.some(isMapping)
    ? readMappings({ ...fields, raw: { [key]: items.filter((item) => typeof item !== 'string') } }, key)
    : [];
  const sets = mappings.map(readMappedSet);
  const of = [...words, ...sets.filter((set) => set !== undefined)];
  if (of.length === items.length && of.length > 0) return { kind: 'union', of };
  if (of.length === 0) reportInvalid(fields, [key], items, 'must name at least one set of peers');
  return undefined;
}

function readMappedSet(fields: Fields): PeerSet | undefined {
  if (!checkKeys(fields, SET_KEYS)) return undefined;
  if (fields.raw['not'] !== undefined) {
    const of = readPeerSet(fields, 'not');
    return of === undefined ? undefined : { kind: 'not', of };
  }
  const namespaces = readOneOrMore(fields, 'namespace');
  const namespaceSelector = readSelector(fields, 'namespaceSelector');
  const podSelector = podsOf(fields);
  return {
    kind: 'pods',
    ...(namespaces.length === 0 ? {} : { namespaces }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(podSelector === undefined ? {} : { podSelector }),
  };
}

/** `labels: {app: db}` is the short form of a podSelector; both must hold. */
function podsOf(fields: Fields): LabelSelector | undefined {
  const selector = readSelector(fields, 'podSelector');
  const labels = readStringMap(fields, 'labels');
  if (labels.size === 0) return selector;
  return {
    matchLabels: new Map([...(selector?.matchLabels ?? []), ...labels]),
    matchExpressions: selector?.matchExpressions ?? [],
  };
}
