/**
 * Conformance cases about the EndpointSlice controller: each kind is a question to one of its parts, put
 * with objects that were read as any other input is.
 */

import {
  endpointHostname,
  endpointPorts,
  featureGates,
  findPort,
  type HintedEndpoint,
  hintByTrafficDistribution,
  hintByZoneShares,
  isEndpointPod,
  isTopologyAuto,
  podEndpoint,
  type Reconciled,
  rebalanceZones,
  reconcileSlices,
  zoneShares,
} from '../../src/index.ts';
import type {
  ByZone,
  EndpointFragment,
  EndpointSliceFile,
  EndpointSliceVector,
  PodEndpointVector,
  ReconcileVector,
  Situation,
  SliceFragment,
  TopologyAutoVector,
} from './endpointslice-file.ts';
import {
  printEndpoint,
  printHints,
  printPorts,
  printSlice,
  readEndpoints,
  readFragments,
  readPod,
  readService,
  readSituation,
} from './endpointslice-objects.ts';
import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';

const FORMAT = 'k8snet-endpointslice-vectors/1';
/** Of cases that name no version. */
const KUBERNETES = '1.35';

/** The family as the runner lists it. */
export const endpointSlice: VectorFamily = {
  name: 'endpointslice',
  modelled: true,
  detects: (json) => typeof json === 'object' && json !== null && 'format' in json && json.format === FORMAT,
  run: (json) => runEndpointSliceVectors(json as EndpointSliceFile),
};

/** Runs every case of a file: one result each, or one for each of its `cases`. */
function* runEndpointSliceVectors(file: EndpointSliceFile): Generator<VectorResult> {
  for (const vector of file.vectors) {
    if (vector.kind !== 'hints-enabled') {
      yield compare({ id: vector.id }, answer(vector));
      continue;
    }
    for (const [index, { annotations, expect }] of vector.cases.entries()) {
      const service = readService({ metadata: { name: 'service', annotations } });
      const got = isTopologyAuto(service.annotations);
      yield compare({ id: vector.id, part: `${index + 1}` }, { expect, got });
    }
  }
}

interface Compared {
  readonly expect: unknown;
  readonly got: unknown;
}

function compare(label: Pick<VectorResult, 'id' | 'part'>, { expect, got }: Compared): VectorResult {
  const [wanted, found] = [canonical(expect), canonical(got)];
  if (wanted === found) return { ...label, status: 'pass' };
  return { ...label, status: 'fail', detail: `expected ${wanted}, got ${found}` };
}

