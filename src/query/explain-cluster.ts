/** The question of `k8snet explain cluster`: what was understood of the input, and who says so. */

import type { Cluster, ClusterService } from '../cluster/cluster.ts';
import type { Slice } from '../control/slice.ts';
import type { OtherObject } from '../k8s/object.ts';
import { unmodelledObjects } from '../k8s/unmodelled.ts';
import type { Ip } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import type {
  ClusterAnswer,
  KindCount,
  NamespaceAnswer,
  ObjectsAnswer,
  ServiceAnswer,
} from './cluster-answer.ts';
import { explainNodes } from './explain-nodes.ts';
import { explainPods } from './explain-pods.ts';
import { explainSettings } from './explain-settings.ts';
import { type Facts, factsOf } from './facts.ts';
import type { Snapshot } from './snapshot.ts';
import { TOOL } from './tool.ts';

/** What a snapshot understood. */
export function explainCluster(snapshot: Snapshot): ClusterAnswer {
  const { cluster, control } = snapshot;
  const facts = factsOf(snapshot);
  return {
    schema: 'k8snet/explain-cluster/1',
    tool: TOOL,
    input: { mode: cluster.profile.input, files: snapshot.files.length },
    objects: explainObjects(snapshot, facts),
    settings: explainSettings(snapshot, facts),
    namespaces: explainNamespaces(cluster, facts),
    nodes: explainNodes(cluster, facts),
    pods: explainPods(cluster, facts),
    services: cluster.services
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map((service) => explainClusterService(service, control.slicesOf(service.key), facts)),
  };
}

function explainObjects(snapshot: Snapshot, facts: Facts): ObjectsAnswer {
  const { objects } = snapshot;
  const used = witnesses(snapshot);
  const unmodelled = unmodelledObjects(objects);
  const named = new Set(unmodelled.map(({ origin }) => origin));
  return {
    read: countKinds([...objects.objects, ...used].filter(({ origin }) => !named.has(origin))),
    skipped: countKinds(objects.others.filter((each) => !named.has(each.origin) && !used.includes(each))),
    unmodelled: unmodelled.map(({ kind, apiVersion, namespace, name, concern, origin }) => ({
      kind,
      apiVersion,
      ...(namespace === '' ? {} : { namespace }),
      name,
      concern,
      at: facts.place(origin),
    })),
  };
}

/** Objects of kinds without a reader that say something of the cluster as a whole: a CNI's ConfigMap, its Installation. */
function witnesses({ objects, profile, dataplane }: Snapshot): readonly OtherObject[] {
  const places = [...profile.given.values(), dataplane.cni.origin].flatMap((ref) =>
    // What a ConfigMap holds as text is a document of its own, at the same place of the file.
    ref === undefined ? [] : [{ file: ref.document.file, at: ref.document.locate(ref.path).start }],
  );
  return objects.others.filter(({ origin: { document, path } }) => {
    if (!places.some(({ file }) => file === document.file)) return false;
    const { start, end } = path.length === 0 ? document.span : document.locate(path, 'value');
    return places.some(({ file, at }) => file === document.file && start <= at && at <= end);
  });
}

/** The most frequent kind first. */
function countKinds(objects: readonly { readonly kind: string }[]): readonly KindCount[] {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}

function explainNamespaces(cluster: Cluster, facts: Facts): readonly NamespaceAnswer[] {
  const services = new Map<string, number>();
  for (const { namespace } of cluster.services) services.set(namespace, (services.get(namespace) ?? 0) + 1);
  const names = [...cluster.namespaces.keys()].sort();
  return names.map((name) => {
    const origin = cluster.namespaces.get(name)?.origin;
    return {
      name,
      pods: cluster.podsByNamespace.get(name)?.length ?? 0,
      services: services.get(name) ?? 0,
      ...(origin === undefined ? {} : { at: facts.place(origin) }),
    };
  });
}

/** A Service as the list of all has it. */
export function explainClusterService(
  service: ClusterService,
  slices: readonly Slice[],
  facts: Facts,
): ServiceAnswer {
  const { body, origin, assumed } = service;
  const clusterIps = texts(service.clusterIps);
  const balancers = body.loadBalancerIngress.flatMap(({ ip, hostname }) => ip?.text ?? hostname ?? []);
  return {
    namespace: service.namespace,
    name: service.name,
    ...(origin === undefined ? {} : { at: facts.place(origin) }),
    type: body.type,
    headless: body.headless,
    clusterIps: isAssumed(service)
      ? facts.assumed(clusterIps, 'A_CLUSTER_IP')
      : origin === undefined
        ? facts.detected(clusterIps, undefined)
        : facts.written(clusterIps, refTo(origin, 'spec', 'clusterIP')),
    externalIps: [...texts(body.externalIps), ...balancers],
    ...(body.externalName === undefined ? {} : { externalName: body.externalName }),
    ports: body.ports.map((port, index) => {
      const nodePort = service.nodePorts[index];
      const isInvented = assumed.nodePorts[index] === true || origin === undefined;
      return {
        ...(port.name === '' ? {} : { name: port.name }),
        port: port.port,
        protocol: port.protocol,
        targetPort: port.targetPort,
        ...(nodePort === undefined
          ? {}
          : {
              nodePort: isInvented
                ? facts.assumed(nodePort, 'A_NODEPORT')
                : facts.written(nodePort, refTo(origin, ...port.path, 'nodePort')),
            }),
      };
    }),
    endpoints: countEndpoints(slices),
  };
}

/** Nobody wrote it, or the whole Service is implied. */
function isAssumed({ assumed, origin, clusterIps }: ClusterService): boolean {
  return clusterIps.length > 0 && (assumed.clusterIps || origin === undefined);
}

function countEndpoints(slices: readonly Slice[]): ServiceAnswer['endpoints'] {
  const ready = new Map<Ip, boolean>();
  for (const { endpoints } of slices) {
    for (const endpoint of endpoints) {
      for (const ip of endpoint.addresses) ready.set(ip, endpoint.ready || ready.get(ip) === true);
    }
  }
  return { total: ready.size, ready: [...ready.values()].filter((one) => one).length };
}

function texts(ips: readonly Ip[]): readonly string[] {
  return ips.map(({ text }) => text);
}
