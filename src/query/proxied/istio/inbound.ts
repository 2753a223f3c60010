/**
 * The inbound side of a sidecar: TLS, then the token, then the AuthorizationPolicies, then the application, which is asked
 * at the pod's own address from 127.0.0.6. Rules: docs/semantics/istio.md 1.8, 11.
 */

import { PROXY_UID } from '../../../control/mesh/capture-settings.ts';
import { proxyAddress } from '../../../dataplane/mesh/sidecar-capture.ts';
import { type Arrival, arrive } from '../../../l7/istio/arrival.ts';
import type { PeerIdentity } from '../../../l7/istio/authorization-fields.ts';
import { identityOf, wireTls } from '../../../l7/istio/branches.ts';
import { inboundCluster } from '../../../l7/istio/inbound.ts';
import { normalizedUri } from '../../../l7/istio/normalized-uri.ts';
import { isHttp, isTls, maybeHttp } from '../../../l7/istio/protocol.ts';
import type { IstioMesh } from '../../../l7/istio/routing.ts';
import { ONE } from '../../../net/fraction.ts';
import { type Ip, parseIp } from '../../../net/ip.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Asking } from '../../asking.ts';
import type { Connection, Handling, Outcome, RequestProxy, SocketAddress } from '../proxy.ts';
import { placeOf } from '../step-place.ts';
import { assumeOfMesh } from './assume.ts';
import { denialOf } from './refused.ts';
import { type Sent, sentOn } from './sent.ts';
import { answered, closed, type Felt, feltBehind } from './symptoms.ts';

interface Captured {
  readonly asking: Asking;
  readonly all: IstioMesh;
  readonly connection: Connection;
  readonly dialled: SocketAddress;
}

interface Inbound extends Captured {
  readonly sent: Sent;
  readonly arrival: Arrival;
}

/** The proxy at port 15006. */
export function handleInbound(captured: Captured): RequestProxy {
  const { asking, all, connection, dialled } = captured;
  const { pod, packet, seal } = connection;
  const { mesh } = all;
  const sent = sentOn(asking, connection, dialled, () => {
    const declared = mesh.inboundProtocol(pod, dialled.port);
    if (declared === undefined) return 'tcp';
    return isTls(declared) ? 'tls' : isHttp(declared) ? 'http' : 'tcp';
  });
  const remoteIp = forwardedClient(connection.headers);
  const arrival = arrive(mesh, {
    pod,
    port: dialled.port,
    tls: wireTls(seal?.tls ?? 'none', sent.mesh),
    ...(seal?.peer === undefined ? {} : { peer: seal.peer }),
    sourceIp: packet.src,
    ...(remoteIp === undefined ? {} : { remoteIp }),
    request: sent.mesh,
  });
  const inbound = { ...captured, sent, arrival };
  return {
    handle: () => handlingOf(inbound),
    answerTo: (own) => feltBehind(sent.mesh.wire === 'http' ? sent.request : undefined, own),
  };
}

/** A sidecar believes the last address that the header names (Envoy, xff_num_trusted_hops 0). */
function forwardedClient(headers: ReadonlyMap<string, string>): Ip | undefined {
  const last = headers.get('X-Forwarded-For')?.split(',').at(-1)?.trim();
  return last === undefined ? undefined : parseIp(last);
}

function handlingOf(inbound: Inbound): Handling {
  const { asking, all, arrival } = inbound;
  assumeOfMesh({ asking, all, outcome: NOTHING_UNKNOWN });
  return {
    steps: [tlsStep(inbound), ...policySteps(inbound)],
    outcomes: [arrival.kind === 'accepted' ? delivery(inbound) : refusal(inbound, arrival.failure)],
  };
}

const NOTHING_UNKNOWN = { unmodelled: [] } as const;

