/** Writes a ruleset as text that iptables-restore and ip6tables-restore load. */

import type { Cidr } from '../net/cidr.ts';
import { type IpFamily, printSocketAddress, WIDTH } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import { eachChain, eachChainName } from './chains.ts';
import { plainLine, type RuleLine, type RuleLines, textOf } from './rule-line.ts';
import type { Chain, Match, Rule, Ruleset, Table, Target } from './ruleset.ts';
import type { KeyField } from './sets.ts';

/** The whole ruleset as one text, table by table; a table without rules and chains of its own is left out. */
export function printIptablesSave(ruleset: Ruleset): string {
  return textOf(iptablesLines(ruleset));
}

/** The lines of that text. The rules of a chain are made when they are written. */
export function* iptablesLines({ tables, family }: Ruleset): Generator<readonly RuleLine[]> {
  for (const table of tables) {
    if (table.syntax !== 'iptables' || ![...table.chains.values()].some(isUsed)) continue;
    yield [plainLine(`*${table.name}`)];
    yield* declarations(table);
    for (const { chain, rules } of eachChain(table)) {
      yield rules.map((rule) => ({ text: printIptablesRule(chain.name, rule, family), origin: rule.origin }));
    }
    yield [plainLine('COMMIT')];
  }
}

/**
 * One rule as kube-proxy writes it: the comment, the matches in their order, the target.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go.
 * @returns `-A CHAIN -m comment … -j TARGET`
 */
export function printIptablesRule(chain: string, rule: Rule, family: IpFamily): string {
  let text = `-A ${chain}`;
  if (rule.comment !== undefined) text += ` -m comment --comment ${quoteComment(rule.comment)}`;
  for (const match of rule.matches) text += ` ${printIptablesMatch(match, family)}`;
  if (rule.target !== undefined) text += ` ${printTarget(rule.target, family)}`;
  return text;
}

/**
 * The chance of one in `oneIn` as kube-proxy writes it: ten decimals.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go computeProbability.
 */
export function probabilityText(oneIn: number): string {
  // Go rounds a tie to even and JavaScript rounds it up; this is the only quotient that is a tie.
  return oneIn === 2048 ? '0.0004882812' : (1 / oneIn).toFixed(10);
}

function isUsed(chain: Chain): boolean {
  return chain.hook === undefined || chain.rules.length > 0;
}

/** Lines of declarations that are made at once. */
const BUNCH = 500;

function* declarations(table: Table): RuleLines {
  let lines: RuleLine[] = [];
  for (const [name, base] of eachChainName(table)) {
    lines.push(
      plainLine(`:${name} ${base === undefined ? '-' : (base.policy ?? 'accept').toUpperCase()} [0:0]`),
    );
    if (lines.length < BUNCH) continue;
    yield lines;
    lines = [];
  }
  yield lines;
}

/** Quotes a comment with anything else than plain words in it; a line end cannot be written. */
function quoteComment(comment: string): string {
  if (/^[\w.:/-]+$/.test(comment)) return comment;
  return `"${comment.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&')}"`;
}

/** One match of a rule: `-d 10.96.0.50`, `-m mark --mark 0x4000/0x4000`. */
export function printIptablesMatch(match: Match, family: IpFamily): string {
  switch (match.kind) {
    case 'statistic':
      return `-m statistic --mode random --probability ${probabilityText(match.oneIn)}`;
    case 'nfacct':
      return `-m nfacct --nfacct-name ${match.name}`;
    case 'recent':
      return `-m recent --name ${match.list} ${printRecentAction(match)}`;
    default:
      return printInvertible(match, match.not === true ? '! ' : '', family);
  }
}

function printRecentAction(match: Extract<Match, { readonly kind: 'recent' }>): string {
  if (match.action === 'set') return '--set';
  return match.seconds === undefined ? '--rcheck' : `--rcheck --seconds ${match.seconds} --reap`;
}

