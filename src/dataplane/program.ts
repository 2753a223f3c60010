/**
 * Programs (eBPF, or the flows of a switch) that a CNI attaches to devices and sockets of a namespace. They see a packet
 * before the packet filter does, and may send it straight to another device: then it passes no hook of the filter.
 */

import type { Fraction } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import type { Encapsulation, Packet } from '../net/packet.ts';
import type { ConntrackTable } from '../netfilter/conntrack.ts';
import type { NetworkEvent } from './event.ts';

export interface ProgramInput {
  readonly packet: Packet;
  /** Connections that the namespace knows; a program's own are marked so. */
  readonly table: ConntrackTable;
  /** The header that a program of the device has just taken off. */
  readonly outer?: Encapsulation;
}

export type ProgramAction =
  /** On to the packet filter, or to the device. */
  | { readonly kind: 'pass' }
  /** Out by another device; `nextHop` is who shall take it there. */
  | {
      readonly kind: 'redirect';
      readonly device: string;
      readonly nextHop: Ip;
      /** The virtual network, where the device takes it from the program. */
      readonly network?: number;
    }
  /**
   * By the node's routes, past the packet filter (bpf_fib_lookup): it costs a TTL, but where the program hands it to a
   * tunnel device and says `free-into-tunnels`. What is for the node itself goes on to the packet filter.
   */
  | { readonly kind: 'forward'; readonly ttl: 'taken' | 'free-into-tunnels' }
  /** In a header that the program makes itself, to another node by the routes to it. */
  | { readonly kind: 'encapsulate'; readonly outer: Encapsulation }
  /** Into the namespace at the other end of a veth pair: its host end does not see it. */
  | { readonly kind: 'redirect-peer'; readonly device: string }
  /** Up to the namespace itself, as if it had come in by that device. */
  | { readonly kind: 'receive'; readonly device: string }
  | { readonly kind: 'stop'; readonly verdict: ProgramVerdict };

/** Why a program lets a packet go no further. */
export interface ProgramVerdict {
  readonly action: 'drop' | 'reject';
  readonly program: string;
  /** A disposition by its name (`no-endpoints`); else it is a drop or a rejection. */
  readonly disposition?: string;
  readonly text: string;
  /** What the program that opens the connection sees, where it is not the disposition's usual one. */
  readonly symptom?: 'host-unreachable' | 'not-permitted' | 'refused';
}

/** One way that a program lets a packet go. */
export interface ProgramResult {
  /** Of the packets that the program sees. */
  readonly share: Fraction;
  readonly packet: Packet;
  readonly table: ConntrackTable;
  readonly events: readonly NetworkEvent[];
  readonly action: ProgramAction;
}

export type Program = (input: ProgramInput) => readonly ProgramResult[];

/** The programs of a namespace, by the device that they are attached to. */
export interface Programs {
  readonly ingress: ReadonlyMap<string, Program>;
  readonly egress: ReadonlyMap<string, Program>;
  /** The flows of the switch that a device is a port of: what has left by the device is theirs. */
  readonly behind?: ReadonlyMap<string, Program>;
  /** Runs when a process opens a connection, before there is a packet. */
  readonly connect?: Program;
  /** Takes tunnelled packets off the wire before any tunnel device could. */
  readonly unwraps?: Unwrapping;
}

/** A program that takes an outer header off by itself, and sees the packet inside. */
export interface Unwrapping {
  readonly device: string;
  /** Is the header one of its own? */
  takes(outer: Encapsulation): boolean;
  readonly program: Program;
}
