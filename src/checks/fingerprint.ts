/**
 * Names of findings that survive every change of layout: neither file nor line is in them, and items of lists
 * are known by their keys, as the API server merges them (x-kubernetes-list-map-keys), not by their index.
 */

import { sha1Hex } from '../net/sha1.ts';
import { type FieldPath, isContainer, isMapping } from '../source/document.ts';
import { valueIn } from '../source/ref.ts';
import type { Hit } from './hit.ts';

const VERSION = 'v1';
/** Fields that tell the items of a list apart, the first that an item has. */
const ITEM_KEYS = ['name', 'host', 'path', 'containerPort', 'port', 'ip', 'cidr'] as const;

/** `v1:` and 32 hexadecimal digits. */
export function fingerprintOf(rule: string, { subject, path, fact }: Hit): string {
  const { kind, namespace, name, origin } = subject;
  const raw = origin === undefined ? undefined : origin.path.reduce<unknown>(valueIn, origin.document.value);
  const parts = [rule, kind, namespace, name, stablePath(raw, path), fact ?? ''];
  return `${VERSION}:${sha1Hex(JSON.stringify(parts)).slice(0, 32)}`;
}

/** `spec.ports[name=http].targetPort`; `[]` for an item that nothing tells from its neighbours. */
function stablePath(raw: unknown, path: FieldPath): string {
  let value = raw;
  let text = '';
  for (const part of path) {
    value = valueIn(value, part);
    text += typeof part === 'number' ? `[${itemKey(value)}]` : `.${part}`;
  }
  return text;
}

function itemKey(item: unknown): string {
  if (isContainer(item) && !isMapping(item)) return '';
  if (!isMapping(item)) return item === undefined ? '' : `=${String(item)}`;
  for (const key of ITEM_KEYS) {
    const value = item[key];
    if (typeof value === 'string' || typeof value === 'number') return `${key}=${value}`;
  }
  return '';
}
