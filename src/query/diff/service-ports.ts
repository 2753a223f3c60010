/** The ports of Services and what stands behind them, by identity. */

import type { ClusterService, Pod } from '../../cluster/cluster.ts';
import type { Endpoint } from '../../control/service-port.ts';
import type { Slice, SliceEntry } from '../../control/slice.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import { unitId } from '../matrix/units.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Said } from './keyed-changes.ts';
import { type ObjectId, objectId } from './object-changes.ts';

export const NO_BACKEND = 'no backend';

/** The object that a pod comes from. */
export function workloadId({ namespace, name, workload }: Pod): ObjectId {
  return objectId(workload?.kind ?? 'Pod', namespace, workload?.name ?? name);
}

/** The objects that the pods of endpoints come from. */
export function workloadsOf(
  { cluster }: Pick<Snapshot, 'cluster'>,
  endpoints: readonly Pick<Endpoint, 'pod'>[],
): readonly ObjectId[] {
  const pods = endpoints.flatMap(({ pod }) => (pod === undefined ? [] : (cluster.podByKey.get(pod) ?? [])));
  return [...new Set(pods.map(workloadId))];
}

/** `shop/svc/api`. */
export function serviceIdentity({ namespace, name }: Pick<ClusterService, 'namespace' | 'name'>): string {
  return `${namespace}/svc/${name}`;
}

/** `shop/svc/api:80`, `kube-system/svc/kube-dns:53/udp`. */
export function portIdentity(
  service: Pick<ClusterService, 'namespace' | 'name'>,
  { port, protocol }: Pick<ServicePortSpec, 'port' | 'protocol'>,
): string {
  return `${serviceIdentity(service)}:${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

/** Who is behind each port of each Service, by workload: `shop/svc/api:80` has `shop/deploy/api:8080`. */
export function servicePorts(snapshot: Snapshot): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  for (const service of snapshot.cluster.services) {
    if (service.body.type === 'ExternalName') continue;
    const slices = snapshot.control.slicesOf(service.key);
    for (const port of service.body.ports) {
      const backends = backendsOf(snapshot, slices, port);
      const behind = backends.flatMap(({ object }) => object ?? []);
      const texts = new Set(backends.map(({ text }) => text));
      said.set(portIdentity(service, port), {
        value: texts.size === 0 ? NO_BACKEND : [...texts].sort().join(', '),
        objects: [objectId('Service', service.namespace, service.name), ...behind],
      });
    }
  }
  return said;
}

export interface ServiceBackend {
  readonly pod: Pod | undefined;
  /** Its port. */
  readonly port: number | undefined;
  readonly text: string;
  /** What it comes from: a workload, else the EndpointSlice or Endpoints. */
  readonly object: ObjectId | undefined;
}

/** The ready endpoints of a port, those without a pod by their address. */
export function backendsOf(
  { cluster, objects }: Snapshot,
  slices: readonly Slice[],
  { name, protocol }: ServicePortSpec,
): readonly ServiceBackend[] {
  return slices.flatMap(({ ports, endpoints }) => {
    const target = ports.find((each) => each.name === name && each.protocol === protocol);
    if (target === undefined) return [];
    return endpoints
      .filter(({ ready }) => ready)
      .map((entry) => {
        const pod = entry.pod === undefined ? undefined : cluster.podByKey.get(entry.pod);
        const text = `${backendText(pod, entry)}:${target.port ?? 'any'}`;
        return { pod, port: target.port, text, object: objectOf(pod, entry, objects) };
      });
  });
}

/** What the endpoints of slices come from, each object once. */
export function objectsBehind({ cluster, objects }: Snapshot, slices: readonly Slice[]): readonly ObjectId[] {
  const found = slices.flatMap(({ endpoints }) =>
    endpoints.flatMap((entry) => {
      const pod = entry.pod === undefined ? undefined : cluster.podByKey.get(entry.pod);
      return objectOf(pod, entry, objects) ?? [];
    }),
  );
  return [...new Set(found)];
}

/** What an endpoint comes from: a workload, else the EndpointSlice or Endpoints. */
function objectOf(
  pod: Pod | undefined,
  { origin }: SliceEntry,
  objects: Snapshot['objects'],
): ObjectId | undefined {
  if (pod !== undefined) return workloadId(pod);
  return origin === undefined ? undefined : objectNamer(objects)(origin)?.object;
}

function backendText(pod: Pod | undefined, { addresses }: SliceEntry): string {
  return pod === undefined ? (addresses[0]?.text ?? '?') : unitId(pod);
}
