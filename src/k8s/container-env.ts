/**
 * The environment of a container as written. It is read when somebody asks for it: most questions do not.
 * What is refused: kubernetes/kubernetes:pkg/apis/core/validation ValidateEnv, ValidateEnvFrom.
 */

import type { FieldPath } from '../source/document.ts';
import {
  type Fields,
  pickStrings,
  readBoolean,
  readMapping,
  readMappings,
  readString,
  readStrings,
  reportInvalid,
  reportRequired,
  requireString,
} from './fields.ts';

/** Where a value comes from that is not written as it is. */
export type EnvSource =
  | { readonly kind: 'field'; readonly fieldPath: string }
  | {
      readonly kind: 'resource';
      /** `limits.cpu`. */
      readonly resource: string;
      readonly container?: string;
      readonly divisor?: string;
    }
  | {
      readonly kind: 'ConfigMap' | 'Secret';
      readonly name: string;
      readonly key: string;
      readonly optional: boolean;
    }
  /** fileKeyRef and what may come: `what` names it. */
  | { readonly kind: 'other'; readonly what: string };

export interface EnvEntry {
  readonly name: string;
  /** An empty one counts as none (kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go). */
  readonly value: string;
  readonly source?: EnvSource;
  /** Relative to the object. */
  readonly path: FieldPath;
}

export interface EnvFromEntry {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly prefix: string;
  readonly optional: boolean;
  readonly path: FieldPath;
}

export interface ContainerEnv {
  readonly env: readonly EnvEntry[];
  readonly envFrom: readonly EnvFromEntry[];
  /** Both see the variables as `$(NAME)`. */
  readonly command: readonly string[];
  readonly args: readonly string[];
}

const NAME_FORM =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** The environment that a container's fields give it. */
export function readContainerEnv(container: Fields): ContainerEnv {
  return {
    env: readMappings(container, 'env').flatMap(readEntry),
    envFrom: readMappings(container, 'envFrom').flatMap(readFrom),
    command: readStrings(container, 'command'),
    args: readStrings(container, 'args'),
  };
}

function readEntry(fields: Fields): readonly EnvEntry[] {
  const name = requireString(fields, 'name');
  if (name === undefined) return [];
  if (!/^[\x20-\x3c\x3e-\x7e]+$/.test(name)) {
    reportInvalid(fields, ['name'], name, NAME_FORM);
    return [];
  }
  const value = readString(fields, 'value') ?? '';
  const source = readSource(fields);
  if (value !== '' && source !== undefined) {
    reportInvalid(fields, ['valueFrom'], '', 'may not be specified when `value` is not empty');
  }
  return [{ name, value, ...(source === undefined ? {} : { source }), path: fields.path }];
}

function readSource(entry: Fields): EnvSource | undefined {
  const from = readMapping(entry, 'valueFrom');
  if (from === undefined) return undefined;
  const [what, ...others] = Object.keys(from.raw);
  if (what === undefined) {
    reportInvalid(
      entry,
      ['valueFrom'],
      from.raw,
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    );
    return undefined;
  }
  if (others.length > 0) {
    reportInvalid(entry, ['valueFrom'], from.raw, 'may not have more than one field specified at a time');
  }
  const fields = readMapping(from, what);
  return fields === undefined ? undefined : sourceOf(what, fields);
}

/** A quantity, which may be written as a number. */
function readDivisor(fields: Fields): string | undefined {
  const value = fields.raw['divisor'];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  reportInvalid(fields, ['divisor'], value, 'must be a quantity');
  return undefined;
}

function sourceOf(what: string, fields: Fields): EnvSource | undefined {
  switch (what) {
    case 'fieldRef': {
      const fieldPath = requireString(fields, 'fieldPath');
      return fieldPath === undefined ? undefined : { kind: 'field', fieldPath };
    }
    case 'resourceFieldRef': {
      const resource = requireString(fields, 'resource');
      const { containerName: container } = pickStrings(fields, ['containerName']);
      const divisor = readDivisor(fields);
      if (resource === undefined) return undefined;
      return {
        kind: 'resource',
        resource,
        ...(container === undefined ? {} : { container }),
        ...(divisor === undefined ? {} : { divisor }),
      };
    }
    case 'configMapKeyRef':
      return keyRef('ConfigMap', fields);
    case 'secretKeyRef':
      return keyRef('Secret', fields);
    default:
      return { kind: 'other', what };
  }
}

function keyRef(kind: 'ConfigMap' | 'Secret', fields: Fields): EnvSource | undefined {
  const name = requireString(fields, 'name');
  const key = requireString(fields, 'key');
  const optional = readBoolean(fields, 'optional') ?? false;
  return name === undefined || key === undefined ? undefined : { kind, name, key, optional };
}

function readFrom(fields: Fields): readonly EnvFromEntry[] {
  const prefix = readString(fields, 'prefix') ?? '';
  const configMap = readMapping(fields, 'configMapRef');
  const secret = configMap === undefined ? readMapping(fields, 'secretRef') : undefined;
  const ref = configMap ?? secret;
  if (ref === undefined) {
    reportRequired(fields, 'configMapRef', 'must specify one of: `configMapRef` or `secretRef`');
    return [];
  }
  const name = requireString(ref, 'name');
  const optional = readBoolean(ref, 'optional') ?? false;
  const kind = configMap === undefined ? 'Secret' : 'ConfigMap';
  return name === undefined ? [] : [{ kind, name, prefix, optional, path: fields.path }];
}