/** JSON with the keys of every record in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

type Asked = Exclude<EndpointSliceVector, { kind: 'hints-enabled' }>;

function answer(vector: Asked): Compared {
  const { expect } = vector;
  switch (vector.kind) {
    case 'pod-endpoint':
      return { expect, got: askPodEndpoint(vector) };
    case 'endpoint-ports': {
      const { ports } = readService(vector.service).body;
      return { expect, got: printPorts(endpointPorts(ports, readPod(vector.pod))) };
    }
    case 'find-port': {
      const [port] = readService({ spec: { ports: [vector.servicePort] } }).body.ports;
      return { expect, got: (port && findPort(readPod(vector.pod), port)) ?? null };
    }
    case 'address-types': {
      const types = readService(vector.service).ipFamilies.map((family) => `IPv${family}`);
      return { expect: [...vector.expect].sort(), got: types.sort() };
    }
    case 'pod-eligible': {
      const { includeTerminating } = vector;
      return { expect, got: isEndpointPod(readPod(vector.pod), { includeTerminating }) };
    }
    case 'hostname': {
      const name = endpointHostname(readService(vector.service), readPod(vector.pod));
      return { expect, got: name !== undefined };
    }
    default:
      return answerAboutHints(vector);
  }
}

function answerAboutHints(
  vector: Exclude<Asked, { kind: 'pod-endpoint' | 'find-port' | 'hostname' }>,
): Compared {
  const { expect } = vector;
  switch (vector.kind) {
    case 'traffic-distribution': {
      const read = readEndpoints(vector.endpoints);
      const hinted = hintByTrafficDistribution(read, vector.trafficDistribution ?? undefined);
      return { expect, got: withHints(vector.endpoints, hinted) };
    }
    case 'topology-auto':
      return askTopology(vector);
    case 'zone-ratios': {
      const shares = zoneShares(readFragments({ nodes: vector.nodes }).nodes);
      return { expect, got: shares === undefined ? null : Object.fromEntries(shares) };
    }
    case 'topology-rebalance': {
      const { giving, receiving } = rebalanceZones(mapOf(vector.desired), mapOf(vector.current));
      const got = { giving: Object.fromEntries(giving), receiving: Object.fromEntries(receiving) };
      return { expect, got };
    }
    case 'reconcile':
      return askReconcile(vector);
    case 'reconcile-hints':
      return { expect, got: countHints(reconcile(vector)) };
    default:
      throw new Error(`${vector.kind} was answered before`);
  }
}

function askPodEndpoint(vector: PodEndpointVector): EndpointFragment {
  const { service, pods, nodes } = readSituation({
    service: vector.service,
    pods: [vector.pod],
    nodes: vector.node === null ? [] : [vector.node],
  });
  const [pod] = pods;
  if (pod === undefined) throw new Error('the pod was not read');
  const family = vector.addressType === 'IPv4' ? 4 : 6;
  return printEndpoint(podEndpoint(pod, { service, family, node: nodes[0] }));
}

function withHints(
  endpoints: readonly EndpointFragment[],
  hinted: readonly HintedEndpoint[],
): readonly EndpointFragment[] {
  return hinted.flatMap((each, index) =>
    endpoints.slice(index, index + 1).map(({ hints: _, ...rest }) => ({ ...rest, ...printHints(each) })),
  );
}

function askTopology(vector: TopologyAutoVector): Compared {
  const { zoneCpuRatios, endpoints, expect, expectHintsByZone } = vector;
  const shares = zoneCpuRatios === null ? undefined : mapOf(zoneCpuRatios);
  const hinted = hintByZoneShares(readEndpoints(endpoints), shares).endpoints;
  const counts = counted(hinted.flatMap(({ zoneHints }) => zoneHints));
  return {
    expect: { endpoints: expect, hintsByZone: expectHintsByZone },
    got: { endpoints: withHints(endpoints, hinted), hintsByZone: counts },
  };
}

function reconcile(situation: Situation): Reconciled {
  const { service, pods, nodes } = readSituation(situation);
  const gates = featureGates(KUBERNETES);
  const { gatePreferSameTrafficDistribution: gate = gates.preferSameTrafficDistribution } = situation;
  return reconcileSlices({
    service,
    pods,
    nodeByName: new Map(nodes.map((node) => [node.name, node])),
    nodesComplete: true,
    shares: zoneShares(nodes),
    gates: { ...gates, preferSameTrafficDistribution: gate },
  });
}

function askReconcile(vector: ReconcileVector): Compared {
  const { slices, skippedPods } = reconcile(vector);
  return {
    expect: { slices: unordered(vector.expect), isSkipped: vector.expectSkippedPods },
    got: { slices: unordered(slices.map(printSlice)), isSkipped: skippedPods.length > 0 },
  };
}

/**
 * Slices, their ports and endpoints are sets. Which of the slices with the same ports an endpoint gets into
 * is left to chance upstream: of these, the endpoints of all and the sizes of each are compared.
 */
function unordered(slices: readonly SliceFragment[]): unknown {
  const groups = new Map<string, { sizes: number[]; endpoints: string[] }>();
  for (const { ports, endpoints, ...rest } of slices) {
    const key = canonical({ ...rest, ports: ports.map(canonical).sort() });
    const group = groups.get(key) ?? { sizes: [], endpoints: [] };
    groups.set(key, group);
    group.sizes.push(endpoints.length);
    group.endpoints.push(...endpoints.map(canonical));
  }
  for (const { sizes, endpoints } of groups.values()) {
    sizes.sort((a, b) => a - b);
    endpoints.sort();
  }
  return [...groups].map(canonical).sort();
}

function countHints({ slices }: Reconciled): unknown {
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  return {
    hintsByZone: counted(endpoints.flatMap(({ zoneHints }) => zoneHints)),
    hintsByNode: counted(endpoints.flatMap(({ nodeHints }) => nodeHints)),
    crossZoneHints: endpoints.filter(({ zone, zoneHints }) => zoneHints.some((hint) => hint !== zone)).length,
  };
}

/** How often each name occurs; null for none at all. */
function counted(names: readonly string[]): ByZone | null {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts.size === 0 ? null : Object.fromEntries(counts);
}

function mapOf(byZone: ByZone): ReadonlyMap<string, number> {
  return new Map(Object.entries(byZone));
}
