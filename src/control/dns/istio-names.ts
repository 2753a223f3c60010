/**
 * Hosts of Istio's Gateways and of the VirtualServices that are bound to them, with the load balancers in front of the
 * gateway pods. Source: kubernetes-sigs/external-dns:source/istio_gateway.go targetsFromGateway,
 * gatewaySelectorMatchesServiceSelector, source/istio_virtualservice.go.
 */

import type { Cluster, ClusterService } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import type { IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';

export interface IstioName {
  readonly host: string;
  /** The field that has it. */
  readonly at: SourceRef;
  /** Services in front of the gateway. */
  readonly services: readonly ClusterService[];
}

/** Every name that somebody wrote out; stars on their own are no name. */
export const istioNames: (cluster: Cluster) => readonly IstioName[] = onceFor(namesIn);

function namesIn(cluster: Cluster): readonly IstioName[] {
  const gateways = cluster.objects.ofKind('IstioGateway');
  if (gateways.length === 0) return [];
  const servicesOf = new Map(gateways.map((each) => [keyOf(each.metadata), gatewayServices(cluster, each)]));
  return [
    ...gateways.flatMap((gateway) =>
      gateway.body.servers.flatMap(({ hosts, path }) =>
        hosts.map((host, index) => ({
          host: host.slice(host.indexOf('/') + 1),
          at: refTo(gateway.origin, ...path, 'hosts', index),
          services: servicesOf.get(keyOf(gateway.metadata)) ?? [],
        })),
      ),
    ),
    ...cluster.objects.ofKind('VirtualService').flatMap(({ metadata, body, origin }) => {
      const keys = body.gateways.map((name) => (name.includes('/') ? name : `${metadata.namespace}/${name}`));
      const services = keys.flatMap((key) => servicesOf.get(key) ?? []);
      const isBound = keys.some((key) => servicesOf.has(key));
      const hosts = isBound ? body.hosts : [];
      return hosts.map((host, index) => ({ host, at: refTo(origin, 'spec', 'hosts', index), services }));
    }),
  ].filter(({ host }) => host.includes('.'));
}

function keyOf({ namespace, name }: IstioGatewayObject['metadata']): string {
  return `${namespace}/${name}`;
}

/** The Services whose selector has all of the Gateway's. */
export function gatewayServices(
  { services }: Pick<Cluster, 'services'>,
  { body: { selector = new Map() } }: Pick<IstioGatewayObject, 'body'>,
): readonly ClusterService[] {
  if (selector.size === 0) return [];
  return services.filter(({ body }) =>
    [...selector].every(([label, value]) => body.selector?.get(label) === value),
  );
}
