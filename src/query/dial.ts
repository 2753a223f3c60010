/** What a program dials, and what is known when that is worked out. */

import type { Cluster, Node } from '../cluster/cluster.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { NamespaceId } from '../dataplane/network.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { SocketOwner } from '../netfilter/match.ts';
import type { Flow } from '../trace/trace.ts';
import type { AssumptionSet } from './assumptions.ts';
import type { Source } from './target.ts';

/** A load balancer that a dial meets. */
export interface DialledBalancer {
  readonly servicePort: ServicePort;
  /** The address as its status has it; undefined: the status has none of the family. */
  readonly address?: Ip;
}

export interface Dial {
  readonly ip: Ip;
  readonly port: number;
  readonly protocol: Protocol;
  /** The load balancer that stands at the address. */
  readonly balancer?: DialledBalancer;
  /** Nobody outside has a way to this address: no node takes the packet in. */
  readonly isClosed?: true;
  /** The node by which the packet enters, where it is for no node's own address. */
  readonly entry?: Node;
}

export interface DestinationContext {
  readonly cluster: Cluster;
  readonly control: ControlPlane;
  readonly source: Source;
  readonly family: IpFamily;
  /** `--no-dns` leaves the lookup out. */
  readonly dns: boolean;
  /** `--port` and `--protocol`. */
  readonly port?: string;
  readonly protocol?: Protocol;
  /** Where a packet from outside enters. */
  readonly entry?: Node;
  readonly assumptions: AssumptionSet;
  report(diagnostic: Diagnostic): void;
}

/** What a program asks of its socket before it connects. */
export interface ClientSocket {
  /** The address that it binds to, its own or not (IP_TRANSPARENT); undefined: the kernel chooses. */
  readonly src?: Ip;
  /** SO_MARK. */
  readonly mark?: number;
  readonly owner?: SocketOwner;
}

interface Dialler {
  readonly from: NamespaceId;
  readonly clientPort: number;
  readonly socket?: ClientSocket;
}

/** The connection that a program opens to an address. */
export function flowOf({ from, clientPort, socket = {} }: Dialler, { ip, port, protocol }: Dial): Flow {
  return { from, protocol, srcPort: clientPort, dst: ip, dstPort: port, ...socket };
}