/** `mTLS of shop/sa/web; PeerAuthentication STRICT`, with the line that says so. */
function tlsStep({ asking, all, connection, dialled }: Inbound): StepAnswer {
  const { mode, at } = all.mesh.peerPolicy(connection.pod, dialled.port);
  const { peer } = connection.seal ?? {};
  const from = peer === undefined ? 'plaintext' : `mTLS of ${peer.namespace}/sa/${peer.serviceAccount}`;
  const source = at === undefined ? ' by default' : '';
  return {
    kind: 'proxy',
    text: `${from}; PeerAuthentication ${mode}${source}`,
    ...placeOf(asking, at),
    ...(peer === undefined ? {} : { detail: { peer: spiffe(peer) } }),
  };
}

/** Source: istio/istio:pkg/spiffe/spiffe.go. */
function spiffe({ trustDomain, namespace, serviceAccount }: PeerIdentity): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

function policySteps({ asking, arrival }: Inbound): readonly StepAnswer[] {
  if (arrival.kind !== 'accepted') return [];
  const [at] = arrival.because;
  if (at === undefined) return [];
  return [{ kind: 'proxy', text: 'an AuthorizationPolicy admits it', ...placeOf(asking, at) }];
}

/** To the port that was dialled, at the pod's own address; the rules let 127.0.0.6 pass. */
function delivery({ all, connection, dialled, sent }: Inbound): Outcome {
  const { pod } = connection;
  const declared = all.mesh.inboundProtocol(pod, dialled.port);
  const isRead = sent.mesh.wire === 'http' && (declared === undefined || maybeHttp(declared));
  const request = isRead ? normalizedRequest(all, sent) : sent.request;
  const cluster = inboundCluster(declared, dialled.port);
  const added = sent.mesh.wire === 'http' ? certificateHeader(all, connection) : [];
  const headers = new Map(
    request === undefined ? [] : [['Host', request.host] as const, ...connection.headers, ...added],
  );
  return {
    kind: 'forward',
    share: ONE,
    steps: [{ kind: 'proxy', text: `→ ${cluster}` }],
    to: { kind: 'addresses', addresses: [dialled] },
    headers,
    socket: {
      src: proxyAddress(dialled.ip.family),
      owner: { uid: PROXY_UID, gid: PROXY_UID },
    },
    ...(request === undefined ? {} : { request }),
  };
}

function normalizedRequest({ mesh }: IstioMesh, { request }: Sent): Sent['request'] {
  if (request === undefined) return undefined;
  return { ...request, uri: normalizedUri(request.uri, mesh.settings.pathNormalization) ?? request.uri };
}

/**
 * What the application is told of the client's certificate; its hash nobody knows.
 * Source: istio/istio:pilot/pkg/networking/core/listener_inbound.go buildSidecarInboundHTTPOpts.
 */
function certificateHeader(
  { mesh }: IstioMesh,
  { pod, seal }: Connection,
): readonly (readonly [string, string])[] {
  if (seal?.peer === undefined) return [];
  const own = spiffe(identityOf(mesh, { namespace: pod.namespace, pod }));
  return [['X-Forwarded-Client-Cert', `By=${own};Hash=…;Subject="";URI=${spiffe(seal.peer)}`]];
}

function refusal(inbound: Inbound, failure: Extract<Arrival, { kind: 'failed' }>['failure']): Outcome {
  const { connection, sent } = inbound;
  const { status, text, because, kind } = failure;
  const flag = failure.flag ?? (kind === 'tls-mismatch' ? 'NR' : undefined);
  const isPlain = sent.mesh.wire === 'http';
  const felt: Felt =
    status !== undefined && isPlain
      ? answered(sent.request, status, flag)
      : closed(sent.mesh.wire === 'tls' && connection.seal?.peer === undefined, flag);
  const word = flag === undefined ? '' : ` ${flag}`;
  const what = felt.l7?.status === undefined ? `closes the connection (${flag})` : `${felt.l7.status}${word}`;
  return {
    kind: 'answer',
    share: ONE,
    steps: [
      {
        kind: 'end',
        verdict: 'deny',
        text: `${what}: ${text}`,
        ...placeOf(inbound.asking, because[0]),
      },
    ],
    disposition: 'denied-l7',
    ...felt,
    causes: [denialOf({ text, because })],
    backends: [connection.pod.key],
  };
}
