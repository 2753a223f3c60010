/** A node takes a packet itself: what else the manifests say of that port. */

import type { Pod } from '../cluster/cluster.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Packet } from '../net/packet.ts';
import { refTo } from '../source/ref.ts';
import type { Asking } from './asking.ts';

/**
 * Findings about a port that a node answers at, for want of anybody else: a host port of one of its pods,
 * which is not modelled, or a node port that no Service has.
 */
export function hostPortFindings(asking: Asking, nodeName: string, packet: Packet): readonly Diagnostic[] {
  const { cluster } = asking.snapshot;
  const owners = cluster.pods.filter((pod) => pod.node === nodeName && hostPortOf(pod, packet) !== undefined);
  if (owners.length > 0) return owners.map((pod) => unmodelledHostPort(asking, pod, packet));
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
function hostPortOf(pod: Pod, { dstPort, protocol }: Packet) {
  if (pod.hostNetwork) return undefined;
  return pod.ports.find((port) => port.hostPort === dstPort && port.protocol === protocol);
}

function unmodelledHostPort(asking: Asking, pod: Pod, packet: Packet): Diagnostic {
  const port = hostPortOf(pod, packet);
  asking.assumptions.add('A_UNMODELLED', {
    values: [`hostPort ${packet.dstPort} of ${pod.key}`],
    decisive: true,
  });
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `pod ${pod.key} has host port ${packet.dstPort} on ${pod.node ?? ''}; host ports are not modelled yet`,
    sources:
      pod.origin === undefined || port === undefined
        ? []
        : [{ at: refTo(pod.origin, ...port.path), role: 'context' }],
  };
}
