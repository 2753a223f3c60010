/** The rules that a hook tried, and why those that did not match did not. */

import type { FilterPoint } from '../dataplane/event.ts';
import { type Packet, printDestination, printSource } from '../net/packet.ts';
import type { RuleTry } from '../netfilter/evaluate.ts';
import { printIptablesMatch, printIptablesRule } from '../netfilter/print-iptables.ts';
import type { Match } from '../netfilter/ruleset.ts';
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

function triedRule({ chain, position, rule, failed }: RuleTry, seen: Seen): TriedRuleAnswer {
  const because = rule.origin.map((ref) => sourceAnswer(ref, { namer: seen.namer }));
  return {
    chain,
    position,
    rule: printIptablesRule(chain, rule, seen.packet.dst.family),
    matched: failed === undefined,
    ...(failed === undefined ? {} : { why: whyNot(failed, seen) }),
    ...(because.length === 0 ? {} : { because }),
  };
}

/** `-d 10.96.0.10: the packet goes to 10.96.0.50:80`. */
function whyNot(failed: Match, { point, packet }: Seen): string {
  const condition = printIptablesMatch(failed, packet.dst.family);
  switch (failed.kind) {
    case 'statistic':
      return 'the random choice falls on a later rule';
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
    case 'in-interface':
      return `${condition}: the packet came in by ${point.in ?? 'no device'}`;
    case 'out-interface':
      return `${condition}: the packet leaves by ${point.out ?? 'no device'}`;
    case 'conntrack-state':
      return `${condition}: the connection has ${failed.not === true ? 'that' : 'no such'} state`;
    case 'mark':
      return `${condition}: the packet has ${failed.not === true ? 'that' : 'no such'} mark`;
    case 'address-type': {
      const ip = failed.side === 'src' ? packet.src : packet.dst;
      return `${condition}: ${ip.text} is ${failed.not === true ? 'an' : 'no'} address of this host`;
    }
  }
}
