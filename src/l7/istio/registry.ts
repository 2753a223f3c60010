/**
 * The service registry: the hosts that the mesh knows, from Services and from ServiceEntries, with their ports, the
 * addresses that clients dial, and their endpoints. Source: istio/istio:pilot/pkg/serviceregistry/kube/conversion.go,
 * pilot/pkg/serviceregistry/serviceentry/conversion.go, pilot/pkg/model/service.go.
 * Rules: docs/semantics/istio.md 5 and 9.
 */

import type { PodKey } from '../../cluster/cluster.ts';
import type { Labels } from '../../k8s/object.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { Aged } from './age.ts';
import type { IstioProtocol } from './protocol.ts';
import type { Visibility } from './visibility.ts';

export interface MeshPort {
  /** That clients ask. */
  readonly port: number;
  readonly name: string;
  readonly protocol: IstioProtocol;
  readonly at?: SourceRef;
}

/** A place that a proxy dials. */
export interface MeshEndpoint {
  /** An address or a name. */
  readonly address: string;
  readonly ip?: Ip;
  readonly port: number;
  readonly pod?: PodKey;
  readonly node?: string;
  readonly labels: Labels;
}

/**
 * How a proxy finds endpoints: `endpoints` are listed; `original` is the address that the client dialled; `dns` asks
 * for names; `alias` stands for another host.
 */
export type Resolution = 'endpoints' | 'original' | 'dns' | 'alias';

export interface MeshService {
  readonly host: string;
  readonly namespace: string;
  readonly kind: 'service' | 'entry';
  readonly ports: readonly MeshPort[];
  /** Empty: it has none of its own, so that proxies listen on every address. */
  readonly addresses: readonly Cidr[];
  readonly resolution: Resolution;
  /** Of an alias: the host that it stands for. */
  readonly aliasOf?: string;
  /** Hosts that stand for this one. */
  readonly aliases: readonly string[];
  readonly isExternal: boolean;
  /** Only endpoints on the client's own node count. */
  readonly isLocalOnly: boolean;
  readonly visibility: Visibility;
  readonly age: Aged;
  /** Ready ones of a port. */
  endpointsOf(port: MeshPort): readonly MeshEndpoint[];
  readonly at?: SourceRef;
}

/** Is it a headless Service of Kubernetes? */
export function isHeadless({ kind, resolution }: MeshService): boolean {
  return kind === 'service' && resolution === 'original';
}

/** The port with a number; undefined where there is none. */
export function portOf({ ports }: MeshService, port: number): MeshPort | undefined {
  return ports.find((each) => each.port === port);
}

/** What a namespace sees of the registry. */
export interface NamespaceRegistry {
  /** In the order in which Istio takes them; several may have the same host. */
  readonly services: readonly MeshService[];
  /** One for each host: a Service wins over a ServiceEntry, then the first. */
  readonly byHost: ReadonlyMap<string, MeshService>;
}

/** Picks one service for each host. Source: istio/istio:pilot/pkg/model/sidecar.go DefaultSidecarScopeForNamespace. */
export function indexByHost(services: readonly MeshService[]): ReadonlyMap<string, MeshService> {
  const byHost = new Map<string, MeshService>();
  for (const service of services) {
    const known = byHost.get(service.host);
    if (known === undefined || (known.kind === 'entry' && service.kind === 'service')) {
      byHost.set(service.host, service);
    }
  }
  return byHost;
}
