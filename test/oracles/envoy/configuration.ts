/** A static configuration of Envoy with a listener for each world, as istiod would have sent it. */

import { rulesByHost } from './api-routes.ts';
import { clusterName, type EnvoyHost, virtualHosts } from './istio-routes.ts';
import type { World } from './manifests.ts';

/** The backends, each a cluster of its own. */
export const BACKENDS: readonly (readonly [backend: string, cluster: string])[] = [
  ['a', clusterName('a')],
  ['b', clusterName('b')],
  ['c', clusterName('c')],
  ['a/v1', clusterName('a', 'v1')],
];

export interface Ports {
  /** Of the listeners, in the order of the worlds. */
  readonly listeners: readonly number[];
  /** By backend. */
  readonly backends: ReadonlyMap<string, number>;
}

/** The configuration as an object, to be written as JSON. */
export function envoyConfiguration(worlds: readonly World[], { listeners, backends }: Ports): object {
  return {
    // As up to Envoy 1.38, which Istio 1.30 has: several values of a header are one, with commas.
    layered_runtime: {
      layers: [
        {
          name: 'static',
          static_layer: { 'envoy.reloadable_features.match_headers_individually': false },
        },
      ],
    },
    static_resources: {
      listeners: worlds.map((world, index) => listenerOf(world, listeners[index] ?? 0)),
      clusters: BACKENDS.map(([backend, name]) => clusterOf(name, backends.get(backend) ?? 0)),
    },
  };
}

function hostsOf(world: World): readonly EnvoyHost[] {
  if (world.api === 'istio') {
    const [server] = world.gateway.spec.servers;
    const services = world.routes.map(({ spec }) => ({ hosts: spec.hosts, rules: spec.http }));
    return virtualHosts(server.hosts, services, 'istio');
  }
  const [listener] = world.gateway.spec.listeners;
  return virtualHosts([listener.hostname ?? '*'], rulesByHost(world.routes), 'gateway-api');
}

/** istio/istio:pilot/pkg/networking/core/listener_builder.go buildHTTPConnectionManager, with the defaults of a mesh. */
function listenerOf(world: World, port: number): object {
  const manager = {
    '@type': `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: `outbound_${port}`,
    normalize_path: true,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    use_remote_address: true,
    route_config: {
      name: 'http.80',
      virtual_hosts: hostsOf(world),
      validate_clusters: false,
      ignore_port_in_host_matching: true,
    },
    http_filters: ['fault.v3.HTTPFault', 'router.v3.Router'].map((type) => ({
      name: `envoy.filters.http.${type.split('.')[0]}`,
      typed_config: { '@type': `${EXTENSIONS}.http.${type}` },
    })),
  };
  return {
    name: `world-${port}`,
    address: loopback(port),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}

const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters';

function clusterOf(name: string, port: number): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }],
    },
  };
}

function loopback(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
