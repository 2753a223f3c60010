/**
 * ztunnel, whose sockets are in the network namespace of each ambient pod: connections of the application go by its
 * outbound side, those to it by HBONE or in plaintext. It reads no request. Rules: docs/semantics/istio.md 13.
 */

import { PROXY_PORTS } from '../../../control/mesh/capture-settings.ts';
import type { ProxyFinder } from '../proxy.ts';
import { assumeMember, assumeOfMesh } from './assume.ts';
import { meshOf } from './scene.ts';
import { type Captured, handleInbound } from './ztunnel-inbound.ts';
import { handleOutbound } from './ztunnel-outbound.ts';

/** The side of ztunnel that has taken a connection. */
export const ztunnelProxy: ProxyFinder = (asking, connection) => {
  const { dialled, packet, pod } = connection;
  if (dialled === undefined && packet.dstPort !== PROXY_PORTS.hbone) return undefined;
  const all = meshOf(asking.snapshot.control);
  if (all.mesh.membership(pod).membership !== 'ambient') return undefined;
  assumeMember(asking, 'A_AMBIENT', { all, connection });
  assumeOfMesh({ asking, all, outcome: { unmodelled: [] } });
  const captured: Captured = { asking, all, connection };
  if (dialled === undefined) return handleInbound(captured, { ip: packet.dst, ...tunnelled(connection) });
  if (packet.dstPort === PROXY_PORTS.outbound) return handleOutbound(captured, dialled);
  return packet.dstPort === PROXY_PORTS.inbound ? handleInbound(captured, dialled) : undefined;
};

function tunnelled({ seal }: Captured['connection']): { readonly port: number } {
  return { port: seal?.tunnel?.port ?? PROXY_PORTS.hbone };
}
