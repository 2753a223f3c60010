/** A pod's sidecar: connections of its application go by its outbound side, those to it by its inbound side. */

import { captureSettings, PROXY_PORTS, PROXY_UID } from '../../../control/mesh/capture-settings.ts';
import { listenerName } from '../../../l7/istio/listeners.ts';
import { answerOutbound, expectedWire } from '../../../l7/istio/outbound.ts';
import type { Connection, Handling, ProxyFinder, SocketAddress } from '../proxy.ts';
import { assumeMember, assumeOfMesh, noteSocketTranslation, noteTransparent } from './assume.ts';
import { gammaHandling } from './gamma.ts';
import { handleInbound } from './inbound.ts';
import { outcomesOf } from './outcomes.ts';
import { type MeshScene, meshOf } from './scene.ts';
import { sentOn } from './sent.ts';
import { feltBehind } from './symptoms.ts';
import { delaySteps, listenerStep, ruleSteps } from './words.ts';

/** The user and group of the proxy: the rules let it pass. */
const OWNER = { uid: PROXY_UID, gid: PROXY_UID };

/** The Envoy to whose port the pod's rules have turned the connection, or whom HBONE has reached. */
export const sidecarProxy: ProxyFinder = (asking, connection) => {
  const { packet, pod } = connection;
  const dialled = connection.dialled ?? insideHbone(connection);
  if (dialled === undefined) return undefined;
  const ports: readonly number[] = [PROXY_PORTS.outbound, PROXY_PORTS.inbound, PROXY_PORTS.hbone];
  if (!ports.includes(packet.dstPort)) return undefined;
  const all = meshOf(asking.snapshot.control);
  if (all.mesh.membership(pod).membership !== 'sidecar') return undefined;
  assumeMember(asking, 'A_SIDECAR', { all, connection });
  if (captureSettings(pod.annotations).mode === 'TPROXY') noteTransparent(asking, { connection });
  const at = { asking, all, connection, dialled };
  return packet.dstPort === PROXY_PORTS.outbound ? outboundProxy(at) : handleInbound(at);
};

/** What ztunnel asks for inside HBONE, which Envoy takes at its port by itself. */
function insideHbone({ packet, seal }: Connection): SocketAddress | undefined {
  if (packet.dstPort !== PROXY_PORTS.hbone || seal?.tunnel === undefined) return undefined;
  return { ip: packet.dst, port: seal.tunnel.port };
}

type Captured = Pick<MeshScene, 'asking' | 'all' | 'connection'> & { readonly dialled: SocketAddress };

function outboundProxy(captured: Captured): ReturnType<ProxyFinder> {
  const { asking, all, connection, dialled } = captured;
  const outbound = all.outbound(connection.pod);
  const place = { port: dialled.port, address: dialled.ip };
  const sent = sentOn(asking, connection, dialled, () => expectedWire(outbound, place));
  const outcome = answerOutbound(outbound, sent.mesh);
  const scene: MeshScene = {
    ...captured,
    proxy: outbound.proxy,
    sent,
    outcome,
    socket: { owner: OWNER },
  };
  const isHttp = sent.mesh.wire === 'http';
  const handle = (): Handling => {
    assumeOfMesh(scene);
    noteSocketTranslation(scene, dialled.ip);
    // A VirtualService for the host and routes at its Service together are undefined: Istio's own is taken.
    const gamma =
      outcome.set === undefined ? gammaHandling({ ...scene, socket: { owner: OWNER } }) : undefined;
    const listener = listenerName(outbound.onPort(dialled.port)?.listeners, dialled.port, dialled.ip);
    if (gamma !== undefined) {
      return { ...gamma, steps: [listenerStep(listener, outcome), ...gamma.steps] };
    }
    return {
      steps: [listenerStep(listener, outcome), ...ruleSteps(asking, outcome), ...delaySteps(outcome)],
      outcomes: outcomesOf(scene),
    };
  };
  return { handle, answerTo: (own) => feltBehind(isHttp ? sent.request : undefined, own) };
}
