/** Nothing in a manifest shows that a program listens; a declared port is the nearest to it. */

import { printSocketAddress } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import type { Walk } from '../trace/trace.ts';
import type { Asking } from './asking.ts';
import { hostEndpointAt } from './host-endpoints.ts';
import { hostPortFindings } from './host-ports.ts';

/** A port that no container declares may still listen: say that it is assumed. */
export function noteUndeclaredPort(asking: Asking, walk: Walk): void {
  const { taker } = walk;
  if (taker === undefined || taker.place.kind === 'external') return;
  const { dst, dstPort, protocol } = taker.packet;
  const assumed = {
    values: [taker.packet, ...(walk.alike ?? [])].map((each) => printSocketAddress(each.dst, each.dstPort)),
  };
  if (taker.place.kind === 'node') {
    if (hostEndpointAt(asking.snapshot.control, dst, dstPort) !== undefined) return;
    asking.assumptions.add('A_LISTENS', assumed);
    for (const finding of hostPortFindings(asking, taker.place.name, taker.packet)) asking.report(finding);
    return;
  }
  const pod = asking.snapshot.cluster.podByKey.get(`${taker.place.namespace ?? ''}/${taker.place.name}`);
  if (pod?.ports.some((port) => port.containerPort === dstPort && port.protocol === protocol)) return;
  asking.assumptions.add('A_LISTENS', assumed);
  if (pod === undefined || pod.ports.length === 0) return;
  const declared = pod.ports.map((port) => `${port.containerPort}/${port.protocol.toUpperCase()}`).join(', ');
  asking.report({
    code: 'port-not-declared',
    severity: 'info',
    text: `${pod.workload?.name ?? pod.name} declares ${declared}, not ${dstPort}/${protocol.toUpperCase()}; it may still listen there`,
    sources:
      pod.origin === undefined || pod.ports[0] === undefined
        ? []
        : [{ at: refTo(pod.origin, ...pod.ports[0].path), role: 'context' }],
  });
}
