/** What implementations of the Gateway API do differently, by the names of its features (pkg/features). */

export interface GatewayFeatures {
  /** Only routes of the most specific listener count (GatewayHTTPListenerIsolation). */
  readonly listenerIsolation: boolean;
  /** A Host header of another HTTPS listener than the handshake's is answered 421 (GatewayHTTPSListenerDetectMisdirectedRequests). */
  readonly misdirectedRequests: boolean;
  /** One port for TLS listeners of both modes (TLSRouteModeMixed). */
  readonly mixedTlsModes: boolean;
}

/** What the text of the API asks for, or names as what implementations should do. */
export const DEFAULT_FEATURES: GatewayFeatures = {
  listenerIsolation: true,
  misdirectedRequests: true,
  mixedTlsModes: false,
};
