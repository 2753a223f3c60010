/**
 * Documents to objects. Kinds that nobody reads are kept by kind and apiVersion alone and never parsed,
 * unless somebody asks for them by kind.
 */

import { groupBy } from '../collections/grouping.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { isMapping, type ManifestDocument, type RawMapping } from '../source/document.ts';
import { refTo } from '../source/ref.ts';
import type { Fields } from './fields.ts';
import { type FoundObject, objectsOf } from './found-objects.ts';
import {
  type AnyKindReader,
  type K8sAnyObject,
  type KnownKind,
  type ObjectOfKind,
  readerOf,
} from './kinds.ts';
import { reportUnknownFields } from './known-fields.ts';
import { subdomainComplaint } from './name-forms.ts';
import { groupOf, objectLabel } from './names.ts';
import type { OtherObject, ReadOptions } from './object.ts';
import { readMetadata } from './read-metadata.ts';
import { helpWith, meantKind } from './unserved-kinds.ts';

export interface ObjectSet {
  /** Objects of the kinds that are read, in the order of the input. */
  readonly objects: readonly K8sAnyObject[];
  ofKind<Kind extends KnownKind>(kind: Kind): readonly ObjectOfKind<Kind>[];
  /** Objects of all other kinds. */
  readonly others: readonly OtherObject[];
  otherOfKind(kind: string): readonly OtherObject[];
  /** How many objects of each kind there are, read or not. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface ReadObjectsOptions extends ReadOptions {
  /** Of namespaced objects that name none. */
  readonly namespace: string;
}

interface Reading {
  readonly options: ReadObjectsOptions;
  readonly report: Report;
  /** By group, kind, namespace and name; an object that is written again moves to its last place. */
  readonly objects: Map<string, K8sAnyObject>;
  readonly others: OtherObject[];
  readonly generated: Map<string, number>;
  /** By apiVersion: the objects of versions that are not the served ones. */
  readonly oldVersions: Map<string, OldVersion>;
}

interface OldVersion {
  readonly first: FoundObject;
  readonly reader: AnyKindReader;
  count: number;
}

/** Old versions that are reported; a text with more of them is no manifest. */
const MOST_OLD_VERSIONS = 10;

/**
 * Reads all objects of the documents. Documents without an apiVersion are no objects and are left out
 * without a word; everything else that cannot be used is reported.
 */
export function readObjects(
  documents: readonly ManifestDocument[],
  options: ReadObjectsOptions,
  report: Report,
): ObjectSet {
  const reading: Reading = {
    options,
    report,
    objects: new Map(),
    others: [],
    generated: new Map(),
    oldVersions: new Map(),
  };
  for (const document of documents) {
    for (const found of objectsOf(document, report)) {
      const reader = readerOf(found.apiVersion, found.kind);
      if (reader !== undefined) readObject(reading, found, reader);
      else {
        reading.others.push(otherObject(found, options.namespace));
        reportUnserved(found, reading);
      }
    }
  }
  reportOldVersions(reading);
  return objectSet([...reading.objects.values()], reading.others);
}

/** A kind that nobody serves under that name, though one nearly like it is served. A dump has no such object. */
function reportUnserved({ apiVersion, kind, origin }: FoundObject, { options, report }: Reading): void {
  const meant = options.defaults ? meantKind(apiVersion, kind) : undefined;
  if (meant === undefined) return;
  report({
    code: 'unknown-kind',
    severity: 'error',
    text: `no matches for kind "${kind}" in version "${apiVersion}"`,
    sources: [{ at: refTo(origin, 'kind'), role: 'primary' }],
    help: [helpWith(meant, { apiVersion, kind }, origin)],
  });
}

function noteVersion({ oldVersions }: Reading, found: FoundObject, reader: AnyKindReader): void {
  const { apiVersions, stillServed = [] } = reader;
  if (found.apiVersion === apiVersions[0] || stillServed.includes(found.apiVersion)) return;
  const known = oldVersions.get(found.apiVersion);
  if (known === undefined) oldVersions.set(found.apiVersion, { first: found, reader, count: 1 });
  else known.count++;
}

