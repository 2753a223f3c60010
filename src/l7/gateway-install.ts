/**
 * The data plane of a Gateway: the Service and pods that its implementation makes for it. Source: GEP-1762
 * (kubernetes-sigs/gateway-api:geps/gep-1762): named NAME-CLASS, labelled with the Gateway's name, in its namespace.
 */

import type { AssumedWorkload } from '../cluster/assumed-workload.ts';
import type { ClusterService, Pod } from '../cluster/cluster.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { labelsMatch } from '../k8s/selector.ts';
import type { GatewayTable } from './gateway-api/gateway-table.ts';

const NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
/** Envoy Gateway has its pods in a namespace of its own (envoyproxy/gateway:internal/gatewayapi/helpers.go). */
const ENVOY_NAME = 'gateway.envoyproxy.io/owning-gateway-name';
const ENVOY_NAMESPACE = 'gateway.envoyproxy.io/owning-gateway-namespace';

export interface GatewayInstall {
  readonly service: ClusterService;
  readonly pods: readonly Pod[];
}

/** What is installed for a Gateway; undefined: the manifests do not have it. */
export function gatewayInstall(
  { cluster }: ControlPlane,
  { gateway: { metadata } }: Pick<GatewayTable, 'gateway'>,
): GatewayInstall | undefined {
  const service = cluster.services.find(
    ({ labels, namespace }) =>
      (namespace === metadata.namespace && labels.get(NAME_LABEL) === metadata.name) ||
      (labels.get(ENVOY_NAME) === metadata.name && labels.get(ENVOY_NAMESPACE) === metadata.namespace),
  );
  const selector = service?.body.selector;
  if (service === undefined || selector === undefined) return undefined;
  const selected = cluster.podsByNamespace.get(service.namespace) ?? [];
  const pods = selected.filter(({ labels, ips }) => ips.length > 0 && labelsMatch(selector, labels));
  return pods.length === 0 ? undefined : { service, pods };
}

/** What its implementation would install; undefined: no listener can be served. */
export function assumedGateway({ gateway, listeners }: GatewayTable): AssumedWorkload | undefined {
  const { namespace, name } = gateway.metadata;
  const served = listeners.filter(({ accepted, body }) => accepted && body.protocol !== 'UDP');
  const ports = new Map(served.map(({ body }) => [body.port, body]));
  if (ports.size === 0) return undefined;
  return {
    namespace,
    name: `${name}-${gateway.body.className}`,
    labels: new Map([[NAME_LABEL, name]]),
    externalTrafficPolicy: 'Cluster',
    ports: [...ports.keys()].map((port) => ({ name: `port-${port}`, port, containerPort: port })),
  };
}
