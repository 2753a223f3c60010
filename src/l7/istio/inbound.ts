/**
 * What the inbound listener of a sidecar does with a connection, by the port's protocol, the TLS of the client and
 * the mode of the PeerAuthentication. Source: istio/istio:pilot/pkg/networking/core/listener_inbound.go,
 * pilot/pkg/networking/core/sidecar_simulation_test.go TestInbound. Rules: docs/semantics/istio.md 11.3.
 */

import type { PeerMode } from '../../k8s/kinds/peer-authentication.ts';
import { type IstioProtocol, isHttp } from './protocol.ts';

/** `mtls`: with a certificate of the mesh; `tls`: any other TLS. */
export type ClientTls = 'none' | 'tls' | 'mtls';

export interface InboundClient {
  /** What is sent, inside TLS if there is any. */
  readonly protocol: 'http' | 'tcp';
  readonly tls: ClientTls;
}

/**
 * `accepted`; no chain for such bytes; a TLS client without a certificate of the mesh; bytes that are no HTTP where
 * HTTP is expected.
 */
export type InboundVerdict = 'accepted' | 'no-filter-chain' | 'mtls-error' | 'protocol-error';

/** @param declared the protocol of the Service port that leads to the workload's; undefined: none does. */
export function inboundVerdict(
  declared: IstioProtocol | undefined,
  { protocol, tls }: InboundClient,
  mode: PeerMode,
): InboundVerdict {
  const wantsHttp = declared !== undefined && isHttp(declared);
  if (mode === 'STRICT' && tls === 'none') return 'no-filter-chain';
  if (mode === 'STRICT' && tls === 'tls') return 'mtls-error';
  if (!wantsHttp) return 'accepted';
  // Without mTLS, TLS is no HTTP; where mTLS is taken too, other TLS has no chain.
  if (mode === 'DISABLE' && tls !== 'none') return 'protocol-error';
  if (tls === 'tls') return 'no-filter-chain';
  return protocol === 'http' ? 'accepted' : 'protocol-error';
}

/** The cluster that an accepted connection goes on by. */
export function inboundCluster(declared: IstioProtocol | undefined, port: number): string {
  return declared === undefined ? 'InboundPassthroughCluster' : `inbound|${port}||`;
}
