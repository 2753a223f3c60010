/** How Istio's objects select workloads, and to whom they are visible. */

import { type Fields, readMapping, readStringMap, readStrings, reportInvalid } from '../fields.ts';
import type { Labels } from '../object.ts';

/** `selector.matchLabels` (istio/api:type/v1beta1/selector.proto); undefined where there is none. */
export function readWorkloadLabels(spec: Fields, key: 'selector' | 'workloadSelector'): Labels | undefined {
  const selector = readMapping(spec, key);
  return selector === undefined ? undefined : readStringMap(selector, 'matchLabels');
}

/** `workloadSelector.labels` (istio/api:networking/v1alpha3/sidecar.proto); undefined where there is none. */
export function readNetworkingLabels(spec: Fields): Labels | undefined {
  const selector = readMapping(spec, 'workloadSelector');
  return selector === undefined ? undefined : readStringMap(selector, 'labels');
}

/**
 * `exportTo`: `*`, `.`, `~` or namespaces; empty where nothing is written.
 * Source of the complaint: istio/istio:pkg/config/validation/validation.go validateExportTo.
 */
export function readExportTo(spec: Fields): readonly string[] {
  const values = readStrings(spec, 'exportTo');
  if (values.includes('~') && values.length > 1) {
    reportInvalid(spec, ['exportTo'], values, 'cannot export both to no namespace (~) and to others');
  }
  return values;
}
