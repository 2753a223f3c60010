/** The walks of one connection to an address, and what is to be said of them whoever opens it. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { Asking } from './asking.ts';
import { assumeBridgeNetfilter, assumeFromWalks } from './assumptions.ts';
import { type BalancedWalk, walkBack, walkBalanced } from './balancer.ts';
import { type Dial, flowOf } from './dial.ts';
import { noteService } from './note-service.ts';
import { roadFindings } from './road-findings.ts';

/** Every way to an address, through its load balancer if it has one; shares sum to 1. */
export function walkDial(asking: Asking, dial: Dial): readonly BalancedWalk[] {
  assumeFromService(asking, dial);
  noteService(asking, dial);
  const walked = walksOf(asking, dial);
  const walks = walked.map(({ walk }) => walk);
  const merged = mergedNote(walks);
  for (const finding of [...merged, ...roadFindings(asking, walks)]) asking.report(finding);
  const { cluster, dataplane } = asking.snapshot;
  assumeFromWalks(asking.assumptions, { cluster, dataplane, walks });
  assumeBridgeNetfilter(asking.assumptions, { cluster, walks });
  return walked;
}

function walksOf(asking: Asking, dial: Dial): readonly BalancedWalk[] {
  const { balancer } = dial;
  if (balancer === undefined) return walkDirectly(asking, dial);
  if (asking.source.kind === 'external') return walkBalanced(asking, dial, balancer);
  return walkDirectly(asking, dial).flatMap(({ walk }) => walkBack(asking, { dial, balancer, out: walk }));
}

function walkDirectly(asking: Asking, dial: Dial): readonly BalancedWalk[] {
  const { entry: named, ...closed } = asking.world;
  const entry = dial.entry?.name ?? named;
  const world = dial.isClosed || entry === undefined ? closed : { ...closed, entry };
  return traceFlow(world, flowOf(asking, dial)).map((walk) => ({ walk }));
}

/** Invented addresses of the Service, and invented places where a Local policy asks on which node a pod is. */
function assumeFromService({ snapshot, source, assumptions }: Asking, dial: Dial): void {
  const servicePorts = snapshot.control.servicePortsAt(dial.ip);
  if (servicePorts[0]?.service.assumed.clusterIps) assumptions.add('A_CLUSTER_IP');
  const asked = servicePorts.find(({ port, protocol }) => port === dial.port && protocol === dial.protocol);
  const policy = asked?.clusterIps.includes(dial.ip)
    ? asked.internalTrafficPolicy
    : asked?.externalTrafficPolicy;
  if (policy !== 'Local') return;
  const pods = asked?.endpoints.flatMap(({ pod }) => (pod === undefined ? [] : [pod])) ?? [];
  const isInvented =
    (source.kind === 'pod' && source.pod.assumed.node) ||
    pods.some((key) => snapshot.cluster.podByKey.get(key)?.assumed.node);
  if (isInvented) assumptions.add('A_NODES', { decisive: true });
}

/** Of very many endpoints not each is walked: say so, and for how many. */
function mergedNote(walks: readonly Walk[]): readonly Diagnostic[] {
  const merged = walks.reduce((sum, walk) => sum + (walk.merged ?? 0), 0);
  if (merged === 0) return [];
  const { length } = walks;
  return [
    {
      code: 'paths-capped',
      severity: 'info',
      text: `${length} of ${length + merged} paths were walked; the other ${merged} are not shown: each counts as one that leaves by the same device for the same next hop`,
      sources: [],
    },
  ];
}
