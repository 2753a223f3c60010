/**
 * Writes the tables of nftables as commands that `nft -f` loads, in the spelling of kube-proxy's own
 * transactions (sigs.k8s.io/knftables:objects.go). What a rule refers to is written before it.
 */

import type { Cidr } from '../net/cidr.ts';
import { type IpFamily, printSocketAddress, WIDTH } from '../net/ip.ts';
import { baseLast } from './chains.ts';
import { plainLine, type RuleLine, textOf, textsOf } from './rule-line.ts';
import type {
  Chain,
  ChainContent,
  ConntrackState,
  Match,
  Rule,
  Ruleset,
  Table,
  Target,
  VerdictElement,
  VerdictMap,
} from './ruleset.ts';
import type { KeyField, NamedSet } from './sets.ts';

/** Which of the words for IPv4 and IPv6 a table uses. */
const FAMILY_WORD: Readonly<Record<IpFamily, 'ip' | 'ip6'>> = { 4: 'ip', 6: 'ip6' };

/** The tables of nftables as one text. */
export function printNft(ruleset: Ruleset): string {
  return textOf(nftRuleLines(ruleset));
}

/** The lines of that text, one by one. */
export function nftLines(ruleset: Ruleset): Iterable<string> {
  return textsOf(nftRuleLines(ruleset));
}

/**
 * The lines that make the tables anew. Chains are made, written and forgotten one by one, so that a node
 * of any size is written in little memory.
 */
export function* nftRuleLines(ruleset: Ruleset): Generator<readonly RuleLine[]> {
  for (const table of ruleset.tables) {
    if (table.syntax === 'nftables') yield* new TableWriter(table, ruleset.family).lines();
  }
}

/** One rule, without the chain that it stands in: `ip daddr 10.96.0.10 jump mark-for-masquerade`. */
export function printNftRule(rule: Rule, family: IpFamily): string {
  let text = '';
  const add = (words: string): void => {
    text += text === '' ? words : ` ${words}`;
  };
  for (const match of rule.matches) add(printNftMatch(match, family));
  if (rule.target !== undefined) add(printNftTarget(rule.target, family));
  if (rule.comment !== undefined) add(`comment ${quote(rule.comment)}`);
  return text;
}

/** One match of a rule: `ip saddr != 10.0.0.0/8`, `ct state new`. */
export function printNftMatch(match: Match, family: IpFamily): string {
  const ip = FAMILY_WORD[family];
  switch (match.kind) {
    case 'nfacct':
      return 'counter';
    case 'statistic':
      return `numgen random mod ${match.oneIn} 0`;
    case 'recent':
      return match.action === 'check'
        ? `${ip} saddr @${match.list}`
        : `update @${match.list} { ${ip} saddr }`;
    case 'mark': {
      const masked = `mark and ${printMark(match.mask)}`;
      if (match.not === true && match.value === match.mask) return `${masked} == 0`;
      return `${masked} ${match.not === true ? '!=' : '=='} ${printMark(match.value)}`;
    }
    case 'conntrack-state':
      return `ct state ${match.not === true ? '!= ' : ''}${printStates(match.states)}`;
    default:
      return printComparison(match, ip);
  }
}

function printComparison(
  match: Exclude<Match, { readonly kind: 'statistic' | 'recent' | 'nfacct' | 'mark' | 'conntrack-state' }>,
  ip: 'ip' | 'ip6',
): string {
  const not = match.not === true ? '!= ' : '';
  switch (match.kind) {
    case 'protocol':
      return `meta l4proto ${not}${match.protocol === 'icmp' && ip === 'ip6' ? 'icmpv6' : match.protocol}`;
    case 'source':
      return `${ip} saddr ${not}${printRange(match.cidr)}`;
    case 'destination':
      return `${ip} daddr ${not}${printRange(match.cidr)}`;
    case 'in-interface':
      return `iifname ${not}${printDevice(match.name)}`;
    case 'out-interface':
      return `oifname ${not}${printDevice(match.name)}`;
    case 'source-port':
      return `th sport ${not}${match.port}`;
    case 'destination-port':
      return `th dport ${not}${match.port}`;
    case 'destination-ports':
      return `th dport ${not}{ ${match.ports.join(' , ')} }`;
    case 'connection-mark': {
      const [mask, value] = [match.mask, match.value].map((bits) => `0x${bits.toString(16)}`);
      return `ct mark & ${mask} ${match.not === true ? '!=' : '=='} ${value}`;
    }
    case 'owner':
      return `meta sk${match.by} ${not}${match.id}`;
    case 'address-type':
      return `fib ${match.side === 'src' ? 'saddr' : 'daddr'}${printLimit(match.interface)} type ${not}local`;
    case 'address-in': {
      const ranges = match.cidrs.map(printRange).join(' , ');
      return `${ip} ${match.side === 'src' ? 'saddr' : 'daddr'} ${not}{ ${ranges} }`;
    }
    case 'socket':
    case 'bridged':
    case 'virtual-server':
      throw new Error('nftables has no such match');
    case 'set':
      return `${printKey(match.key, ip)} ${not}@${match.set.name}`;
  }
}

