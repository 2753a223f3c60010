/**
 * Which listener of a sidecar takes a connection: one for the very address, else one for every address on the port,
 * else none. HTTP ports share one listener for all addresses; other ports have one for each address of a service.
 * Source: istio/istio:pilot/pkg/networking/core/listener.go buildSidecarOutboundListeners, buildSidecarOutboundListener.
 * Rules: docs/semantics/istio.md 5.4 to 5.7.
 */

import { cidrContains, isOneAddress } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import { type IstioProtocol, isHttp, protocolNamed } from './protocol.ts';
import { isHeadless, type MeshPort, type MeshService, portOf } from './registry.ts';
import type { EgressScope } from './sidecar-scope.ts';

/** A service on the port of a listener. */
export interface Listening {
  readonly service: MeshService;
  readonly port: MeshPort;
  readonly protocol: IstioProtocol;
}

/**
 * `http`: virtual hosts by the Host header. `address`: one service. `shared`: the services of a port that have no
 * address of their own, told apart by SNI or by ranges of addresses.
 */
export type Listener =
  | { readonly kind: 'http'; readonly port: number }
  | { readonly kind: 'address'; readonly port: number; readonly listening: Listening }
  | { readonly kind: 'shared'; readonly port: number; readonly listening: readonly Listening[] };

/** The listeners of one port. */
export interface PortListeners {
  /** By the text of the address. */
  readonly byAddress: ReadonlyMap<string, Listening>;
  /** For every other address; undefined: there is none. */
  readonly wildcard?: Listener;
}

/** The listeners of a sidecar on a port. Of two services that want the same, the first has it. */
export function portListeners(scope: EgressScope, port: number): PortListeners {
  const all = scope.services.flatMap((service) => listeningOn(scope, service, port));
  const isWide = ({ service, protocol }: Listening) => isHttp(protocol) || isShared(service);
  const byAddress = new Map<string, Listening>();
  for (const listening of all.filter((each) => !isWide(each))) {
    for (const address of addressesOf(listening)) {
      if (!byAddress.has(address)) byAddress.set(address, listening);
    }
  }
  const wildcard = wildcardListener(all.filter(isWide), port);
  return { byAddress, ...(wildcard === undefined ? {} : { wildcard }) };
}

/** An alias listens nowhere itself: the service that it stands for does. */
function listeningOn(scope: EgressScope, service: MeshService, port: number): readonly Listening[] {
  const found = service.resolution === 'alias' ? undefined : portOf(service, port);
  const protocol = found === undefined ? undefined : protocolOn(scope, found);
  return found === undefined || protocol === undefined ? [] : [{ service, port: found, protocol }];
}

/** @param address undefined: one that no service has. */
export function listenerFor(
  { byAddress, wildcard }: PortListeners,
  port: number,
  address: Ip | undefined,
): Listener | undefined {
  const listening = address === undefined ? undefined : byAddress.get(address.text);
  return listening === undefined ? wildcard : { kind: 'address', port, listening };
}

/** As Envoy knows the listener that takes a connection to an address: `0.0.0.0_9080`, `10.96.0.10_3306`. */
export function listenerName(listeners: PortListeners | undefined, port: number, address: Ip): string {
  const found = listeners === undefined ? undefined : listenerFor(listeners, port, address);
  if (found === undefined) return 'virtualOutbound';
  const everywhere = address.family === 4 ? '0.0.0.0' : '::';
  return `${found.kind === 'address' ? address.text : everywhere}_${port}`;
}

/** A Sidecar's listener says which protocol its port has. UDP is never proxied. */
function protocolOn({ listener }: EgressScope, { protocol }: MeshPort): IstioProtocol | undefined {
  if (protocol === 'UDP') return undefined;
  return listener?.port === undefined ? protocol : protocolNamed(listener.port.protocol);
}

/** It listens on every address: it has none of its own, or only ranges of them. */
function isShared(service: MeshService): boolean {
  return !isHeadless(service) && !service.addresses.some(isOneAddress);
}

/** A headless Service listens on the address of each of its pods. */
function addressesOf({ service, port }: Listening): readonly string[] {
  if (isHeadless(service)) return service.endpointsOf(port).map(({ address }) => address);
  return service.addresses.filter(isOneAddress).map(({ base }) => base.text);
}

/** The first service decides what the listener is; those that do not fit it are left out. */
function wildcardListener(wide: readonly Listening[], port: number): Listener | undefined {
  const [first] = wide;
  if (first === undefined) return undefined;
  if (isHttp(first.protocol)) return { kind: 'http', port };
  return { kind: 'shared', port, listening: wide.filter(({ protocol }) => !isHttp(protocol)) };
}

/** Does the service's range of addresses hold the one that is dialled? One without any range holds all. */
export function coversAddress({ addresses }: MeshService, address: Ip | undefined): boolean {
  if (addresses.length === 0) return true;
  return address !== undefined && addresses.some((range) => cidrContains(range, address));
}
