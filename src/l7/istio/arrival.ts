/**
 * What the proxy of the server makes of a connection: TLS first, then the token, then the AuthorizationPolicies.
 * Source: istio/istio:pilot/pkg/networking/core/listener_inbound.go, istio/istio.io:content/en/docs/concepts/security.
 * Rules: docs/semantics/istio.md 11.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { captureSettings, capturesInbound } from '../../control/mesh/capture-settings.ts';
import type { Ip } from '../../net/ip.ts';
import type { SourceRef } from '../../source/ref.ts';
import { splitQuery } from '../request.ts';
import type { AuthorizationRequest, HttpFacts, PeerIdentity } from './authorization-fields.ts';
import { withoutPort } from './host-table.ts';
import { type ClientTls, inboundVerdict } from './inbound.ts';
import type { Mesh } from './mesh.ts';
import type { MeshRequest } from './mesh-request.ts';
import { normalizedUri } from './normalized-uri.ts';
import type { BranchFailure } from './outcome.ts';
import { type IstioProtocol, maybeHttp } from './protocol.ts';
import type { TokenVerdict } from './request-authentication.ts';

/** A connection to a pod. */
export interface Arriving {
  readonly pod: Pod;
  /** Of the pod. */
  readonly port: number;
  readonly tls: ClientTls;
  /** Who shows a certificate of the mesh. */
  readonly peer?: PeerIdentity;
  readonly sourceIp?: Ip;
  /** The client before a gateway. */
  readonly remoteIp?: Ip;
  /** As it arrives, behind rewrites. */
  readonly request: MeshRequest;
}

export type Arrival =
  | { readonly kind: 'accepted'; readonly because: readonly SourceRef[]; readonly authorization?: 'allow' }
  | { readonly kind: 'failed'; readonly failure: BranchFailure };

const ACCEPTED: Arrival = { kind: 'accepted', because: [] };

/** @returns whether the server's application gets it. A failure without a status is a closed connection. */
export function arrive(mesh: Mesh, arriving: Arriving): Arrival {
  const { pod, port } = arriving;
  const { membership } = mesh.membership(pod);
  if (membership === 'ambient') return arriveAmbient(mesh, arriving);
  const isCaptured = membership === 'sidecar' && capturesInbound(captureSettings(pod.annotations), port);
  if (!isCaptured) return arriving.tls === 'mtls' ? plaintextServer(pod) : ACCEPTED;
  const declared = mesh.inboundProtocol(pod, port);
  const policy = mesh.peerPolicy(pod, port);
  // Bytes that nobody has named are taken to be what the server wants.
  const protocol = arriving.request.wire === 'tls' ? 'tcp' : 'http';
  const verdict = inboundVerdict(declared, { protocol, tls: arriving.tls }, policy.mode);
  if (verdict === 'accepted') return judge(mesh, arriving, declared);
  const text = {
    'no-filter-chain':
      policy.mode === 'STRICT'
        ? 'takes mTLS only, and the client sends plaintext'
        : 'has no filter chain for TLS that is not of the mesh',
    'mtls-error': 'takes mTLS only, and the client has no certificate of the mesh',
    'protocol-error': `takes the port for ${declared ?? 'HTTP'}, and something else arrives`,
  }[verdict];
  return refused(pod, {
    kind: 'tls-mismatch',
    text: `${pod.key} ${text}`,
    because: policy.at === undefined ? [] : [policy.at],
  });
}

function refused(pod: Pod, failure: Omit<BranchFailure, 'by'>): Arrival {
  return { kind: 'failed', failure: { ...failure, by: pod.key } };
}

function plaintextServer(pod: Pod): Arrival {
  return {
    kind: 'failed',
    failure: {
      kind: 'tls-mismatch',
      text: `${pod.key} has no sidecar to end mTLS`,
      status: 503,
      flag: 'UF',
      because: [],
    },
  };
}

/** ztunnel knows addresses, ports and identities, and closes the connection that it does not admit. */
function arriveAmbient({ admittedByZtunnel }: Mesh, { pod, port, tls, peer, sourceIp }: Arriving): Arrival {
  const verdict = admittedByZtunnel(pod, {
    ...(peer === undefined || tls !== 'mtls' ? {} : { peer }),
    sourceIp,
    destinationIp: pod.ips[0],
    port,
  });
  const { because } = verdict;
  if (verdict.kind === 'allowed') return { kind: 'accepted', because, authorization: 'allow' };
  const { policy } = verdict;
  if (policy === undefined) {
    const text = `${pod.key} takes mTLS only, and the client sends plaintext`;
    return refused(pod, { kind: 'tls-mismatch', text, because });
  }
  const text = `${pod.key}: ztunnel refuses the connection (AuthorizationPolicy ${policy})`;
  return refused(pod, { kind: 'denied', text, because });
}

function judge(mesh: Mesh, arriving: Arriving, declared: IstioProtocol | undefined): Arrival {
  const isHttp = arriving.request.wire === 'http' && (declared === undefined || maybeHttp(declared));
  if (!isHttp) return authorized(mesh, arriving, undefined);
  const { pod, request } = arriving;
  const token = mesh.authenticate(pod, request);
  if (token.kind === 'refused') {
    const text = `${pod.key}: ${token.text}`;
    return refused(pod, { kind: 'unauthenticated', text, status: 401, because: token.because });
  }
  return authorized(mesh, arriving, httpFacts(mesh, request, token));
}

/** What of a request policies are about, with what its token says. */
export function httpFacts(
  { settings }: Mesh,
  { method, uri, authority, headers }: MeshRequest,
  token: TokenVerdict,
): HttpFacts {
  return {
    method,
    path: splitQuery(normalizedUri(uri, settings.pathNormalization) ?? uri).path,
    host: withoutPort(authority),
    headers,
    ...(token.kind === 'taken' ? { token: token.token } : {}),
  };
}

function authorized(mesh: Mesh, arriving: Arriving, http: HttpFacts | undefined): Arrival {
  const { pod } = arriving;
  const decision = mesh.authorize(pod, authorizationRequest(arriving, http));
  if (decision.verdict === 'allow') {
    return { kind: 'accepted', because: decision.because, authorization: 'allow' };
  }
  const policy = decision.policy === undefined ? '' : ` (AuthorizationPolicy ${decision.policy})`;
  return refused(pod, {
    kind: 'denied',
    text: `${pod.key} refuses: RBAC: access denied${policy}`,
    ...(http === undefined ? {} : { status: 403 }),
    flag: 'RBAC',
    because: decision.because,
  });
}

function authorizationRequest(
  { pod, port, peer, tls, sourceIp, remoteIp, request }: Arriving,
  http: HttpFacts | undefined,
): AuthorizationRequest {
  const [destinationIp] = pod.ips;
  return {
    ...(peer === undefined || tls !== 'mtls' ? {} : { peer }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
    ...(remoteIp === undefined ? {} : { remoteIp }),
    ...(destinationIp === undefined ? {} : { destinationIp }),
    port,
    ...(request.sni === undefined ? {} : { sni: request.sni }),
    ...(http === undefined ? {} : { http }),
  };
}
