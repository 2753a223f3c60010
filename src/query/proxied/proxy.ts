/**
 * A proxy on the path: a program that ends the client's connection, reads the request, and either answers it or opens a
 * connection of its own; a sidecar does so with connections that it cannot read, too. Each sort of proxy says in its own file where it stands and what it does (`proxies.ts` lists
 * them); `follow.ts` walks what comes of it.
 */

import type { Pod } from '../../cluster/cluster.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { PeerIdentity } from '../../l7/istio/authorization-fields.ts';
import type { HopTls } from '../../l7/istio/outcome.ts';
import type { RouteRequest } from '../../l7/request.ts';
import type { Fraction } from '../../net/fraction.ts';
import type { Ip } from '../../net/ip.ts';
import type { Packet } from '../../net/packet.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { Disposition, Reason, Symptom } from '../../trace/disposition.ts';
import type { L7Answer, StepAnswer } from '../answer.ts';
import type { Asking } from '../asking.ts';
import type { ClientSocket } from '../dial.ts';

/** What two proxies of a mesh put around a connection between them. */
export interface Seal {
  readonly tls: HopTls;
  /** In the certificate of who opened it; undefined: it has shown none. */
  readonly peer?: PeerIdentity;
  /** HBONE: the connection inside it. */
  readonly tunnel?: Tunnel;
}

/** What is asked for inside HBONE. */
export interface Tunnel {
  /** undefined: the address that HBONE itself goes to. */
  readonly ip?: Ip;
  readonly port: number;
}

/** A connection that a program in a pod has taken. */
export interface Connection {
  readonly pod: Pod;
  /** As it arrived: its source is the address that the program sees. */
  readonly packet: Packet;
  /** Where its client dialled, if a rule of the pod's own turned it to this program (SO_ORIGINAL_DST). */
  readonly dialled?: SocketAddress;
  /** The name or address that its client asked for. */
  readonly host: string;
  /** The address that its client dialled; a program at its socket may have turned it to another one. */
  readonly asked: Ip;
  /** As its client sends it; `clientIp` is that address. undefined: no request is told of. */
  readonly request?: RouteRequest;
  /** What is sent on this connection besides the request's own headers, as earlier proxies added it. */
  readonly headers: ReadonlyMap<string, string>;
  readonly seal?: Seal;
}

/** One that carries a request. */
export interface Arrival extends Connection {
  readonly request: RouteRequest;
}

export interface SocketAddress {
  readonly ip: Ip;
  readonly port: number;
}

/** Does a request come by the connection? */
export function hasRequest(connection: Connection): connection is Arrival {
  return connection.request !== undefined;
}

/** What a proxy does with a request. */
export interface Handling {
  /** What it does before it knows which of the outcomes it will be. */
  readonly steps: readonly StepAnswer[];
  /** Shares sum to 1. */
  readonly outcomes: readonly Outcome[];
}

export type Outcome = Forwarding | ProxyAnswer;

/** It opens a connection to a backend. */
export interface Forwarding {
  readonly kind: 'forward';
  readonly share: Fraction;
  readonly steps: readonly StepAnswer[];
  /** Each is taken as often as the others; a name is looked up first, where the proxy runs. */
  readonly to:
    | { readonly kind: 'addresses'; readonly addresses: readonly SocketAddress[] }
    | { readonly kind: 'name'; readonly host: string; readonly port: number; readonly at: SourceRef };
  /** As it is sent to the backend; undefined: nobody reads what is sent. */
  readonly request?: RouteRequest;
  /** What the backend is told, Host first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly l7?: L7Answer;
  /** How the proxy's socket differs from any other program's. */
  readonly socket?: ClientSocket;
  readonly seal?: Seal;
  /** Ways that differ in it are told apart, though they may look alike. */
  readonly name?: string;
}

/** It answers the client itself, or hangs up. */
export interface ProxyAnswer {
  readonly kind: 'answer';
  readonly share: Fraction;
  /** The last one says what it answers. */
  readonly steps: readonly StepAnswer[];
  readonly disposition: Extract<
    Disposition,
    'no-l7-route' | 'denied-l7' | 'answered-by-proxy' | 'insufficient-info'
  >;
  readonly reason?: Reason;
  readonly symptom: Symptom;
  readonly l7?: L7Answer;
  readonly causes: readonly Diagnostic[];
  /** Whom the request would have reached. */
  readonly backends?: readonly string[];
  readonly name?: string;
}

export interface RequestProxy {
  handle(): Handling;
  /** What the client sees where the proxy's own connection meets this. */
  answerTo(own: Symptom): { readonly symptom: Symptom; readonly l7?: L7Answer };
}

/** Finds the proxy that has taken a connection; undefined: it is none of this sort. */
export type ProxyFinder = (asking: Asking, connection: Connection) => RequestProxy | undefined;