function printNftTarget(target: Target, family: IpFamily): string {
  switch (target.kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'reject':
      return target.kind;
    case 'notrack':
      return 'notrack';
    case 'jump':
    case 'goto':
      return `${target.kind} ${target.chain}`;
    case 'dnat':
      return `dnat to ${printSocketAddress(target.ip, target.port)}`;
    case 'redirect':
      return `redirect to :${target.port}`;
    case 'snat':
      return `snat to ${target.ip.text}${target.randomFully ? ' fully-random' : ''}`;
    case 'masquerade':
      return `masquerade${target.randomFully ? ' fully-random' : ''}`;
    case 'mark-or':
      return `mark set mark or ${printMark(target.bits)}`;
    case 'mark-xor':
      return `mark set mark xor ${printMark(target.bits)}`;
    case 'connmark-set':
      return `ct mark set ct mark and ${printMark(~target.mask >>> 0)} or ${printMark(target.value)}`;
    case 'connmark-restore':
      return `meta mark set ct mark and ${printMark(target.mask)}`;
    case 'vmap':
      return `${printKey(target.key, FAMILY_WORD[family])} vmap @${target.map.name}`;
    case 'spread': {
      const choices = target.chains.map((chain, index) => `${index} : goto ${chain}`);
      return `numgen random mod ${choices.length} vmap { ${choices.join(' , ')} }`;
    }
  }
}

/** A chain that is being written: the chains that it leads to stand before it. */
interface OpenChain {
  readonly chain: Chain;
  readonly content: ChainContent;
  /** The chains that its rules lead to which were not looked at yet, the next one last. */
  readonly ahead: Chain[];
}

/** Writes one table, a chain or a set at a time; it remembers what it has written. */
class TableWriter {
  readonly #table: Table;
  readonly #family: IpFamily;
  readonly #at: string;
  readonly #written = new Set<string>();

  constructor(table: Table, family: IpFamily) {
    this.#table = table;
    this.#family = family;
    this.#at = `${FAMILY_WORD[family]} ${table.name}`;
  }

  *lines(): Generator<readonly RuleLine[]> {
    const { comment, chains } = this.#table;
    const about = comment === undefined ? '' : ` { comment ${quote(comment)} ; }`;
    yield [plainLine(`add table ${this.#at}${about}`)];
    for (const chain of baseLast(chains.values())) yield* this.#withReferred(chain);
  }

