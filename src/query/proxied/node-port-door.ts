/**
 * A controller behind a Service of type NodePort: the port of a URL is open at no node, and what passes it on to the node
 * port (a load balancer of the site, a rule of a router) is in no manifest.
 */

import type { Asking } from '../asking.ts';
import type { Dial } from '../dial.ts';
import { hostEndpointAt } from '../host-endpoints.ts';

/** The dial to the node port, where the URL's own port is closed at the node; else as it is. */
export function throughNodePort(asking: Asking, dial: Dial): Dial {
  const { snapshot, door, assumptions, report } = asking;
  const { cluster, control } = snapshot;
  const node = cluster.nodeByIp.get(dial.ip);
  if (door?.body.type !== 'NodePort' || node === undefined) return dial;
  const servicePort = control.servicePortsOf(door.key).find(({ port }) => port === dial.port);
  const { nodePort } = servicePort ?? {};
  if (nodePort === undefined || isOpen(asking, dial, node.name)) return dial;
  report({
    code: 'url-port-closed',
    severity: 'warning',
    text: `port ${dial.port} is open at no node: Service ${door.key} is of type NodePort, and nodes answer at ${nodePort}; something before them is taken to pass ${dial.port} on to it`,
    sources: door.origin === undefined ? [] : [{ at: door.origin, role: 'context' }],
  });
  assumptions.add('A_CONTROLLER', {
    values: [`port ${dial.port} leads to node port ${nodePort}`],
    decisive: true,
  });
  return { ...dial, port: nodePort };
}

/** A pod of the node has the port itself. */
function isOpen({ snapshot }: Asking, { ip, port }: Dial, node: string): boolean {
  const { cluster, control } = snapshot;
  if (hostEndpointAt(control, ip, port) !== undefined) return true;
  return cluster.pods.some(
    (pod) =>
      pod.node === node &&
      pod.ports.some(({ hostPort, protocol }) => hostPort === port && protocol === 'tcp'),
  );
}
