/**
 * Branches of a fork that go the same way. A Service may have thousands of endpoints: of those that leave by
 * one device for one next hop some are walked, and stand for the others.
 */

import type { Departure } from '../dataplane/transit.ts';
import { addFractions } from '../net/fraction.ts';

/** So many branches of a fork are walked. */
const MOST_BRANCHES = 1000;

export interface Bundle {
  readonly departure: Departure;
  /** How many other branches it stands for; their share is in its own. */
  readonly merged: number;
}

/** The branches to walk; their shares sum to that of all branches. @param most more are bundled. */
export function bundleDepartures(
  departures: readonly Departure[],
  most: number = MOST_BRANCHES,
): readonly Bundle[] {
  if (departures.length <= most) {
    return departures.map((departure) => ({ departure, merged: 0 }));
  }
  const ways = new Map<string, Departure[]>();
  for (const departure of departures) {
    const key = wayOf(departure);
    const way = ways.get(key);
    if (way === undefined) ways.set(key, [departure]);
    else way.push(departure);
  }
  const each = Math.max(1, Math.floor(most / ways.size));
  return [...ways.values()].flatMap((way) => bundle(way, each));
}

/** What the next namespace can tell: where a packet leaves, and for whom; or what stops it. */
function wayOf({ exit }: Departure): string {
  switch (exit.kind) {
    case 'wire':
      return `wire ${exit.device.name} ${exit.nextHop.text}`;
    case 'local':
      return `local ${exit.device}`;
    case 'stopped':
      return `stopped ${exit.stop.kind}`;
  }
}

/** The first of a way; the last of them stands for the rest. */
function bundle(way: readonly Departure[], most: number): readonly Bundle[] {
  const rest = way.slice(most);
  return way.slice(0, most).map((departure, index) => {
    if (index < most - 1 || rest.length === 0) return { departure, merged: 0 };
    const { transit } = departure;
    const share = rest.reduce((sum, other) => addFractions(sum, other.transit.share), transit.share);
    return { departure: { ...departure, transit: { ...transit, share } }, merged: rest.length };
  });
}