function printInvertible(
  match: Exclude<Match, { readonly kind: 'statistic' | 'recent' | 'nfacct' }>,
  not: string,
  family: IpFamily,
): string {
  switch (match.kind) {
    case 'protocol':
      return printProtocol(match.protocol, not, family);
    case 'source':
      return `${not}-s ${printCidr(match.cidr)}`;
    case 'destination':
      return `${not}-d ${printCidr(match.cidr)}`;
    case 'in-interface':
      return `${not}-i ${match.name}`;
    case 'out-interface':
      return `${not}-o ${match.name}`;
    case 'source-port':
      return `${not}--sport ${match.port}`;
    case 'destination-port':
      return `${not}--dport ${match.port}`;
    case 'destination-ports':
      return `-m multiport ${not}--dports ${match.ports.join(',')}`;
    case 'conntrack-state':
      return `-m conntrack ${not}--ctstate ${match.states.join(',')}`;
    case 'mark':
      return `-m mark ${not}--mark ${hex(match.value)}/${hex(match.mask)}`;
    case 'connection-mark':
      return `-m connmark ${not}--mark ${hex(match.value)}/${hex(match.mask)}`;
    case 'socket':
      return `-m owner ${not}--socket-exists`;
    case 'owner':
      return `-m owner ${not}--${match.by}-owner ${match.id}`;
    case 'address-type':
      return `-m addrtype ${not}--${match.side}-type LOCAL${
        match.interface === undefined ? '' : ` --limit-iface-${match.interface}`
      }`;
    case 'bridged':
      return `-m physdev ${not}--physdev-is-in`;
    case 'virtual-server':
      return `-m ipvs ${not}--vaddr ${match.ip.text} --vproto ${match.protocol} --vport ${match.port}`;
    case 'set':
      return `-m set ${not}--match-set ${match.set.name} ${printSetKey(match.key)}`;
    case 'address-in':
      throw new Error('iptables has no anonymous sets');
  }
}

/** `dst,dst`: which side each part of the key is from; the protocol goes with its port. */
function printSetKey(key: readonly KeyField[]): string {
  const sides = key.flatMap((field) =>
    field === 'protocol' ? [] : [field.startsWith('source') ? 'src' : 'dst'],
  );
  return sides.join(',');
}

/** With the protocol's own module, which has the options for ports. */
function printProtocol(protocol: Protocol, not: string, family: IpFamily): string {
  if (protocol === 'icmp') return `${not}-p ${family === 4 ? 'icmp' : 'ipv6-icmp'}`;
  return not === '' ? `-m ${protocol} -p ${protocol}` : `! -p ${protocol}`;
}

function printTarget(target: Target, family: IpFamily): string {
  switch (target.kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return `-j ${target.kind.toUpperCase()}`;
    case 'notrack':
      return '-j CT --notrack';
    case 'jump':
      return `-j ${target.chain}`;
    case 'goto':
      return `-g ${target.chain}`;
    case 'reject':
      return `-j REJECT --reject-with ${family === 4 ? 'icmp' : 'icmp6'}-port-unreachable`;
    case 'dnat':
      return `-j DNAT --to-destination ${printSocketAddress(target.ip, target.port)}`;
    case 'redirect':
      return `-j REDIRECT --to-ports ${target.port}`;
    case 'snat':
      return `-j SNAT --to-source ${target.ip.text}${target.randomFully ? ' --random-fully' : ''}`;
    case 'masquerade':
      return `-j MASQUERADE${target.randomFully ? ' --random-fully' : ''}`;
    case 'mark-or':
      return `-j MARK --or-mark ${hex(target.bits)}`;
    case 'mark-xor':
      return `-j MARK --xor-mark ${hex(target.bits)}`;
    case 'connmark-set':
      return `-j CONNMARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case 'connmark-restore':
      return `-j CONNMARK --restore-mark --nfmask ${hex(target.mask)} --ctmask ${hex(target.mask)}`;
    case 'vmap':
    case 'spread':
      throw new Error('iptables has no verdict maps');
  }
}

/** A single address without its prefix length, as kube-proxy writes it. */
function printCidr(cidr: Cidr): string {
  return cidr.length === WIDTH[cidr.family] ? cidr.base.text : cidr.text;
}

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}
