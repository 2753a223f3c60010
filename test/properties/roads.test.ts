/** All CNIs and proxy modes on small clusters: what holds of every walk, and where the roads must agree. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/index.ts';
import { addFractions, type Fraction, printFraction } from '../../src/net/fraction.ts';
import type { Flow, Walk } from '../../src/trace/trace.ts';
import { traceFlow } from '../../src/trace/tracer.ts';
import { roadFaults } from './road-invariants.ts';
import { PROXIES, ROADS, type Road } from './road-kinds.ts';
import {
  aimedService,
  flowsIn,
  type RoadFlow,
  type RoadService,
  type RoadWorld,
  roadFlows,
  roadSnapshot,
  roadWorlds,
} from './road-worlds.ts';

const ZERO: Fraction = { numerator: 0, denominator: 1 };
/** By which node packets for no node's own address come in. */
const ENTRY = 'node-a';

function walksOf({ dataplane, profile }: Snapshot, flow: Flow): readonly Walk[] {
  const { serviceCidrs, podCidrs } = profile;
  return traceFlow({ dataplane, serviceCidrs, podCidrs, entry: ENTRY }, flow);
}

const roads = fc.constantFrom(...ROADS);
const proxies = fc.constantFrom(...PROXIES);

test('every walk is whole: shares, devices, addresses, TTLs, the answer, the end', () => {
  let walked = 0;
  fc.assert(
    fc.property(roadWorlds, roadFlows, roads, proxies, (world, flows, road, proxy) => {
      const snapshot = roadSnapshot(world, road, proxy);
      for (const { flow } of flowsIn(world, flows)) {
        walked += 1;
        expect({
          road: road.name,
          flow: nameOf(flow),
          faults: roadFaults(snapshot.dataplane, walksOf(snapshot, flow)),
        }).toEqual({ road: road.name, flow: nameOf(flow), faults: [] });
      }
    }),
    { numRuns: 100 },
  );
  expect(walked).toBeGreaterThan(400);
});

function nameOf({ from, dst, dstPort }: Flow): string {
  return `${from} > ${dst.text}:${dstPort}`;
}

/** How much of it ends how and on which node; alike replicas may be walked as one. */
function endsOf(walks: readonly Walk[]): readonly string[] {
  const shares = new Map<string, Fraction>();
  for (const { share, disposition, taker } of walks) {
    const end = `${disposition} ${taker?.place.kind ?? 'nobody'} ${taker?.place.node ?? taker?.place.name ?? ''}`;
    shares.set(end, addFractions(shares.get(end) ?? ZERO, share));
  }
  return [...shares].map(([end, share]) => `${printFraction(share)} ${end}`).sort();
}

/** Roads that lead to every pod and out; what they differ in is how. */
const WHOLE_ROADS = ROADS.filter(
  ({ name }) => !/alloc|bridge none|ipMasq=false|natOutgoing=false|externalSNAT=true/.test(name),
);
/** Those whose programs take Services from kube-proxy, at least for some packets. */
const hasPrograms = ({ name }: Road) => /^(cilium|calico-ebpf)/.test(name);
/** Bridges that send no frame back to its port: a pod does not get to itself by its Service. */
const hasNoHairpin = ({ name }: Road) => /^bridge/.test(name) && !name.includes('hairpinMode=true');
/** The bridge plugin's ipMasq knows only the pods of its own node. */
const masqueradesPods = ({ name }: Road) => /^bridge/.test(name) && !name.includes('ipMasq=false');

const reference = WHOLE_ROADS[0] as Road;

describe('who takes a packet does not depend on the CNI', () => {
  test.each(PROXIES)('with kube-proxy in mode %s', (proxy) => {
    let compared = 0;
    fc.assert(
      fc.property(roadWorlds, roadFlows, fc.constantFrom(...WHOLE_ROADS), (world, flows, road) => {
        const isAsked = (asked: RoadFlow) =>
          isPlain(world, asked, road) && !(proxy === 'ipvs' && isLocal(world, asked));
        compared += compareRoads(world, { flows: flows.filter(isAsked), road, proxy });
      }),
      { numRuns: 50 },
    );
    expect(compared).toBeGreaterThan(80);
  });
});

