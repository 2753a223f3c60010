/** Annotations that a controller reads and that are not followed here. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';

/** Those annotations of an Ingress whose key, with the prefix, is one of them; an empty value says nothing. */
export function unmodelledAnnotations(
  { metadata, origin }: IngressObject,
  isOne: (key: string) => boolean,
): readonly Diagnostic[] {
  return [...metadata.annotations]
    .filter(([key, value]) => value !== '' && isOne(key))
    .map(([key]) => notFollowed(`annotation ${key}`, refTo(origin, 'metadata', 'annotations', key)));
}

/** Says that a setting of a controller is not followed. @param what names it. */
export function notFollowed(what: string, at: SourceRef): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `${what} is not modelled; it can change what a request gets`,
    sources: [{ at, role: 'primary' }],
  };
}
