/** Packets and rulesets for tests, written in a few words. */

import { type Cidr, parseCidr } from '../../src/net/cidr.ts';
import { type Ip, parseIp } from '../../src/net/ip.ts';
import type { Packet } from '../../src/net/packet.ts';
import type { FilterContext } from '../../src/netfilter/match.ts';
import type { Chain, Match, Rule, Ruleset, Target } from '../../src/netfilter/ruleset.ts';

export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`no CIDR: ${text}`);
  return parsed;
}

/** TCP from 10.0.0.1:40000 to 10.0.0.2:80. */
export function packet(facts: Partial<Packet> = {}): Packet {
  return {
    protocol: 'tcp',
    src: ip('10.0.0.1'),
    srcPort: 40000,
    dst: ip('10.0.0.2'),
    dstPort: 80,
    ttl: 64,
    mark: 0,
    ...facts,
  };
}

/** A new connection in a namespace that owns 192.168.0.2. */
export function context(facts: Partial<FilterContext> = {}): FilterContext {
  return {
    packet: packet(),
    states: ['NEW'],
    isLocal: (address) => address === ip('192.168.0.2'),
    ...facts,
  };
}

export function rule(matches: readonly Match[], target?: Target, comment?: string): Rule {
  return {
    matches,
    ...(target === undefined ? {} : { target }),
    ...(comment === undefined ? {} : { comment }),
    origin: [],
  };
}

export const accept: Target = { kind: 'accept' };
export const drop: Target = { kind: 'drop' };
export const jump = (chain: string): Target => ({ kind: 'jump', chain });
export const to = (text: string): Match => ({ kind: 'destination', cidr: cidr(text) });

/** The filter table with INPUT (policy accept, unless said) and other chains. */
export function filterTable(
  chains: Readonly<Record<string, readonly Rule[]>>,
  policy: 'accept' | 'drop' = 'accept',
): Ruleset {
  const made = Object.entries(chains).map(([name, rules]): [string, Chain] => [
    name,
    name === 'INPUT' ? { name, hook: 'input', policy, rules } : { name, rules },
  ]);
  return { family: 4, tables: [{ name: 'filter', syntax: 'iptables', chains: new Map(made) }] };
}
