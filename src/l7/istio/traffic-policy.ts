/**
 * The settings that count for one destination: those of the subset before those of the rule, field by field; what is
 * written for the port takes the place of all of its level.
 * Source: istio/istio:pilot/pkg/networking/util/util.go MergeSubsetTrafficPolicy, MergeTrafficPolicy.
 * Rule: docs/semantics/istio.md 8.7.
 */

import type { PolicySettings, TrafficPolicy } from '../../k8s/istio-parts/traffic-policy.ts';
import type { MergedRule, PlacedSubset } from './destination-rules.ts';

const NOTHING: PolicySettings = { hasOutlierDetection: false };

/** @param port of the Service. */
export function trafficPolicyFor(
  rule: MergedRule | undefined,
  subset: PlacedSubset | undefined,
  port: number,
): PolicySettings {
  const own = levelFor(NOTHING, rule?.trafficPolicy, port);
  return levelFor(own, subset?.trafficPolicy, port);
}

function levelFor(outer: PolicySettings, policy: TrafficPolicy | undefined, port: number): PolicySettings {
  if (policy === undefined) return outer;
  const onPort = policy.ports.get(port);
  if (onPort !== undefined) return onPort;
  const { ports: _ports, ...settings } = policy;
  return {
    ...outer,
    ...settings,
    hasOutlierDetection: settings.hasOutlierDetection || outer.hasOutlierDetection,
  };
}
