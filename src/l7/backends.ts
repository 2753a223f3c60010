/** Where a backend of a route leads: Service, port and ready endpoints. */

import type { ClusterService } from '../cluster/cluster.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { Endpoint } from '../control/service-port.ts';
import type { IngressBackend, IngressObject } from '../k8s/kinds/ingress.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { printSocketAddress } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import type { RouteBackend } from './route-table.ts';

/** How a controller finds the port that a backend names. */
export type PortChoice = (port: ServicePortSpec, named: number | string) => boolean;

/** As the API defines it: the number or name of a Service's port. */
export const servicePortOnly: PortChoice = ({ name, port }, named) =>
  typeof named === 'number' ? port === named : name === named;

/**
 * ingress-nginx takes the text of a target port too
 * (kubernetes/ingress-nginx:internal/ingress/controller/controller.go serviceEndpoints).
 */
export const orTargetPort: PortChoice = ({ name, port, targetPort }, named) =>
  [String(port), String(targetPort), name].includes(String(named));

/** The port whose target somebody has written in the place of its number. */
export function portBehind(
  ports: readonly ServicePortSpec[],
  target: number | string,
): ServicePortSpec | undefined {
  return ports.find(({ targetPort }) => String(targetPort) === String(target));
}

/** Resolves a backend of an Ingress, whose Service is in its own namespace. */
export function resolveBackend(
  control: ControlPlane,
  { metadata, origin }: IngressObject,
  backend: IngressBackend,
  choose: PortChoice,
): RouteBackend {
  const at = refTo(origin, ...backend.path);
  if (backend.kind === 'resource') return { service: '', port: 0, endpoints: [], state: 'resource', at };
  const key = `${metadata.namespace}/${backend.service}` as const;
  return resolveService(control, { service: key, port: backend.port, at }, choose);
}

/** Resolves a Service and a port of it. */
export function resolveService(
  control: ControlPlane,
  named: Pick<RouteBackend, 'service' | 'port' | 'at'>,
  choose: PortChoice,
): RouteBackend {
  const service = control.serviceByKey.get(named.service as ClusterService['key']);
  if (service === undefined) return { ...named, endpoints: [], state: 'no-such-service' };
  const port = service.body.ports.find((each) => choose(each, named.port));
  const found = port === undefined ? { service } : { service, port };
  const { type, externalName } = service.body;
  if (type === 'ExternalName') {
    const name = externalName === undefined ? {} : { externalName };
    return { ...named, found, endpoints: [], state: 'external-name', ...name };
  }
  if (port === undefined) return { ...named, found, endpoints: [], state: 'no-such-port' };
  const endpoints = readyEndpoints(control, service, port);
  return { ...named, found, endpoints, state: endpoints.length === 0 ? 'no-endpoints' : 'ready' };
}

/** Ready TCP endpoints of a Service port, each address once; of a headless Service too. */
export function readyEndpoints(
  control: ControlPlane,
  service: ClusterService,
  port: ServicePortSpec,
): readonly Endpoint[] {
  return port.protocol === 'tcp' ? endpointsOfPort(control, service, port) : [];
}

/** Ready endpoints of a Service port of any protocol. */
export function endpointsOfPort(
  control: ControlPlane,
  { key }: ClusterService,
  { name, protocol }: ServicePortSpec,
): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of control.slicesOf(key)) {
    const ports = slice.ports.flatMap((port) =>
      port.name === name && port.protocol === protocol && port.port !== undefined ? [port.port] : [],
    );
    for (const entry of slice.endpoints.filter(({ ready }) => ready)) {
      const [ip] = entry.addresses;
      if (ip === undefined) continue;
      for (const port of ports) found.set(printSocketAddress(ip, port), { ...entry, ip, port });
    }
  }
  return [...found.values()];
}

/** The cluster address as the one endpoint; a Service without one keeps its own. */
export function viaClusterIp(backend: RouteBackend): RouteBackend {
  const [ip] = backend.found?.service.clusterIps ?? [];
  const port = backend.found?.port?.port;
  if (ip === undefined || port === undefined) return backend;
  const endpoint = { ip, port, ready: true, serving: true, terminating: false, zoneHints: [], nodeHints: [] };
  return { ...backend, endpoints: [endpoint], state: 'ready' };
}
