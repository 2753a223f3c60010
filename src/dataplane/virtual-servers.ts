/**
 * Virtual servers on a packet's way: the first packet of a connection gets a real server, the answers get
 * the virtual server's address back.
 * Source: Linux net/netfilter/ipvs/ip_vs_core.c ip_vs_schedule, ip_vs_leave, ip_vs_out_hook;
 * ip_vs_nfct.c ip_vs_update_conntrack (kube-proxy sets net.ipv4.vs.conntrack).
 */

import { multiplyFractions } from '../net/fraction.ts';
import { printSocketAddress } from '../net/ip.ts';
import { changePacket } from '../net/packet.ts';
import { withDestination, withEntry } from '../netfilter/conntrack.ts';
import type { RuleVisit } from '../netfilter/evaluate.ts';
import type { Hook, Rule } from '../netfilter/ruleset.ts';
import { type VirtualServer, type VirtualServers, virtualServerOf } from '../netfilter/virtual-servers.ts';
import type { FilterPoint } from './event.ts';
import { changeTransit, type Departure, stopped, type Transit, withEvents } from './transit.ts';

/**
 * The branches of a new connection to a virtual server, one for each real server that may get it; which
 * one a scheduler takes depends on connections that nobody wrote down, so all have the same share. Without
 * real servers the sender is told that the port is unreachable. Other packets go on as they are.
 */
export function schedule(
  table: VirtualServers | undefined,
  transit: Transit,
  hook: 'input' | 'output',
): readonly (Transit | Departure)[] {
  const { tracked, packet } = transit;
  if (tracked === undefined || tracked.direction === 'reply' || tracked.entry.balanced) return [transit];
  const server = virtualServerOf(table, packet);
  if (server === undefined) return [transit];
  const { realServers } = server;
  if (realServers.length === 0) return [refuse(transit, server, hook)];
  return realServers.map((real, at): Transit => {
    const after = changePacket(packet, { dst: real.ip, dstPort: real.port });
    const rule: Rule = {
      matches: [],
      target: { kind: 'dnat', ip: real.ip, port: real.port },
      origin: [...server.origin, ...real.origin],
    };
    const entry = { ...withDestination(tracked.entry, real.ip, real.port), balanced: true };
    const branch = withEvents(transit, {
      kind: 'translate',
      packet: after,
      nat: 'dnat',
      side: 'dst',
      before: packet,
      hook,
      point: pointOf(server, hook, visit(server, rule, at)),
    });
    return changeTransit(branch, {
      share: multiplyFractions(transit.share, { numerator: 1, denominator: realServers.length }),
      tracked: { entry, direction: tracked.direction, isNew: tracked.isNew },
      table: withEntry(transit.table, entry),
      scheduled: true,
    });
  });
}

/** At forward, input and output an answer of a real server gets the virtual server's address as source. */
export function answer(transit: Transit, hook: Hook): Transit {
  const { tracked, packet } = transit;
  if (tracked?.direction !== 'reply' || !tracked.entry.balanced) return transit;
  if (hook === 'prerouting' || hook === 'postrouting') return transit;
  const { dst: src, dstPort: srcPort } = tracked.entry.original;
  if (packet.src === src && packet.srcPort === srcPort) return transit;
  const after = changePacket(packet, { src, srcPort });
  return withEvents(transit, {
    kind: 'translate',
    packet: after,
    nat: 'reverse',
    side: 'src',
    before: packet,
    hook,
  });
}

/** ICMP port unreachable (ip_vs_leave). */
function refuse(transit: Transit, server: VirtualServer, hook: Hook): Departure {
  const rule: Rule = {
    matches: [],
    target: { kind: 'reject' },
    comment: `virtual server ${nameOf(server)} has no real server`,
    verdictName: 'no-endpoints',
    origin: server.origin,
  };
  const point = pointOf(server, hook, visit(server, rule, 0));
  const matched = withEvents(transit, { kind: 'match', packet: transit.packet, point, verdict: 'reject' });
  return stopped(matched, { kind: 'reject', point });
}

function visit(server: VirtualServer, rule: Rule, at: number): RuleVisit {
  return { table: 'ipvs', syntax: 'iptables', chain: nameOf(server), position: at + 1, rule };
}

function pointOf(server: VirtualServer, hook: Hook, decidedBy: RuleVisit): FilterPoint {
  return {
    hook,
    table: 'ipvs',
    syntax: 'iptables',
    type: 'nat',
    chains: ['ipvs', nameOf(server)],
    trail: [decidedBy],
    decidedBy,
  };
}

/** `TCP 10.96.0.10:80 rr`, as `ipvsadm -L` shows it. */
function nameOf({ protocol, ip, port, scheduler }: VirtualServer): string {
  return `${protocol.toUpperCase()} ${printSocketAddress(ip, port)} ${scheduler}`;
}
