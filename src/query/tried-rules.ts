/** The rules that a hook tried, and why those that did not match did not. */

import type { FilterPoint } from '../dataplane/event.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import { type Packet, printDestination, printSource } from '../net/packet.ts';
import type { RuleTry } from '../netfilter/evaluate.ts';
import { printIptablesMatch, printIptablesRule } from '../netfilter/print-iptables.ts';
import { printNftMatch, printNftRule } from '../netfilter/print-nft.ts';
import type { Match, Rule, Syntax } from '../netfilter/ruleset.ts';
import { packetKey } from '../netfilter/sets.ts';
import type { TriedRuleAnswer } from './answer.ts';
import { type ObjectNamer, sourceAnswer } from './source-answer.ts';

/** `detail.tried` of a step; nothing unless the question asked for rules. @param packet as the hook saw it. */
export function triedRules(
  point: FilterPoint,
  packet: Packet,
  namer: ObjectNamer,
): { readonly detail?: { readonly tried: readonly TriedRuleAnswer[] } } {
  if (point.tried === undefined) return {};
  return { detail: { tried: point.tried.map((tried) => triedRule(tried, { point, packet, namer })) } };
}

interface Seen {
  readonly point: FilterPoint;
  readonly packet: Packet;
  readonly namer: ObjectNamer;
}

const SPELLINGS: Readonly<Record<Syntax, Spelling>> = {
  iptables: { rule: printIptablesRule, match: printIptablesMatch },
  nftables: { rule: (chain, rule, family) => `${chain} ${printNftRule(rule, family)}`, match: printNftMatch },
};

interface Spelling {
  rule(chain: string, rule: Rule, family: IpFamily): string;
  match(match: Match, family: IpFamily): string;
}

function triedRule({ chain, position, rule, failed }: RuleTry, seen: Seen): TriedRuleAnswer {
  const because = rule.origin.map((ref) => sourceAnswer(ref, { namer: seen.namer }));
  return {
    chain,
    position,
    rule: SPELLINGS[seen.point.syntax].rule(chain, rule, seen.packet.dst.family),
    matched: failed === undefined,
    ...(failed === undefined ? {} : { why: failed === 'map' ? notInMap(rule, seen) : whyNot(failed, seen) }),
    ...(because.length === 0 ? {} : { because }),
  };
}

/** `@service-ips has no 10.96.0.10 . tcp . 81`. */
function notInMap({ target }: Rule, { packet }: Seen): string {
  return target?.kind === 'vmap' ? `@${target.map.name} has no ${packetKey(target.key, packet)}` : '';
}

/** `-d 10.96.0.10: the packet goes to 10.96.0.50:80`. */
function whyNot(failed: Match, { point, packet }: Seen): string {
  const condition = SPELLINGS[point.syntax].match(failed, packet.dst.family);
  switch (failed.kind) {
    case 'statistic':
      return 'the random choice falls on a later rule';
    case 'nfacct':
      return condition;
    case 'recent':
      return `${condition}: the list is empty`;
    case 'protocol':
      return `${condition}: the packet is ${packet.protocol}`;
    case 'source':
    case 'source-port':
      return `${condition}: the packet comes from ${printSource(packet)}`;
    case 'destination':
    case 'destination-port':
    case 'destination-ports':
      return `${condition}: the packet goes to ${printDestination(packet)}`;
    case 'set':
      return `${condition}: ${packetKey(failed.key, packet)} is ${failed.not === true ? '' : 'not '}in it`;
    default:
      return `${condition}: ${whyNotHere(failed, { point, packet })}`;
  }
}

/** Why a match on the node's side of things did not hold: devices, states, marks, its own addresses. */
function whyNotHere(
  failed: Exclude<
    Match,
    {
      readonly kind:
        | 'statistic'
        | 'nfacct'
        | 'recent'
        | 'protocol'
        | 'source'
        | 'source-port'
        | 'destination'
        | 'destination-port'
        | 'destination-ports'
        | 'set';
    }
  >,
  { point, packet }: Pick<Seen, 'point' | 'packet'>,
): string {
  const isThat = failed.not === true ? 'that' : 'no such';
  switch (failed.kind) {
    case 'in-interface':
      return `the packet came in by ${point.in ?? 'no device'}`;
    case 'out-interface':
      return `the packet leaves by ${point.out ?? 'no device'}`;
    case 'conntrack-state':
      return `the connection has ${isThat} state`;
    case 'mark':
      return `the packet has ${isThat} mark`;
    case 'connection-mark':
      return `the connection has ${isThat} mark`;
    case 'address-type':
      return `${addressOf(failed.side, packet).text} is ${failed.not === true ? 'an' : 'no'} address of this host`;
    case 'socket':
      return `a process of this host ${failed.not === true ? 'sends' : 'does not send'} it`;
    case 'owner':
      return `the process that sends it has ${isThat} ${failed.by}`;
    case 'bridged':
      return `the packet ${failed.not === true ? 'came' : 'did not come'} in by a port of a bridge`;
    case 'virtual-server':
      return 'the connection is no such one';
    case 'address-in':
      return `${addressOf(failed.side, packet).text} is ${failed.not === true ? 'one' : 'none'} of them`;
  }
}

function addressOf(side: 'src' | 'dst', packet: Packet): Ip {
  return side === 'src' ? packet.src : packet.dst;
}
