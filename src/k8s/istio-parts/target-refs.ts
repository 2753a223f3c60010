/** Objects that a policy is attached to, where it has no selector (istio/api:type/v1beta1/selector.proto). */

import { type Fields, readMapping, readMappings, readString, reportInvalid } from '../fields.ts';

export interface TargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** `targetRefs`, or the older `targetRef`; both beside a selector are refused. */
export function readTargetRefs(spec: Fields): readonly TargetRef[] {
  const single = readMapping(spec, 'targetRef');
  const refs = [...readMappings(spec, 'targetRefs'), ...(single === undefined ? [] : [single])];
  if (refs.length > 0 && readMapping(spec, 'selector') !== undefined) {
    reportInvalid(spec, ['targetRefs'], {}, 'only one of targetRefs or workloadSelector can be set');
  }
  return refs.map((ref) => ({
    group: readString(ref, 'group') ?? '',
    kind: readString(ref, 'kind') ?? '',
    name: readString(ref, 'name') ?? '',
  }));
}
