/**
 * The servers of a gateway's pod: those of every Gateway that selects it, merged by port.
 * Source: istio/istio:pilot/pkg/model/gateway.go mergeGateways, pkg/config/gateway/gateway.go.
 * Rules: docs/semantics/istio.md 10.1 to 10.4.
 */

import type { Pod } from '../../cluster/cluster.ts';
import type { GatewayServer, IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { Mesh } from './mesh.ts';
import { serverHost } from './names.ts';
import { isHttp, protocolNamed } from './protocol.ts';

/** A server on a port of the pod. */
export interface MergedServer {
  readonly server: GatewayServer;
  readonly gateway: IstioGatewayObject;
  /** `namespace/name`. */
  readonly gatewayName: string;
  /** Hosts with their namespace where one restricts them. */
  readonly hosts: readonly string[];
  readonly at: SourceRef;
}

/** A server that another one keeps out. */
export interface SkippedServer extends MergedServer {
  readonly reason: string;
}

/** What a gateway's pod listens for on one of its ports. */
export interface GatewayPort {
  /** Of the pod. */
  readonly port: number;
  /** `http`: one table of hosts for all servers. `tls`: told apart by server name. `tcp`: the first server. */
  readonly kind: 'http' | 'tls' | 'tcp';
  readonly servers: readonly MergedServer[];
  readonly skipped: readonly SkippedServer[];
}

/** The ports of a gateway's pod, by their number. */
export function gatewayPorts(mesh: Mesh, pod: Pod): ReadonlyMap<number, GatewayPort> {
  const drafts = new Map<number, Draft>();
  for (const gateway of mesh.gateways) {
    const { selector, servers } = gateway.body;
    if (selector !== undefined && !labelsMatch(selector, pod.labels)) continue;
    for (const server of servers) {
      for (const port of boundPorts(mesh, pod, server.port))
        addServer(drafts, port, mergedServer(gateway, server));
    }
  }
  return new Map(
    [...drafts].map(([port, { kind, servers, skipped }]) => [port, { port, kind, servers, skipped }]),
  );
}

interface Draft {
  readonly kind: GatewayPort['kind'];
  readonly protocol: string;
  readonly servers: MergedServer[];
  readonly skipped: SkippedServer[];
  readonly tlsHosts: Set<string>;
}

function mergedServer(gateway: IstioGatewayObject, server: GatewayServer): MergedServer {
  const { namespace, name } = gateway.metadata;
  const hosts = server.hosts.map((host) => serverHost(host, namespace));
  return {
    server,
    gateway,
    gatewayName: `${namespace}/${name}`,
    hosts: hosts.includes('*') ? ['*', ...hosts.filter((host) => host !== '*')] : hosts,
    at: refTo(gateway.origin, ...server.path),
  };
}

/** The number is that of a Service's port: the pod listens on the target of it, or on the number itself. */
function boundPorts(mesh: Mesh, pod: Pod, number: number): readonly number[] {
  const targets = new Set<number>();
  for (const service of mesh.services) {
    if (service.kind !== 'service' || service.namespace !== pod.namespace) continue;
    for (const port of service.ports.filter((each) => each.port === number)) {
      for (const endpoint of service.endpointsOf(port))
        if (endpoint.pod === pod.key) targets.add(endpoint.port);
    }
  }
  return targets.size === 0 ? [number] : [...targets].sort((a, b) => a - b);
}

/** HTTP, in the clear or with TLS that ends here. */
export function isHttpServer({ protocol, tls }: GatewayServer): boolean {
  if (isHttp(protocolNamed(protocol))) return true;
  return protocol === 'HTTPS' && tls !== undefined && !isPassthrough({ tls });
}

/** TLS that the gateway passes on. */
export function isPassthrough({ tls }: Pick<GatewayServer, 'tls'>): boolean {
  return tls?.mode === 'PASSTHROUGH' || tls?.mode === 'AUTO_PASSTHROUGH';
}

function isTlsServer({ protocol, tls }: GatewayServer): boolean {
  return tls !== undefined && !isHttp(protocolNamed(protocol));
}

function kindOf(server: GatewayServer): GatewayPort['kind'] {
  if (isTlsServer(server)) return 'tls';
  return isHttp(protocolNamed(server.protocol)) ? 'http' : 'tcp';
}

function addServer(drafts: Map<number, Draft>, port: number, merged: MergedServer): void {
  const { server } = merged;
  const draft = drafts.get(port) ?? {
    kind: kindOf(server),
    protocol: server.protocol,
    servers: [],
    skipped: [],
    tlsHosts: new Set<string>(),
  };
  drafts.set(port, draft);
  const reason = conflictOf(draft, merged);
  if (reason !== undefined) {
    draft.skipped.push({ ...merged, reason });
    return;
  }
  if (server.tls !== undefined) for (const host of merged.hosts) draft.tlsHosts.add(host);
  draft.servers.push(merged);
}

/** HTTP joins HTTP, TLS joins TLS with other hosts, nothing else joins anything. */
function conflictOf(
  { kind, servers, tlsHosts, protocol }: Draft,
  { server, hosts }: MergedServer,
): string | undefined {
  const double = server.tls === undefined ? undefined : hosts.find((host) => tlsHosts.has(host));
  if (double !== undefined) return `an earlier server on the port has TLS for ${double} too`;
  const [first] = servers;
  if (first === undefined) return undefined;
  if (kind === kindOf(server) && kind !== 'tcp') return undefined;
  return `an earlier server (${first.gatewayName}) has the port for ${protocol}`;
}