  /** A chain behind those that it leads to. */
  *#withReferred(first: Chain): Generator<readonly RuleLine[]> {
    const open: OpenChain[] = [];
    this.#enter(first, open);
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const next = last.ahead.pop();
      if (next !== undefined) {
        this.#enter(next, open);
      } else {
        open.pop();
        yield this.#chainLines(last);
      }
    }
  }

  #enter(chain: Chain, open: OpenChain[]): void {
    if (this.#written.has(chain.name)) return;
    this.#written.add(chain.name);
    const content = chain.build?.() ?? chain;
    open.push({ chain, content, ahead: this.#referred(content).reverse() });
  }

  /** The chains that the rules lead to, in their order. */
  #referred({ rules, subchains }: ChainContent): Chain[] {
    const referred: Chain[] = [];
    for (const { target } of rules) {
      eachChainNamedIn(target, (name) => {
        const chain = this.#written.has(name)
          ? undefined
          : (subchains?.get(name) ?? this.#table.chains.get(name));
        if (chain !== undefined) referred.push(chain);
      });
    }
    return referred;
  }

  #chainLines({ chain, content }: OpenChain): readonly RuleLine[] {
    const lines = [plainLine(`add chain ${this.#at} ${chain.name}${printPlace(chain)}`)];
    for (const set of content.sets ?? []) this.#set(set, lines);
    for (const rule of content.rules) {
      for (const match of rule.matches) if (match.kind === 'set') this.#set(match.set, lines);
      if (rule.target?.kind === 'vmap') this.#map(rule.target.map, lines);
      const text = `add rule ${this.#at} ${chain.name} ${printNftRule(rule, this.#family)}`;
      lines.push({ text, origin: rule.origin });
    }
    return lines;
  }

  #set(set: NamedSet, lines: RuleLine[]): void {
    if (this.#written.has(`@${set.name}`)) return;
    this.#written.add(`@${set.name}`);
    lines.push(plainLine(`add set ${this.#at} ${set.name} { ${printSetSpec(set)} }`));
    for (const [key, { comment, origin }] of set.elements) {
      const text = `add element ${this.#at} ${set.name} { ${key}${elementComment(comment)} }`;
      lines.push({ text, origin });
    }
  }

  #map(map: VerdictMap, lines: RuleLine[]): void {
    if (this.#written.has(`@${map.name}`)) return;
    this.#written.add(`@${map.name}`);
    lines.push(plainLine(`add map ${this.#at} ${map.name} { ${printSetSpec(map)} }`));
    for (const [key, { comment, origin, target }] of map.elements) {
      const verdict = printNftTarget(target, this.#family);
      const text = `add element ${this.#at} ${map.name} { ${key}${elementComment(comment)} : ${verdict} }`;
      lines.push({ text, origin });
    }
  }
}

/** The chains that a target names; those of a map's elements are made with the rule's chain. */
function eachChainNamedIn(
  target: Target | VerdictElement['target'] | undefined,
  visit: (name: string) => void,
): void {
  switch (target?.kind) {
    case 'jump':
    case 'goto':
      visit(target.chain);
      return;
    case 'spread':
      for (const chain of target.chains) visit(chain);
      return;
    case 'vmap':
      for (const element of target.map.elements.values()) eachChainNamedIn(element.target, visit);
      return;
    default:
  }
}

function printPlace({ hook, priority = 0, type = 'filter', comment, policy }: Chain): string {
  const words = comment === undefined ? [] : [`comment ${quote(comment)} ;`];
  if (hook !== undefined) words.push(`type ${type} hook ${hook} priority ${priority} ;`);
  if (policy !== undefined) words.push(`policy ${policy} ;`);
  return words.length === 0 ? '' : ` { ${words.join(' ')} }`;
}

function printSetSpec({ type, flags = [], timeout, comment }: Omit<NamedSet, 'elements'>): string {
  const words = [`type ${type} ;`];
  if (flags.length > 0) words.push(`flags ${flags.join(',')} ;`);
  if (timeout !== undefined) words.push(`timeout ${timeout}s ;`);
  if (comment !== undefined) words.push(`comment ${quote(comment)} ;`);
  return words.join(' ');
}

function elementComment(comment: string | undefined): string {
  return comment === undefined ? '' : ` comment ${quote(comment)}`;
}

function printKey(key: readonly KeyField[], ip: 'ip' | 'ip6'): string {
  const words: Readonly<Record<KeyField, string>> = {
    source: `${ip} saddr`,
    destination: `${ip} daddr`,
    protocol: 'meta l4proto',
    'source-port': 'th sport',
    'destination-port': 'th dport',
  };
  return key.map((field) => words[field]).join(' . ');
}

function printLimit(device: 'in' | 'out' | undefined): string {
  return device === undefined ? '' : ` . ${device === 'in' ? 'iif' : 'oif'}`;
}

function printRange({ base, length, family, text }: Cidr): string {
  return length === WIDTH[family] ? base.text : text;
}

/** `veth+` of iptables is `veth*` here. */
function printDevice(name: string): string {
  return quote(name.endsWith('+') ? `${name.slice(0, -1)}*` : name);
}

function printStates(states: readonly ConntrackState[]): string {
  return states.map((state) => state.toLowerCase()).join(',');
}

/** As Go's `%#08x`, which kube-proxy writes it by. */
function printMark(bits: number): string {
  return `0x${bits.toString(16).padStart(6, '0')}`;
}

/** nft knows no way to write a quotation mark or a line end within a text. */
function quote(text: string): string {
  return `"${text.replace(/["\p{Cc}]/gu, ' ')}"`;
}
