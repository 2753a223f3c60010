/** A node takes a packet itself: what else the manifests say of that port. */

import type { Pod } from '../cluster/cluster.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ContainerPort } from '../k8s/kinds/pod-spec.ts';
import type { Packet } from '../net/packet.ts';
import { refTo } from '../source/ref.ts';
import type { Asking } from './asking.ts';

/**
 * Findings about a port that a node answers at, for want of anybody else: a host port of one of its pods
 * that does not lead there, or a node port that no Service has.
 */
export function hostPortFindings(asking: Asking, nodeName: string, packet: Packet): readonly Diagnostic[] {
  const { cluster } = asking.snapshot;
  const owners = cluster.pods.flatMap((pod) => {
    const port = pod.node === nodeName ? hostPortOf(pod, packet) : undefined;
    return port === undefined ? [] : [{ pod, port }];
  });
  if (owners.length > 0) return owners.map((owner) => closedHostPort(asking, owner, packet));
  const [first, last] = cluster.profile.nodePortRange;
  if (packet.dstPort < first || packet.dstPort > last) return [];
  const known = asking.snapshot.control.servicePorts
    .flatMap(({ nodePort, key }) => (nodePort === undefined ? [] : [`${nodePort} (${key})`]))
    .slice(0, 5);
  return [
    {
      code: 'no-such-port',
      severity: 'warning',
      text: `no Service has node port ${packet.dstPort}; a process of ${nodeName} would have to listen there`,
      sources: [],
      ...(known.length === 0 ? {} : { help: [{ text: `node ports: ${known.join(', ')}` }] }),
    },
  ];
}

/** The declared port whose host port this is; hostNetwork pods listen on the node themselves. */
function hostPortOf(pod: Pod, { dstPort, protocol }: Packet): ContainerPort | undefined {
  if (pod.hostNetwork) return undefined;
  return pod.ports.find((port) => port.hostPort === dstPort && port.protocol === protocol);
}

/** The packet got past the rules for host ports: the CNI makes none, or hostIP is another address. */
function closedHostPort(
  asking: Asking,
  { pod, port }: { readonly pod: Pod; readonly port: ContainerPort },
  packet: Packet,
): Diagnostic {
  const { facets } = asking.snapshot.dataplane.cni;
  const why =
    facets.hostPorts === undefined
      ? `${facets.label} opens no host ports`
      : port.hostIp === undefined
        ? `the pod has no IPv${packet.dst.family} address`
        : `it is open at ${port.hostIp}, not at ${packet.dst.text}`;
  return {
    code: 'host-port-closed',
    severity: 'warning',
    text: `host port ${packet.dstPort} of pod ${pod.key} does not take this packet: ${why}`,
    sources:
      pod.origin === undefined
        ? []
        : [
            {
              at: refTo(pod.origin, ...port.path, port.hostIp === undefined ? 'hostPort' : 'hostIP'),
              role: 'primary',
            },
          ],
  };
}
