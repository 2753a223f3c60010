/**
 * The server's ztunnel: it admits the connection or not, by what it knows without reading a request, and connects to the
 * application from the address of its peer. Source: istio/ztunnel:src/proxy/inbound.rs, inbound_passthrough.rs.
 * Rules: docs/semantics/istio.md 13.5.
 */

import { ZTUNNEL_MARKS } from '../../../control/mesh/ambient-settings.ts';
import { PROXY_PORTS } from '../../../control/mesh/capture-settings.ts';
import type { ZtunnelVerdict } from '../../../l7/istio/ambient/ztunnel-policies.ts';
import type { IstioMesh } from '../../../l7/istio/routing.ts';
import { ONE } from '../../../net/fraction.ts';
import { printSocketAddress } from '../../../net/ip.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Asking } from '../../asking.ts';
import type { Connection, Outcome, RequestProxy, SocketAddress } from '../proxy.ts';
import { placeOf } from '../step-place.ts';
import { refusedAnswer } from './refused.ts';

export interface Captured {
  readonly asking: Asking;
  readonly all: IstioMesh;
  readonly connection: Connection;
}

/** Who does a step, for whoever shows it. */
export const ZTUNNEL = { proxy: 'ztunnel' } as const;

/** Ports of ztunnel itself: a connection to them would go round in circles. */
const OWN_PORTS: readonly number[] = [PROXY_PORTS.outbound, PROXY_PORTS.inbound, PROXY_PORTS.hbone];

/** @param target in the pod: where a client in plaintext dialled, or what is asked for inside HBONE. */
export function handleInbound(captured: Captured, target: SocketAddress): RequestProxy {
  return {
    handle: () => ({ steps: [arrivalStep(captured, target)], outcomes: [outcomeOf(captured, target)] }),
    answerTo: () => ({ symptom: 'reset' }),
  };
}

function arrivalStep({ connection: { seal } }: Captured, target: SocketAddress): StepAnswer {
  const peer = seal?.peer;
  const where = printSocketAddress(target.ip, target.port);
  const text =
    peer === undefined
      ? `plaintext for ${where}`
      : `HBONE of ${peer.namespace}/sa/${peer.serviceAccount} for ${where}`;
  return { kind: 'proxy', text, detail: ZTUNNEL };
}

function outcomeOf(captured: Captured, target: SocketAddress): Outcome {
  const { all, connection } = captured;
  const { packet, pod, seal } = connection;
  if (OWN_PORTS.includes(target.port)) {
    const text = `port ${target.port} is ztunnel's own: it takes no connection but HBONE with a certificate of the mesh`;
    return refusal(captured, { text, because: [] });
  }
  const verdict = all.mesh.admittedByZtunnel(pod, {
    ...(seal?.peer === undefined ? {} : { peer: seal.peer }),
    sourceIp: packet.src,
    destinationIp: target.ip,
    port: target.port,
  });
  return verdict.kind === 'allowed'
    ? delivery(captured, target, verdict)
    : refusal(captured, { text: denialText(captured, verdict), because: verdict.because });
}

function denialText(
  { connection: { pod } }: Captured,
  { policy }: Extract<ZtunnelVerdict, { kind: 'denied' }>,
): string {
  return policy === undefined
    ? `${pod.key} takes mTLS only, and the client sends plaintext`
    : `${pod.key} refuses the connection: AuthorizationPolicy ${policy}`;
}

/** To the application, from the address of the peer: answers come back by the mark of the connection. */
function delivery(
  { asking, connection }: Captured,
  target: SocketAddress,
  { because: [at] }: ZtunnelVerdict,
): Outcome {
  const { packet, request, headers } = connection;
  const admitted: readonly StepAnswer[] =
    at === undefined
      ? []
      : [{ kind: 'proxy', text: 'an AuthorizationPolicy admits it', ...placeOf(asking, at) }];
  return {
    kind: 'forward',
    share: ONE,
    steps: [...admitted, { kind: 'proxy', text: `→ the application, from ${packet.src.text}` }],
    to: { kind: 'addresses', addresses: [target] },
    headers,
    ...(request === undefined ? {} : { request }),
    socket: { src: packet.src, mark: ZTUNNEL_MARKS.socket },
  };
}

function refusal(
  { asking, connection }: Captured,
  { text, because }: { readonly text: string; readonly because: ZtunnelVerdict['because'] },
): Outcome {
  return refusedAnswer(asking, { text, because, backends: [connection.pod.key] });
}
