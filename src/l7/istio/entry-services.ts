/**
 * ServiceEntries as services of the mesh, one for each host. Source:
 * istio/istio:pilot/pkg/serviceregistry/serviceentry/conversion.go convertServices, convertEndpoint.
 * Rules: docs/semantics/istio.md 9.1 to 9.4.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import { onceEach } from '../../collections/once.ts';
import type { WorkloadEndpoint } from '../../k8s/istio-parts/workload-endpoint.ts';
import type { EntryPort, ServiceEntryObject } from '../../k8s/kinds/service-entry.ts';
import type { Labels } from '../../k8s/object.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { parseIp } from '../../net/ip.ts';
import { refTo } from '../../source/ref.ts';
import { isWildcard } from './names.ts';
import { protocolNamed } from './protocol.ts';
import type { MeshEndpoint, MeshPort, MeshService, Resolution } from './registry.ts';
import type { MeshSettings } from './settings.ts';
import { visibilityOf } from './visibility.ts';

/** The services of all ServiceEntries, in the order of the input. */
export function entryServices(cluster: Cluster, settings: MeshSettings): readonly MeshService[] {
  return cluster.objects.ofKind('ServiceEntry').flatMap((entry) => servicesOf(entry, cluster, settings));
}

function servicesOf(
  entry: ServiceEntryObject,
  cluster: Cluster,
  settings: MeshSettings,
): readonly MeshService[] {
  const { metadata, body, origin } = entry;
  const written = new Map<MeshPort, EntryPort>();
  const ports = body.ports.map((each): MeshPort => {
    const port = {
      port: each.number,
      name: each.name,
      protocol: protocolNamed(each.protocol),
      at: refTo(origin, ...each.path),
    };
    written.set(port, each);
    return port;
  });
  return body.hosts.map((host): MeshService => {
    const endpointsOf = onceEach((port: MeshPort) => {
      const each = written.get(port) ?? body.ports.find(({ number }) => number === port.port);
      return each === undefined ? [] : endpointsAt(entry, cluster, { host, port: each });
    });
    return {
      host,
      namespace: metadata.namespace,
      kind: 'entry',
      ports,
      addresses: body.addresses,
      resolution: resolutionOf(entry),
      aliases: [],
      isExternal: body.isExternal,
      isLocalOnly: false,
      visibility: visibilityOf(body.exportTo, metadata.namespace, settings.exportTo.services),
      age: metadata,
      endpointsOf,
      at: origin,
    };
  });
}

function resolutionOf({ body }: ServiceEntryObject): Resolution {
  switch (body.resolution) {
    case 'NONE':
      return 'original';
    case 'STATIC':
      return 'endpoints';
    default:
      return 'dns';
  }
}

interface Asked {
  readonly host: string;
  readonly port: EntryPort;
}

function endpointsAt(
  entry: ServiceEntryObject,
  cluster: Cluster,
  { host, port }: Asked,
): readonly MeshEndpoint[] {
  const { body, metadata } = entry;
  const target = port.targetPort ?? port.number;
  const fromEndpoint = ({ address, ports, labels }: WorkloadEndpoint): MeshEndpoint => {
    const ip = parseIp(address);
    const pod = ip === undefined ? undefined : cluster.podByIp.get(ip)?.key;
    return {
      address,
      ...(ip === undefined ? {} : { ip }),
      port: ports.get(port.name) ?? target,
      ...(pod === undefined ? {} : { pod }),
      labels,
    };
  };
  if (body.workloadSelector !== undefined) {
    return [
      ...podEndpoints(cluster, metadata.namespace, { labels: body.workloadSelector, port: target }),
      ...cluster.objects
        .ofKind('WorkloadEntry')
        .flatMap(({ metadata: own, body: { endpoint } }) => {
          if (own.namespace !== metadata.namespace || endpoint === undefined) return [];
          return labelsMatch(body.workloadSelector ?? new Map(), endpoint.labels) ? [endpoint] : [];
        })
        .map(fromEndpoint),
    ];
  }
  if (body.endpoints.length > 0) return body.endpoints.map(fromEndpoint);
  // Without endpoints the host itself is asked, which a wildcard has no answer for.
  const isAsked = resolutionOf(entry) === 'dns' && (!isWildcard(host) || body.resolution === 'DYNAMIC_DNS');
  return isAsked ? [{ address: host, port: target, labels: new Map() }] : [];
}

function podEndpoints(
  { podsByNamespace }: Cluster,
  namespace: string,
  { labels, port }: { readonly labels: Labels; readonly port: number },
): readonly MeshEndpoint[] {
  return (podsByNamespace.get(namespace) ?? []).flatMap((pod): readonly MeshEndpoint[] => {
    const [ip] = pod.ips;
    if (ip === undefined || pod.readiness !== 'ready' || !labelsMatch(labels, pod.labels)) return [];
    const node = pod.node === undefined ? {} : { node: pod.node };
    return [{ address: ip.text, ip, port, pod: pod.key, ...node, labels: pod.labels }];
  });
}
