/**
 * A request that a sidecar has captured: listener, then virtual host or rule, else what the mesh does with
 * destinations that it does not know. Source: istio/istio:pilot/pkg/networking/core/listener.go, httproute.go
 * buildCatchAllVirtualHost, sidecar_simulation_test.go. Rules: docs/semantics/istio.md 5.4 to 5.8, 6.
 */

import { onceEach } from '../../collections/once.ts';
import type { Ip } from '../../net/ip.ts';
import { type HostTable, hostTable } from './host-table.ts';
import { answerHttp, type HttpSending } from './http-answer.ts';
import { answerL4, bestServerName, ruledServerNames } from './l4-answer.ts';
import {
  coversAddress,
  type Listener,
  type Listening,
  listenerFor,
  type PortListeners,
  portListeners,
} from './listeners.ts';
import type { Mesh } from './mesh.ts';
import type { MeshRequest, Wire } from './mesh-request.ts';
import { type MeshOutcome, outcome } from './outcome.ts';
import { isHttp, isTls } from './protocol.ts';
import type { SidecarProxy } from './proxies.ts';
import type { EgressScope } from './sidecar-scope.ts';
import { shortForms, sidecarVirtualHosts, type VirtualHost } from './virtual-hosts.ts';

/** A sidecar with what it has computed for ports so far. */
export interface Outbound {
  readonly mesh: Mesh;
  readonly proxy: SidecarProxy;
  onPort(port: number): PortConfig | undefined;
}

export interface PortConfig {
  readonly scope: EgressScope;
  readonly listeners: PortListeners;
  hosts(): { readonly list: readonly VirtualHost[]; readonly table: HostTable<VirtualHost> };
}

/** The outbound side of a sidecar. */
export function outboundOf(mesh: Mesh, proxy: SidecarProxy): Outbound {
  const onPort = onceEach((port: number): PortConfig | undefined => {
    const scope = proxy.scope.egressOn(port);
    if (scope === undefined) return undefined;
    const hosts = onceEach((asked: number) => {
      const list = sidecarVirtualHosts(scope, proxy, asked);
      return { list, table: hostTable(list) };
    });
    return { scope, listeners: portListeners(scope, port), hosts: () => hosts(port) };
  });
  return { mesh, proxy, onPort };
}

/** What becomes of a connection that the sidecar has captured. */
export function answerOutbound(outbound: Outbound, request: MeshRequest): MeshOutcome {
  const config = outbound.onPort(request.port);
  const listener =
    config === undefined ? undefined : listenerFor(config.listeners, request.port, request.address);
  if (config === undefined || listener === undefined) return unknownDestination(outbound);
  return (
    (listener.kind === 'http'
      ? answerSharedHttp(outbound, config, request)
      : answerListener(outbound, config, { listener, request })) ?? unknownDestination(outbound)
  );
}

/** What the proxy takes a connection to an address and port for, where nobody says what is sent. */
export function expectedWire(
  outbound: Outbound,
  { port, address }: { readonly port: number; readonly address: Ip },
): Wire {
  const config = outbound.onPort(port);
  const listener = config === undefined ? undefined : listenerFor(config.listeners, port, address);
  if (listener?.kind === 'http') return 'http';
  if (listener?.kind !== 'address') return 'tcp';
  const { protocol } = listener.listening;
  if (isTls(protocol)) return 'tls';
  return isHttp(protocol) ? 'http' : 'tcp';
}

/** The proxy's own word for destinations that no listener and no chain is for. */
function unknownDestination({ proxy }: Outbound): MeshOutcome {
  if (proxy.outbound === 'ALLOW_ANY') return passthrough('PassthroughCluster');
  return outcome({
    result: 'reset',
    flag: 'UH',
    cluster: 'BlackHoleCluster',
    reason: 'the proxy does not know the destination, and outboundTrafficPolicy is REGISTRY_ONLY',
  });
}

function passthrough(cluster: string): MeshOutcome {
  return outcome({
    result: 'passthrough',
    cluster,
    reason:
      'the proxy does not know the destination, and outboundTrafficPolicy is ALLOW_ANY: it goes on as dialled',
  });
}

function sendingOf({ mesh, proxy }: Outbound, request: MeshRequest): HttpSending {
  return {
    mesh,
    proxy,
    dialled: { listenerPort: request.port, ...addressOf(request), port: request.port },
    request,
    scheme: 'http',
  };
}

