/** What a policy of Istio is about: workloads, or objects that it is attached to (istio/api:type/v1beta1/selector.proto). */

import { type Fields, readMapping, readMappings, readString, reportInvalid } from '../fields.ts';
import type { Labels } from '../object.ts';
import { readWorkloadLabels } from './selector.ts';

export interface TargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

export interface PolicyScope {
  /** undefined: the whole namespace, or in the root namespace the whole mesh. */
  readonly selector?: Labels;
  /** Of waypoints and of Gateways of the Gateway API; with any, the policy is about no workload. */
  readonly targetRefs: readonly TargetRef[];
}

/** `selector`, and `targetRefs` or the older `targetRef`; both are refused. */
export function readPolicyScope(spec: Fields): PolicyScope {
  const selector = readWorkloadLabels(spec, 'selector');
  const single = readMapping(spec, 'targetRef');
  const refs = [...readMappings(spec, 'targetRefs'), ...(single === undefined ? [] : [single])];
  if (refs.length > 0 && selector !== undefined) {
    reportInvalid(spec, ['targetRefs'], {}, 'only one of targetRefs or workloadSelector can be set');
  }
  return { ...(selector === undefined ? {} : { selector }), targetRefs: refs.map(readTargetRef) };
}

function readTargetRef(ref: Fields): TargetRef {
  return {
    group: readString(ref, 'group') ?? '',
    kind: readString(ref, 'kind') ?? '',
    name: readString(ref, 'name') ?? '',
  };
}
