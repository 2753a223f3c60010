/**
 * What the API server refuses of a Service's annotations: two that must agree, and the one that source ranges once were.
 * Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go validateService.
 */

import { parseCidr } from '../net/cidr.ts';
import { CIDR_FORM, type Fields, readSection, reportForbidden, reportInvalid } from './fields.ts';
import type { ServiceBody } from './service-body.ts';

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** Reports what is wrong. No proxy of a node reads any of them. @param fields of the Service. */
export function refuseAnnotations(fields: Fields, { type, loadBalancerSourceRanges }: ServiceBody): void {
  const metadata = readSection(fields, 'metadata');
  const annotations = readSection(metadata, 'annotations').raw;
  const [mode, hints] = [annotations[TOPOLOGY_MODE], annotations[TOPOLOGY_HINTS]];
  if (typeof mode === 'string' && typeof hints === 'string' && mode !== hints) {
    const complaint = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
    reportInvalid(metadata, ['annotations', TOPOLOGY_MODE], mode, complaint);
  }
  const ranges = annotations[SOURCE_RANGES];
  // The field wins over it.
  if (typeof ranges !== 'string' || loadBalancerSourceRanges.length > 0) return;
  const at = ['annotations', SOURCE_RANGES];
  if (type !== 'LoadBalancer')
    reportForbidden(metadata, at, "may only be used when `type` is 'LoadBalancer'");
  for (const range of ranges.trim() === '' ? [] : ranges.split(',')) {
    if (parseCidr(range.trim()) === undefined) reportInvalid(metadata, at, range.trim(), CIDR_FORM);
  }
}
