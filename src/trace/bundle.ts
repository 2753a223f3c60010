/**
 * Branches of a fork that go the same way. A Service may have thousands of endpoints: of replicas that nothing tells
 * apart one is walked, and stands for the others; of endpoints that are no pods, where there are very many, some.
 */

import { addTo } from '../collections/grouping.ts';
import { changeTransit, type Departure } from '../dataplane/transit.ts';
import { addFractions } from '../net/fraction.ts';
import type { Packet } from '../net/packet.ts';

/** So many branches of a fork are walked. */
const MOST_BRANCHES = 1000;

export interface Bundle {
  readonly departure: Departure;
  /** The packets of branches that would be walked alike, to other replicas; their share is in its own. */
  readonly alike: readonly Packet[];
  /** How many other branches it stands for, of which that is only taken for granted; their share is in its own. */
  readonly merged: number;
}

export interface Bundling {
  /** More branches to what is no pod are bundled; without it, a thousand. */
  readonly most?: number | undefined;
  /** What is behind a destination, such that two with one likeness cannot differ; undefined: they may. */
  likenessOf(packet: Packet): string | undefined;
}

/** The branches to walk; their shares sum to that of all branches. */
export function bundleDepartures(departures: readonly Departure[], bundling: Bundling): readonly Bundle[] {
  if (departures.length === 1) return departures.map(alone);
  const unlike: Bundle[] = [];
  const replicas = new Map<string, Departure[]>();
  for (const departure of departures) {
    const likeness = bundling.likenessOf(departure.transit.packet);
    if (likeness === undefined) unlike.push(alone(departure));
    else addTo(replicas, `${wayOf(departure)} ${likeness}`, departure);
  }
  const { most = MOST_BRANCHES } = bundling;
  const alike = [...replicas.values()].map(bundleAlike);
  return [...alike, ...(unlike.length <= most ? unlike : bundleWays(unlike, most))];
}

function alone(departure: Departure): Bundle {
  return { departure, alike: [], merged: 0 };
}

/** What the next namespace can tell: where a packet leaves, for whom, from whom and whether to itself; or what stops it. */
function wayOf({ exit, transit: { packet } }: Departure): string {
  const flow = `${packet.src.text} ${packet.srcPort} ${packet.dstPort} ${packet.src === packet.dst}`;
  switch (exit.kind) {
    case 'wire':
      return `wire ${exit.device.name} ${exit.nextHop.text} ${flow}`;
    case 'local':
      return `local ${exit.device} ${flow}`;
    case 'stopped':
      return `stopped ${exit.stop.kind} ${flow}`;
  }
}

/** The first one, for all. */
function bundleAlike(departures: readonly Departure[]): Bundle {
  const [first, ...others] = departures as [Departure, ...Departure[]];
  const alike = others.map(({ transit }) => transit.packet);
  return { departure: withShares(first, others), alike, merged: 0 };
}

/** Of each way so many that all are walked in `most` walks; the last of a way stands for its rest. */
function bundleWays(bundles: readonly Bundle[], most: number): readonly Bundle[] {
  const ways = new Map<string, Departure[]>();
  for (const { departure } of bundles) addTo(ways, wayOf(departure), departure);
  const each = Math.max(1, Math.floor(most / ways.size));
  return [...ways.values()].flatMap((way) => {
    const rest = way.slice(each);
    return way.slice(0, each).map((departure, index) => {
      if (index < each - 1 || rest.length === 0) return alone(departure);
      return { departure: withShares(departure, rest), alike: [], merged: rest.length };
    });
  });
}

function withShares(departure: Departure, others: readonly Departure[]): Departure {
  const { transit } = departure;
  const share = others.reduce((sum, other) => addFractions(sum, other.transit.share), transit.share);
  return { transit: changeTransit(transit, { share }), exit: departure.exit };
}