/** One word for each version: today's API server does not know it, but what the object means is clear. */
function reportOldVersions({ oldVersions, report }: Reading): void {
  for (const [apiVersion, { first, reader, count }] of [...oldVersions].slice(0, MOST_OLD_VERSIONS)) {
    const served = reader.apiVersions[0];
    const what = reader.apiVersions.includes(apiVersion) ? 'is no longer served' : 'is not a known version';
    const others = count === 1 ? '' : `, and ${count - 1} more of ${apiVersion}`;
    report({
      code: 'deprecated-version',
      severity: 'info',
      text: `${apiVersion} ${what}: a ${reader.kind}${others}, read as ${served}`,
      sources: [{ at: refTo(first.origin, 'apiVersion'), role: 'primary' }],
      help: [{ text: `write apiVersion: ${served}`, applicability: 'likely' }],
    });
  }
}

function objectSet(objects: readonly K8sAnyObject[], others: readonly OtherObject[]): ObjectSet {
  const byKind = groupBy(objects, ({ kind }): string => kind);
  const othersByKind = groupBy(others, ({ kind }) => kind);
  const counts = new Map([...byKind].map(([kind, { length }]) => [kind, length]));
  for (const [kind, { length }] of othersByKind) counts.set(kind, (counts.get(kind) ?? 0) + length);
  return {
    objects,
    ofKind: <Kind extends KnownKind>(kind: Kind) =>
      (byKind.get(kind) ?? []) as unknown as ObjectOfKind<Kind>[],
    others,
    otherOfKind: (kind) => othersByKind.get(kind) ?? [],
    counts,
  };
}

function otherObject({ apiVersion, kind, origin, raw }: FoundObject, defaultNamespace: string): OtherObject {
  const metadata = (key: string): string | undefined => {
    const value = raw();
    const found = isMapping(value) && isMapping(value['metadata']) ? value['metadata'][key] : undefined;
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  return {
    apiVersion,
    kind,
    origin,
    get name() {
      return metadata('name') ?? '';
    },
    get namespace() {
      return metadata('namespace') ?? defaultNamespace;
    },
    get raw() {
      return raw();
    },
  };
}

function readObject(reading: Reading, found: FoundObject, reader: AnyKindReader): void {
  const raw = found.raw();
  if (!isMapping(raw)) return; // the document has been reported
  noteVersion(reading, found, reader);
  const { options, report } = reading;
  const fields: Fields = {
    raw,
    origin: found.origin,
    object: labelOf(raw, reader, options),
    path: [],
    report,
  };
  const metadata = readMetadata(fields, {
    namespaced: reader.namespaced,
    nameForm: reader.nameForm ?? subdomainComplaint,
    defaultNamespace: options.namespace,
    generateName: (prefix) => generateName(reading, `${reader.kind} ${prefix}`, prefix),
  });
  if (metadata === undefined) return;
  const { apiVersion, origin } = found;
  reportUnknownFields(fields, apiVersion, reader.kind);
  const body = reader.read(fields, metadata, options);
  addObject(reading, { apiVersion, kind: reader.kind, metadata, body, origin } as K8sAnyObject, reader);
}

/** The object's name for diagnostics, before anything in it is known to be right. */
function labelOf(raw: RawMapping, reader: AnyKindReader, options: ReadObjectsOptions): string {
  const metadata = isMapping(raw['metadata']) ? raw['metadata'] : {};
  const text = (key: string) => (typeof metadata[key] === 'string' ? metadata[key] : '');
  const namespace = reader.namespaced ? text('namespace') || options.namespace : '';
  return objectLabel(reader.writtenKind ?? reader.kind, namespace, text('name') || text('generateName'));
}

/** The API server appends random letters; here they are counted, so that no two objects are the same. */
function generateName(reading: Reading, key: string, prefix: string): string {
  const count = (reading.generated.get(key) ?? 0) + 1;
  reading.generated.set(key, count);
  return `${prefix}#${count}`;
}

/** Kinds that moved from one group to another are the same object in both. */
function addObject(reading: Reading, object: K8sAnyObject, reader: AnyKindReader): void {
  const { kind, metadata, origin } = object;
  const group = groupOf(reader.apiVersions[0] ?? '');
  const key = [group, kind, metadata.namespace, metadata.name].join('\n');
  const earlier = reading.objects.get(key);
  if (earlier !== undefined) {
    const label = objectLabel(reader.writtenKind ?? kind, metadata.namespace, metadata.name);
    reading.report({
      code: 'duplicate-object',
      severity: 'warning',
      text: `${label} is written twice; the last one counts`,
      sources: [
        { at: refTo(origin, 'metadata', 'name'), role: 'primary', object: label },
        { at: refTo(earlier.origin, 'metadata', 'name'), role: 'context', label: 'replaced' },
      ],
    });
    reading.objects.delete(key);
  }
  reading.objects.set(key, object);
}
