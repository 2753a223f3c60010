/**
 * The ports of a pod's endpoint: what the ports of a Service mean in this pod.
 * Source: kubernetes/endpointslice:utils.go getEndpointPorts, FindPort.
 */

import type { Pod } from '../cluster/cluster.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import type { Slice } from './slice.ts';

/** Those of the Service's ports that the pod can resolve, in the Service's order. */
export function endpointPorts(ports: readonly ServicePortSpec[], pod: Pick<Pod, 'ports'>): Slice['ports'] {
  return ports.flatMap((spec) => {
    const port = findPort(pod, spec);
    if (port === undefined) return [];
    const { name, protocol, appProtocol } = spec;
    return [{ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/**
 * The container port that a Service port means in this pod: a number as it is, a name by the first
 * declared port of that name and the same protocol; undefined when the pod declares none.
 */
export function findPort(
  { ports }: Pick<Pod, 'ports'>,
  { targetPort, protocol }: Pick<ServicePortSpec, 'targetPort' | 'protocol'>,
): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  return ports.find((port) => port.name === targetPort && port.protocol === protocol)?.containerPort;
}
