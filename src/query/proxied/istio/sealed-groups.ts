/**
 * How an Envoy of the mesh connects to endpoints: HBONE to ambient pods, mTLS to sidecars that take it, plaintext else.
 * Source: istio/istio:pilot/pkg/xds/endpoints/endpoint_builder.go buildEnvoyLbEndpoint, mtls_checker.go.
 * Rules: docs/semantics/istio.md 8.9, 13.4.
 */

import type { Pod, PodKey } from '../../../cluster/cluster.ts';
import { groupBy } from '../../../collections/grouping.ts';
import { PROXY_PORTS } from '../../../control/mesh/capture-settings.ts';
import { isAmbient, takesHbone } from '../../../l7/istio/ambient/hbone.ts';
import { gatewayOfPod } from '../../../l7/istio/ambient/waypoints.ts';
import { identityOf } from '../../../l7/istio/branches.ts';
import { takesMtls } from '../../../l7/istio/clusters.ts';
import type { Mesh } from '../../../l7/istio/mesh.ts';
import type { HopTls } from '../../../l7/istio/outcome.ts';
import type { Ip } from '../../../net/ip.ts';
import type { Seal, SocketAddress } from '../proxy.ts';

/** What is known of an endpoint that has an address. */
export interface DialledEndpoint {
  readonly ip: Ip;
  readonly port: number;
  readonly pod?: PodKey | undefined;
}

/** Endpoints that are dialled in the same way. */
export interface SealedGroup<Endpoint extends DialledEndpoint> {
  readonly seal: Seal;
  readonly endpoints: readonly Endpoint[];
  /** Where the connections go: to port 15008 in the place of the endpoint's own for HBONE. */
  readonly addresses: readonly SocketAddress[];
}

/** Groups of endpoints. @param tls of the cluster; `auto`: each endpoint decides. */
export function sealedGroups<Endpoint extends DialledEndpoint>(
  mesh: Mesh,
  from: Pod,
  { endpoints, tls }: { readonly endpoints: readonly Endpoint[]; readonly tls: HopTls | 'auto' },
): readonly SealedGroup<Endpoint>[] {
  const own = identityOf(mesh, { namespace: from.namespace, pod: from });
  // Waypoints speak no mTLS but that of HBONE, which sidecars take, too.
  const isWaypoint = gatewayOfPod(mesh.control.cluster, from) !== undefined;
  const wayTo = (endpoint: Endpoint): HopTls | number => {
    if ((isWaypoint ? takesHbone : isAmbient)(mesh, endpoint.pod)) return endpoint.port;
    if (isWaypoint) return 'none';
    if (tls !== 'auto') return tls;
    const { ip, port, pod } = endpoint;
    const asked = { address: ip.text, port, labels: new Map(), ...(pod === undefined ? {} : { pod }) };
    return mesh.settings.autoMtls && takesMtls(mesh, asked) ? 'mtls' : 'none';
  };
  return [...groupBy(endpoints, wayTo)].map(([way, group]) => {
    const addresses = group.map(({ ip, port }) => ({ ip, port }));
    if (typeof way !== 'number') {
      return { endpoints: group, addresses, seal: way === 'mtls' ? { tls: way, peer: own } : { tls: way } };
    }
    return {
      endpoints: group,
      addresses: addresses.map(({ ip }) => ({ ip, port: PROXY_PORTS.hbone })),
      seal: { tls: 'mtls', peer: own, tunnel: { port: way } },
    };
  });
}

const TLS_WORDS: Readonly<Record<HopTls, string>> = { mtls: ', mTLS', tls: ', TLS', none: ', plaintext' };

/** `, mTLS`; `, HBONE to port 15008`. */
export function sealWords({ tls, tunnel }: Seal): string {
  return tunnel === undefined ? TLS_WORDS[tls] : `, HBONE to port ${PROXY_PORTS.hbone}`;
}
