/**
 * How objects of the Gateway API name others: parents, backends, certificates. Source:
 * kubernetes-sigs/gateway-api:apis/v1/shared_types.go, object_reference_types.go.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readInteger,
  readMapping,
  readMappings,
  readPort,
  readString,
  reportInvalid,
  reportRequired,
  requireString,
} from '../fields.ts';

export const GATEWAY_GROUP = 'gateway.networking.k8s.io';
/** The group of ListenerSets before they were called so. */
export const EXPERIMENTAL_GROUP = 'gateway.networking.x-k8s.io';

export interface ObjectRef {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** undefined: the namespace of the object that has the reference. */
  readonly namespace?: string;
  readonly name: string;
  readonly path: FieldPath;
}

/** What a route wants to be attached to. */
export interface ParentRef extends ObjectRef {
  /** One listener of a Gateway or ListenerSet, or one port of a Service, by name. */
  readonly sectionName?: string;
  readonly port?: number;
}

export interface BackendRef extends ObjectRef {
  readonly port?: number;
  /** From 0 to 1,000,000. */
  readonly weight: number;
}

/** shared_types.go BackendRef.weight. */
const WEIGHTS = { min: 0, max: 1_000_000 };

/** What a reference names where it says no group or kind. */
interface RefDefaults {
  readonly group: string;
  readonly kind: string;
}

/** A reference with its own defaults; undefined where it has no name, which is reported. */
export function readObjectRef(fields: Fields, defaults: RefDefaults): ObjectRef | undefined {
  const name = requireString(fields, 'name');
  if (name === undefined) return undefined;
  if (name === '') {
    reportRequired(fields, 'name');
    return undefined;
  }
  const namespace = readString(fields, 'namespace');
  return {
    group: readString(fields, 'group') ?? defaults.group,
    kind: readString(fields, 'kind') || defaults.kind,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    name,
    path: fields.path,
  };
}

/** `spec.parentRefs`. */
export function readParentRefs(spec: Fields): readonly ParentRef[] {
  return readMappings(spec, 'parentRefs').flatMap((fields) => {
    const ref = readObjectRef(fields, { group: GATEWAY_GROUP, kind: 'Gateway' });
    if (ref === undefined) return [];
    const sectionName = readString(fields, 'sectionName');
    const port = readPort(fields, 'port');
    return [
      {
        ...ref,
        ...(sectionName === undefined || sectionName === '' ? {} : { sectionName }),
        ...(port === undefined ? {} : { port }),
      },
    ];
  });
}

/** One backend; a Service must be named with its port. */
export function readBackendRef(fields: Fields): BackendRef | undefined {
  const ref = readObjectRef(fields, { group: '', kind: 'Service' });
  if (ref === undefined) return undefined;
  const port = readPort(fields, 'port');
  if (ref.group === '' && ref.kind === 'Service' && port === undefined && isUnwritten(fields, 'port')) {
    reportInvalid(fields, [], '', 'Must have port for Service reference');
  }
  const weight = readInteger(fields, 'weight', WEIGHTS) ?? 1;
  return { ...ref, ...(port === undefined ? {} : { port }), weight };
}

/** `certificateRefs` and the like: Secrets, unless something else is written. */
export function readSecretRefs(fields: Fields, key: string): readonly ObjectRef[] {
  return readMappings(fields, key).flatMap(
    (entry) => readObjectRef(entry, { group: '', kind: 'Secret' }) ?? [],
  );
}

/** A backend in a field of its own, as a mirror has it. */
export function readBackendOf(fields: Fields): BackendRef | undefined {
  const backend = readMapping(fields, 'backendRef');
  if (backend === undefined) {
    reportRequired(fields, 'backendRef');
    return undefined;
  }
  return readBackendRef(backend);
}

function isUnwritten(fields: Fields, key: string): boolean {
  const value = fields.raw[key];
  return value === undefined || value === null;
}