/** Which of several addresses a client takes, nobody knows: each is as likely as the others. */
function addressOf({ address, isOneOfSeveral }: MeshRequest): { readonly ip?: Ip } {
  return address === undefined || isOneOfSeveral === true ? {} : { ip: address };
}

/** The listener of all HTTP services: the Host header decides, not the address. */
function answerSharedHttp(outbound: Outbound, config: PortConfig, request: MeshRequest): MeshOutcome {
  if (request.wire !== 'http') {
    return outcome({
      result: 'reset',
      flag: 'DPE',
      reason: `the proxy takes port ${request.port} for HTTP, and something else is sent`,
    });
  }
  const host = config.hosts().table.find(request.authority);
  if (host !== undefined) return answerHttp(sendingOf(outbound, request), host);
  if (outbound.proxy.outbound === 'ALLOW_ANY') {
    return { ...passthrough('PassthroughCluster'), virtualHost: 'allow_any' };
  }
  return outcome({
    result: 'local-reply',
    status: 502,
    virtualHost: 'block_all',
    cluster: 'BlackHole',
    reason: `the proxy knows no host ${request.authority}, and outboundTrafficPolicy is REGISTRY_ONLY`,
  });
}

interface Asked {
  readonly listener: Exclude<Listener, { readonly kind: 'http' }>;
  readonly request: MeshRequest;
}

function answerListener(
  outbound: Outbound,
  config: PortConfig,
  { listener, request }: Asked,
): MeshOutcome | undefined {
  if (listener.kind === 'address')
    return answerService(outbound, config, { listening: listener.listening, request });
  const listening = chosenService({ outbound, config }, listener.listening, request);
  return listening === undefined ? undefined : answerService(outbound, config, { listening, request });
}

interface AskedService {
  readonly listening: Listening;
  readonly request: MeshRequest;
}

/** A port whose protocol is detected has a virtual host of its own, which takes every Host header. */
function answerService(
  outbound: Outbound,
  config: PortConfig,
  { listening, request }: AskedService,
): MeshOutcome | undefined {
  const sending = sendingOf(outbound, request);
  if (listening.protocol !== 'auto' || request.wire !== 'http') {
    const answer = answerL4(sending, listening, config.scope.rules);
    return answer ?? chainMissing(listening, request);
  }
  const { host } = listening.service;
  const own = config.hosts().list.find(({ domains }) => domains.includes(host.toLowerCase()));
  return answerHttp(sending, own ?? { name: `${host}:${request.port}`, routes: [] });
}

/** A service without an address of its own leaves the connection to the proxy's default. */
function chainMissing({ service }: Listening, { sni }: MeshRequest): MeshOutcome | undefined {
  if (service.addresses.length === 0) return undefined;
  return outcome({
    result: 'reset',
    flag: 'NR',
    reason: `the TLS rules of ${service.host} are for other server names than ${sni ?? 'none'}`,
    unmodelled: [
      {
        code: 'unmodelled',
        severity: 'warning',
        text: `what a sidecar does with a server name that no TLS rule of ${service.host} is for is not known for sure`,
        sources: [],
      },
    ],
  });
}

interface Choosing {
  readonly outbound: Outbound;
  readonly config: PortConfig;
}

/** Of services that share a listener: by server name, by range of addresses, else the first. */
function chosenService(
  choosing: Choosing,
  all: readonly Listening[],
  request: MeshRequest,
): Listening | undefined {
  const fitting = all.filter(({ service }) => coversAddress(service, request.address));
  const ranged = fitting.filter(({ service }) => service.addresses.length > 0);
  const candidates = ranged.length > 0 ? ranged : fitting;
  const tls = candidates.filter(({ protocol }) => isTls(protocol));
  if (request.wire === 'tls' && tls.length > 0) {
    const names = tls.flatMap((each) => serverNames(choosing, each).map((name) => [name, each] as const));
    const named = new Map(names.reverse());
    const pattern = bestServerName([...named.keys()], request.sni);
    if (pattern !== undefined) return named.get(pattern);
  }
  return candidates.find(({ protocol }) => !isTls(protocol));
}

/** Of the service's TLS rules, else its own names. */
function serverNames({ outbound, config }: Choosing, listening: Listening): readonly string[] {
  const { proxy } = outbound;
  const { host, aliases } = listening.service;
  return (
    ruledServerNames(proxy, listening, config.scope.rules) ?? [
      host,
      ...aliases.flatMap((alias) => [alias, ...shortForms(alias, proxy.dnsDomain)]),
    ]
  );
}
