/**
 * Whom a Gateway asks for certificates of their own: `spec.tls.frontend`, before v1.4 `tls.frontendValidation` of a listener.
 * Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go FrontendTLSConfig, FrontendTLSValidation.
 */

import type { FieldPath } from '../../source/document.ts';
import { type Fields, readEnum, readMapping, readMappings, readPort } from '../fields.ts';
import { type ObjectRef, readObjectRef } from './references.ts';

/** What the certificate of a client has to show. */
export interface ClientValidation {
  readonly authorities: readonly ObjectRef[];
  /** Do clients without a valid one get in all the same? */
  readonly mode: 'AllowValidOnly' | 'AllowInsecureFallback';
  readonly path: FieldPath;
}

export interface FrontendTls {
  /** Of every port that has none of its own; undefined: nobody is asked. */
  readonly others?: ClientValidation;
  readonly byPort: ReadonlyMap<number, ClientValidation | undefined>;
}

const MODES = ['AllowValidOnly', 'AllowInsecureFallback'] as const;

/** `spec.tls.frontend`. */
export function readFrontendTls(spec: Fields): FrontendTls {
  const tls = readMapping(spec, 'tls');
  const frontend = tls === undefined ? undefined : readMapping(tls, 'frontend');
  if (frontend === undefined) return { byPort: new Map() };
  const byDefault = readMapping(frontend, 'default');
  const others = byDefault === undefined ? undefined : readClientValidation(byDefault, 'validation');
  const byPort = readMappings(frontend, 'perPort').flatMap((entry) => {
    const port = readPort(entry, 'port');
    const own = readMapping(entry, 'tls');
    if (port === undefined) return [];
    return [[port, own === undefined ? undefined : readClientValidation(own, 'validation')] as const];
  });
  return { ...(others === undefined ? {} : { others }), byPort: new Map(byPort) };
}

/** A field that says how clients are validated; undefined where there is none. */
export function readClientValidation(fields: Fields, key: string): ClientValidation | undefined {
  const validation = readMapping(fields, key);
  if (validation === undefined) return undefined;
  return {
    authorities: readMappings(validation, 'caCertificateRefs').flatMap(
      (entry) => readObjectRef(entry, { group: '', kind: 'ConfigMap' }) ?? [],
    ),
    mode: readEnum(validation, 'mode', MODES) ?? 'AllowValidOnly',
    path: validation.path,
  };
}
