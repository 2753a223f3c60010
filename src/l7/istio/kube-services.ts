/**
 * Services of Kubernetes as the mesh sees them. Source: istio/istio:pilot/pkg/serviceregistry/kube/conversion.go
 * ConvertService. Rules: docs/semantics/istio.md 5.1 to 5.3.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import { addTo } from '../../collections/grouping.ts';
import { onceEach } from '../../collections/once.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import { hostCidr } from '../../net/cidr.ts';
import { refTo } from '../../source/ref.ts';
import { readyEndpoints } from '../backends.ts';
import type { Aged } from './age.ts';
import { believedProtocol } from './protocol.ts';
import type { MeshEndpoint, MeshPort, MeshService, Resolution } from './registry.ts';
import type { MeshSettings } from './settings.ts';
import { visibilityOf } from './visibility.ts';

const EXPORT_TO = 'networking.istio.io/exportTo';

/** All Services, in the order of their keys. */
export function kubeServices(control: ControlPlane, settings: MeshSettings): readonly MeshService[] {
  const { services, objects } = control.cluster;
  const ages = new Map<string, Aged>(
    objects.ofKind('Service').map(({ metadata }) => [`${metadata.namespace}/${metadata.name}`, metadata]),
  );
  const domain = control.cluster.profile.clusterDomain;
  const aliases = aliasesByHost(services, domain);
  return services.map((service) => {
    const host = `${service.name}.${service.namespace}.svc.${domain}`;
    return meshService(service, {
      control,
      settings,
      host,
      aliases: aliases.get(host) ?? [],
      age: ages.get(service.key) ?? { name: service.name, namespace: service.namespace },
    });
  });
}

/**
 * For each host, the ExternalName Services that end at it, however many stand between.
 * Source: istio/istio:pilot/pkg/model/push_context.go resolveServiceAliases.
 */
function aliasesByHost(
  services: readonly ClusterService[],
  domain: string,
): ReadonlyMap<string, readonly string[]> {
  const targets = new Map<string, string>();
  for (const { name, namespace, body } of services) {
    if (body.type === 'ExternalName' && body.externalName !== undefined) {
      targets.set(`${name}.${namespace}.svc.${domain}`, body.externalName);
    }
  }
  const found = new Map<string, string[]>();
  for (const alias of [...targets.keys()].sort()) {
    const seen = new Set<string>([alias]);
    let host = targets.get(alias);
    while (host !== undefined && targets.has(host) && !seen.has(host)) {
      seen.add(host);
      host = targets.get(host);
    }
    if (host === undefined || seen.has(host)) continue;
    addTo(found, host, alias);
  }
  return found;
}

interface Facts {
  readonly control: ControlPlane;
  readonly settings: MeshSettings;
  readonly host: string;
  readonly aliases: readonly string[];
  readonly age: Aged;
}

function meshService(service: ClusterService, { control, settings, host, aliases, age }: Facts): MeshService {
  const { namespace, body, origin, annotations } = service;
  const exportTo = (annotations.get(EXPORT_TO) ?? '').split(',').map((word) => word.trim());
  const specs = new Map<MeshPort, ServicePortSpec>();
  const ports = body.ports.map((spec): MeshPort => {
    const port = {
      port: spec.port,
      name: spec.name,
      protocol: believedProtocol(spec),
      ...(origin === undefined ? {} : { at: refTo(origin, ...spec.path) }),
    };
    specs.set(port, spec);
    return port;
  });
  return {
    host,
    namespace,
    kind: 'service',
    ports,
    addresses: body.headless ? [] : service.clusterIps.map(hostCidr),
    resolution: resolutionOf(service),
    ...(body.type === 'ExternalName' && body.externalName !== undefined
      ? { aliasOf: body.externalName }
      : {}),
    aliases,
    isExternal: false,
    isLocalOnly: body.internalTrafficPolicy === 'Local',
    visibility: visibilityOf(
      exportTo.filter((word) => word !== ''),
      namespace,
      settings.exportTo.services,
    ),
    age,
    endpointsOf: onceEach((port) => {
      const spec = specs.get(port) ?? body.ports.find((each) => each.port === port.port);
      return spec === undefined ? [] : readyEndpoints(control, service, spec).map(toMesh(control));
    }),
    ...(origin === undefined ? {} : { at: origin }),
  };
}

function resolutionOf({ body }: ClusterService): Resolution {
  if (body.type === 'ExternalName') return 'alias';
  return body.headless ? 'original' : 'endpoints';
}

function toMesh({
  cluster,
}: ControlPlane): (endpoint: ReturnType<typeof readyEndpoints>[number]) => MeshEndpoint {
  return ({ ip, port, pod, node }) => ({
    address: ip.text,
    ip,
    port,
    ...(pod === undefined ? {} : { pod }),
    ...(node === undefined ? {} : { node }),
    labels: (pod === undefined ? undefined : cluster.podByKey.get(pod)?.labels) ?? new Map(),
  });
}
