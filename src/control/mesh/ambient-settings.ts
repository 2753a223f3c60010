/**
 * What a pod's annotations say of capturing its connections for ztunnel.
 * Source: istio/api:annotation/annotations.yaml, istio/istio:cni/pkg/nodeagent/net_linux.go getPodLevelTrafficOverrides.
 * Rules: docs/semantics/istio.md 13.1.
 */

import type { Labels } from '../../k8s/object.ts';

export interface AmbientSettings {
  /** Connections to the pod do not pass ztunnel: it is a gateway for clients outside of the mesh. */
  readonly bypassesInbound: boolean;
  /** What comes in by these devices is taken for what leaves the pod (virtual machines in it). */
  readonly virtualInterfaces: readonly string[];
}

/** The mark of ztunnel's own packets, and that of connections that it opens to the application. */
export const ZTUNNEL_MARKS = { socket: 0x539, connection: 0x111, mask: 0xfff } as const;

/** The settings of a pod, with the defaults of istio-cni for what it does not say. */
export function ambientSettings(annotations: Labels): AmbientSettings {
  const interfaces = annotations.get('istio.io/reroute-virtual-interfaces') ?? '';
  return {
    bypassesInbound: annotations.get('ambient.istio.io/bypass-inbound-capture') === 'true',
    virtualInterfaces: interfaces
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  };
}
