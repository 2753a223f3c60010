/** Every sort of proxy that may stand on a path, in the order in which they are asked. */

import { gatewayProxy } from './gateway-proxy.ts';
import { ingressProxy } from './ingress-proxy.ts';
import { istioGatewayProxy } from './istio/gateway-proxy.ts';
import { sidecarProxy } from './istio/sidecar-proxy.ts';
import { waypointProxy } from './istio/waypoint-proxy.ts';
import { ztunnelProxy } from './istio/ztunnel-proxy.ts';
import type { ProxyFinder } from './proxy.ts';
import { streamProxy } from './stream-proxy.ts';

export const PROXIES: readonly ProxyFinder[] = [
  sidecarProxy,
  ztunnelProxy,
  waypointProxy,
  istioGatewayProxy,
  streamProxy,
  ingressProxy,
  gatewayProxy,
];
