/** Hints by a Service's `spec.trafficDistribution`. Source: kubernetes/endpointslice:trafficdist/trafficdist.go. */

import type { FeatureGates } from './feature-gates.ts';

/** What hints are made from, and the hints. */
export interface HintedEndpoint {
  /** Only `true` counts: nobody is hinted at an endpoint whose condition is not written. */
  readonly ready?: boolean | undefined;
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

/**
 * The endpoints with the hints of a traffic distribution: each ready one at its own zone, and with
 * PreferSameNode at its node; others keep theirs. A value that nobody knows takes all hints away.
 */
export function hintByTrafficDistribution<Item extends HintedEndpoint>(
  endpoints: readonly Item[],
  distribution: string | undefined,
): readonly Item[] {
  if (!isDistribution(distribution)) {
    return endpoints.map((endpoint) => ({ ...endpoint, zoneHints: [], nodeHints: [] }));
  }
  const atNodes = distribution === 'PreferSameNode';
  return endpoints.map((endpoint) => {
    const { ready, zone, node } = endpoint;
    if (ready !== true) return endpoint;
    return {
      ...endpoint,
      zoneHints: zone === undefined ? [] : [zone],
      nodeHints: atNodes && node !== undefined ? [node] : [],
    };
  });
}

/** Does the controller of this version heed the value? Source: kubernetes/endpointslice:reconciler.go. */
export function isDistributionValid(distribution: string | undefined, gates: FeatureGates): boolean {
  if (!gates.serviceTrafficDistribution || !isDistribution(distribution)) return false;
  return distribution === 'PreferClose' || gates.preferSameTrafficDistribution;
}

function isDistribution(distribution: string | undefined): boolean {
  return (
    distribution === 'PreferClose' || distribution === 'PreferSameZone' || distribution === 'PreferSameNode'
  );
}
