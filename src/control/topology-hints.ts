/**
 * Hints by the annotation `topology-mode: Auto`: each zone gets endpoints by its share of CPU, its own
 * first. Source: kubernetes/endpointslice:topologycache. Where upstream takes a zone at random, the first
 * by name is taken.
 */

import { compareText } from '../collections/order.ts';
import type { Labels } from '../k8s/object.ts';
import type { HintedEndpoint } from './traffic-distribution.ts';
import type { ZoneShares } from './zone-shares.ts';

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const DEPRECATED_HINTS = 'service.kubernetes.io/topology-aware-hints';
/** An endpoint may get this much more than its part of the traffic. */
const OVERLOAD = 0.2;

/**
 * Do a Service's annotations ask for these hints? Of the two, the deprecated one decides.
 * Source: kubernetes/endpointslice:utils.go hintsEnabled.
 */
export function isTopologyAuto(annotations: Labels): boolean {
  const value = annotations.get(DEPRECATED_HINTS) ?? annotations.get(TOPOLOGY_MODE);
  return value === 'Auto' || value === 'auto';
}

export interface TopologyHints<Item> {
  readonly endpoints: readonly Item[];
  /** Why no endpoint has a hint. */
  readonly refusal?: string;
}

/**
 * The endpoints of a Service in one family, with hints; all without one when they cannot be spread well.
 * @param shares undefined when too little is known of the nodes.
 */
export function hintByZoneShares<Item extends HintedEndpoint>(
  endpoints: readonly Item[],
  shares: ZoneShares | undefined,
): TopologyHints<Item> {
  const ready = endpoints.filter((endpoint) => endpoint.ready === true);
  const desired = desiredByZone(shares, ready.length);
  if (typeof desired === 'string') return refuse(endpoints, desired);
  const current = new Map<string, number>();
  for (const { zone } of ready) {
    if (zone === undefined || zone === '') {
      return refuse(endpoints, 'one or more endpoints have no zone');
    }
    current.set(zone, (current.get(zone) ?? 0) + 1);
  }
  const { giving, receiving } = rebalanceZones(desired, current);
  return { endpoints: redistribute(endpoints, new Map(giving), new Map(receiving)) };
}

function refuse<Item extends HintedEndpoint>(
  endpoints: readonly Item[],
  refusal: string,
): TopologyHints<Item> {
  return {
    endpoints: endpoints.map((endpoint) => ({ ...endpoint, zoneHints: [], nodeHints: [] })),
    refusal,
  };
}

/** How many endpoints each zone should have, in fractions; in words why that cannot be met. */
function desiredByZone(shares: ZoneShares | undefined, count: number): ReadonlyMap<string, number> | string {
  if (shares === undefined) {
    return 'zone and allocatable CPU of every ready node, in two zones at least, are not known';
  }
  const amounts = `(${count} ready endpoints, ${shares.size} zones)`;
  if (shares.size > count) return `there are fewer ready endpoints than zones ${amounts}`;
  const desired = new Map<string, number>();
  let total = 0;
  for (const [zone, share] of shares) {
    const exact = share * count;
    const minimum = Math.ceil(exact * (1 / (1 + OVERLOAD)));
    total += minimum;
    desired.set(zone, Math.max(exact, minimum));
  }
  return total > count ? `some zone would be overloaded ${amounts}` : desired;
}

export interface ZoneTransfers {
  /** How many endpoints a zone gives to others, and gets from others; zones that do not are not in it. */
  readonly giving: ReadonlyMap<string, number>;
  readonly receiving: ReadonlyMap<string, number>;
}

/**
 * Which zones give endpoints to which need them: one at a time from the zone that has most too many to the
 * one that lacks most, while both differ by a half and one by a whole.
 * @param desired endpoints that each zone should have, in fractions.
 * @param current endpoints that each zone has.
 */
export function rebalanceZones(
  desired: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
): ZoneTransfers {
  const surplus = new Map<string, number>();
  for (const zone of [...desired.keys()].sort(compareText)) {
    surplus.set(zone, (current.get(zone) ?? 0) - (desired.get(zone) ?? 0));
  }
  const deficit = new Map([...surplus].filter(([, much]) => much < 0).map(([zone, much]) => [zone, -much]));
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const [from, to] = [largest(surplus), largest(deficit)];
    if (from === undefined || to === undefined) break;
    if ((from.amount < 1 && to.amount < 1) || from.amount < 0.5 || to.amount < 0.5) break;
    move(from, surplus, giving);
    move(to, deficit, receiving);
  }
  return { giving, receiving };
}

interface Amount {
  readonly zone: string;
  readonly amount: number;
}

function move({ zone, amount }: Amount, left: Map<string, number>, moved: Map<string, number>): void {
  left.set(zone, amount - 1);
  moved.set(zone, (moved.get(zone) ?? 0) + 1);
}

/** The first of the zones with the greatest positive amount. */
function largest(amounts: ReadonlyMap<string, number>): Amount | undefined {
  let found: Amount | undefined;
  for (const [zone, amount] of amounts) if (amount > (found?.amount ?? 0)) found = { zone, amount };
  return found;
}

/** Each ready endpoint is hinted at its zone, or at one that its zone gives to. */
function redistribute<Item extends HintedEndpoint>(
  endpoints: readonly Item[],
  giving: Map<string, number>,
  receiving: Map<string, number>,
): readonly Item[] {
  return endpoints.map((endpoint) => {
    const { ready, zone = '' } = endpoint;
    if (ready !== true) return endpoint;
    const left = giving.get(zone) ?? 0;
    const [to, wanted] = [...receiving].find(([, count]) => count > 0) ?? [zone, 0];
    if (left === 0 || wanted === 0) return { ...endpoint, zoneHints: [zone], nodeHints: [] };
    giving.set(zone, left - 1);
    receiving.set(to, wanted - 1);
    return { ...endpoint, zoneHints: [to], nodeHints: [] };
  });
}