/** How many connections were compared with the reference. */
function compareRoads(
  world: RoadWorld,
  {
    flows,
    road,
    proxy,
  }: { readonly flows: readonly RoadFlow[]; readonly road: Road; readonly proxy: string },
): number {
  const one = roadSnapshot(world, reference, proxy);
  const other = roadSnapshot(world, road, proxy);
  const asked = flowsIn(world, flows);
  for (const { flow } of asked) {
    const told = { road: road.name, flow: nameOf(flow) };
    const walks = walksOf(other, flow);
    expect({ ...told, ends: endsOf(walks) }).toEqual({ ...told, ends: endsOf(walksOf(one, flow)) });
    if (!masqueradesPods(road)) expect({ ...told, seen: strangers(walks) }).toEqual({ ...told, seen: [] });
  }
  return asked.length;
}

/** Is nothing about the connection that CNIs answer in ways of their own (docs/semantics/datapath.md)? */
function isPlain(world: RoadWorld, asked: RoadFlow, road: Road): boolean {
  const service = aimedService(world, asked);
  if (service === undefined) return true;
  const isSelf =
    typeof asked.from === 'number' && world.pods[asked.from % world.pods.length]?.app === service.app;
  if (isSelf && hasNoHairpin(road)) return false;
  return !hasPrograms(road) || (!isLocal(world, asked) && hasPods(world, service));
}

/** Is the Service for endpoints of the node alone? In IPVS mode others answer then, and it is the CNI's masquerade that decides. */
function isLocal(world: RoadWorld, asked: RoadFlow): boolean {
  const service = aimedService(world, asked);
  return service?.external === 'Local' || service?.internal === 'Local';
}

/** Pods that a pod reaches and that see another address than its own; a pod that is its own server must. */
function strangers(walks: readonly Walk[]): readonly string[] {
  return walks.flatMap(({ hops: [first], taker, disposition }) => {
    const sent = first?.steps[0]?.packet;
    const isPods = first?.place.kind === 'pod' && taker?.place.kind === 'pod' && disposition === 'accepted';
    const isInside = sent !== undefined && /^10\.(244|96)\./.test(sent.dst.text);
    if (!isPods || !isInside || first.place.name === taker.place.name) return [];
    return taker.packet.src === sent.src ? [] : [`${taker.place.name} sees ${taker.packet.src.text}`];
  });
}

test('who takes a packet does not depend on the proxy mode, where no policy is Local', () => {
  let compared = 0;
  fc.assert(
    fc.property(roadWorlds, roadFlows, roads, (world, flows, road) => {
      const [iptables, ...others] = PROXIES.map((proxy) => roadSnapshot(world, road, proxy));
      if (iptables === undefined) return;
      for (const { asked, flow } of flowsIn(world, flows)) {
        if (!isAlikeInModes(world, asked) || !isPlain(world, asked, road)) continue;
        const ends = endsOf(walksOf(iptables, flow));
        for (const other of others) {
          compared += 1;
          const told = { road: road.name, flow: nameOf(flow), mode: other.profile.proxy.mode };
          expect({ ...told, ends: endsOf(walksOf(other, flow)) }).toEqual({ ...told, ends });
        }
      }
    }),
    { numRuns: 40 },
  );
  expect(compared).toBeGreaterThan(100);
});

/** Modes differ in policies Local and in Services without endpoints (docs/semantics/kube-proxy.md). */
function isAlikeInModes(world: RoadWorld, asked: RoadFlow): boolean {
  const service = aimedService(world, asked);
  if (service === undefined) return true;
  return !isLocal(world, asked) && hasPods(world, service);
}

/** Without, a node's own packet to an external address goes out in iptables mode alone (kube-proxy.md I2, N9). */
function hasPods({ pods }: RoadWorld, service: RoadService): boolean {
  return pods.some(({ app }) => app === service.app);
}
