/** Reads what every object has: metav1.ObjectMeta. */

import {
  type Fields,
  pickStrings,
  readBoolean,
  readMappings,
  readSection,
  readString,
  readStringMap,
  reportInvalid,
  reportRequired,
} from './fields.ts';
import { type Complaint, labelComplaint } from './name-forms.ts';
import type { ObjectMeta, OwnerReference } from './object.ts';

export interface MetadataOptions {
  /** For cluster-scoped kinds the empty string is the namespace, whatever is written. */
  readonly namespaced: boolean;
  /** What the API server has against a name that is written. */
  readonly nameForm: Complaint;
  /** Of an object without one. */
  readonly defaultNamespace: string;
  /** A name for an object that only says `generateName`. */
  readonly generateName: (prefix: string) => string;
}

/** @returns undefined for an object without a name. */
export function readMetadata(fields: Fields, options: MetadataOptions): ObjectMeta | undefined {
  const metadata = readSection(fields, 'metadata');
  const {
    name: written,
    generateName,
    namespace,
  } = pickStrings(metadata, ['name', 'generateName', 'namespace']);
  const name = written ?? (generateName === undefined ? undefined : options.generateName(generateName));
  if (name === undefined) {
    reportRequired(
      { ...metadata, report: (each) => fields.report({ ...each, code: 'missing-name' }) },
      'name',
    );
    return undefined;
  }
  reportForm(metadata, 'name', options.nameForm);
  if (options.namespaced) reportForm(metadata, 'namespace', labelComplaint);
  return {
    name,
    namespace: options.namespaced ? (namespace ?? options.defaultNamespace) : '',
    labels: readStringMap(metadata, 'labels'),
    annotations: readStringMap(metadata, 'annotations'),
    ...pickStrings(metadata, ['creationTimestamp', 'deletionTimestamp']),
    owners: readMappings(metadata, 'ownerReferences').flatMap(readOwner),
  };
}

/** The object is read under the name all the same: what refers to it may be wrong in the same way. */
function reportForm(metadata: Fields, key: string, form: Complaint): void {
  const written = metadata.raw[key];
  const complaint = typeof written === 'string' && written !== '' ? form(written) : undefined;
  if (complaint !== undefined) reportInvalid(metadata, [key], written, complaint);
}

function readOwner(fields: Fields): readonly OwnerReference[] {
  const kind = readString(fields, 'kind');
  const name = readString(fields, 'name');
  if (kind === undefined || name === undefined) return [];
  return [{ kind, name, controller: readBoolean(fields, 'controller') ?? false }];
}
