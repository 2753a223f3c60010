/** The data of ConfigMaps and Secrets, read by name when somebody asks: no other object of the kind is parsed. */

import { isMapping } from '../source/document.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { OtherObject } from './object.ts';
import type { ObjectSet } from './read.ts';

export interface DataEntry {
  readonly text: string;
  readonly at: SourceRef;
}

/** By key. */
export type ConfigData = ReadonlyMap<string, DataEntry>;

/** Which object. */
export interface DataRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/**
 * The text data of a ConfigMap or Secret; of two with the same name the last one counts. A Secret's `data` is
 * decoded, its `stringData` wins.
 * @returns undefined where the input has no such object.
 */
export function readConfigData(
  objects: ObjectSet,
  { kind, namespace, name }: DataRef,
): ConfigData | undefined {
  const object = objects
    .otherOfKind(kind)
    .findLast((each) => mayHaveName(each.origin, name) && each.name === name && each.namespace === namespace);
  if (object === undefined) return undefined;
  return kind === 'ConfigMap'
    ? entriesOf(object, 'data')
    : new Map([...entriesOf(object, 'data', decoded), ...entriesOf(object, 'stringData')]);
}

/** The name of a document that lacks the word need not be parsed. An item of a list is parsed already. */
function mayHaveName({ document, path }: SourceRef, name: string): boolean {
  const { start, end } = document.span;
  return path.length > 0 || document.file.text.slice(start, end).includes(name);
}

function entriesOf(
  { raw, origin }: OtherObject,
  field: string,
  convert: (text: string) => string = (text) => text,
): ConfigData {
  const data = isMapping(raw) ? raw[field] : undefined;
  const entries = new Map<string, DataEntry>();
  for (const [key, value] of Object.entries(isMapping(data) ? data : {})) {
    if (value === null || typeof value === 'object') continue;
    entries.set(key, { text: convert(String(value)), at: refTo(origin, field, key) });
  }
  return entries;
}

/** What is no base64 stays as it is written. */
function decoded(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s/g, '')), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return text;
  }
}
