/**
 * Runs the rules of one hook of one table on a packet. A random choice (`statistic`) splits the walk, so
 * the answer is one outcome for each choice, with its exact share.
 * Source of the semantics: iptables(8), iptables-extensions(8), Linux net/ipv4/netfilter/ip_tables.c.
 */

import { cidrContains } from '../net/cidr.ts';
import { type Fraction, multiplyFractions, ONE } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { candidateRules } from './chain-index.ts';
import { baseChainName, tableOf } from './chains.ts';
import type { Chain, ConntrackState, Hook, Match, Rule, Ruleset, Table, TableName } from './ruleset.ts';

/** What the rules can see. */
export interface FilterContext {
  readonly packet: Packet;
  /** The device that the packet came in by; undefined for one that is sent here. */
  readonly inDevice?: string;
  /** The device that it will leave by; undefined before routing and for local delivery. */
  readonly outDevice?: string;
  readonly states: ReadonlySet<ConntrackState>;
  /** Is the address one of this namespace's own (routing table `local`, loopback included)? */
  isLocal(ip: Ip): boolean;
  /** Is it an address of this device? */
  isAddressOf?(device: string, ip: Ip): boolean;
  /** The mark of the packet's connection; undefined: none. */
  readonly connectionMark?: number;
  /** Keep the rules that are tried? It costs, and few ask for it. */
  readonly keepTried?: boolean;
}

export interface RuleVisit {
  readonly table: TableName;
  readonly chain: string;
  /** Counted from 1, as `iptables -L --line-numbers` does. */
  readonly position: number;
  readonly rule: Rule;
}

/** A rule that was tried. Rules of long chains that ask for another destination are not. */
export interface RuleTry extends RuleVisit {
  /** The first match that did not hold, a random choice included; undefined: the rule matched. */
  readonly failed?: Match;
}

export type NatAction =
  | { readonly kind: 'dnat'; readonly ip: Ip; readonly port: number }
  | { readonly kind: 'snat'; readonly ip: Ip; readonly randomFully: boolean }
  | { readonly kind: 'masquerade'; readonly randomFully: boolean };

export interface Outcome {
  /** Of the connections that enter the hook. */
  readonly share: Fraction;
  readonly verdict: 'accept' | 'drop' | 'reject';
  /** The packet's mark behind the hook. */
  readonly mark: number;
  /** The connection's mark behind the hook; undefined: no rule set it. */
  readonly connectionMark?: number;
  readonly nat?: NatAction;
  /** Chain names from the base chain to where it was decided. */
  readonly chains: readonly string[];
  /** The rules that matched, in order. */
  readonly trail: readonly RuleVisit[];
  /** undefined: the base chain ended, and its policy decided. */
  readonly decidedBy?: RuleVisit;
  /** Every rule that was tried on the way here, in order; undefined unless `keepTried`. */
  readonly tried?: readonly RuleTry[];
}

/** A chain on the call stack. */
interface Frame {
  readonly chain: Chain;
  readonly candidates: readonly number[];
  readonly caller?: { readonly frame: Frame; readonly next: number };
}

/** One run through the rules; it changes as it goes. */
interface Branch {
  frame: Frame;
  /** Index into the frame's candidates. */
  next: number;
  share: Fraction;
  mark: number;
  connectionMark: number | undefined;
  trail: readonly RuleVisit[];
  /** The last rule tried; branches share what is before their fork. */
  tried: TriedRules | undefined;
}

interface TriedRules {
  readonly last: RuleTry;
  readonly before: TriedRules | undefined;
}

interface Walk {
  readonly table: Table;
  readonly context: FilterContext;
  /** Branches of random choices that are still to run; the last one is next. */
  readonly pending: Branch[];
}

/**
 * Runs one hook of one table.
 * @returns one outcome for each way that random choices can go, in the order of the rules; their shares
 * sum to 1. A hook that the table has not got lets everything pass.
 */
export function evaluateHook(
  ruleset: Ruleset,
  table: TableName,
  hook: Hook,
  context: FilterContext,
): readonly Outcome[] {
  const { packet } = context;
  const found = tableOf(ruleset, table);
  const base = found?.chains.get(baseChainName(hook));
  if (found === undefined || base === undefined) {
    return [{ share: ONE, verdict: 'accept', mark: packet.mark, chains: [], trail: [] }];
  }
  const walk: Walk = { table: found, context, pending: [] };
  const frame = { chain: base, candidates: candidateRules(base, packet) };
  walk.pending.push({
    frame,
    next: 0,
    share: ONE,
    mark: packet.mark,
    connectionMark: undefined,
    trail: [],
    tried: undefined,
  });
  const outcomes: Outcome[] = [];
  for (let branch = walk.pending.pop(); branch !== undefined; branch = walk.pending.pop()) {
    outcomes.push(runBranch(walk, branch));
  }
  return outcomes;
}

/** Has this hook of the table nothing to say? Most tables of a node are empty. */
export function letsAllPass(ruleset: Ruleset, table: TableName, hook: Hook): boolean {
  const base = tableOf(ruleset, table)?.chains.get(baseChainName(hook));
  return base === undefined || (base.rules.length === 0 && base.policy !== 'drop');
}

function runBranch(walk: Walk, branch: Branch): Outcome {
  for (;;) {
    const at = branch.frame.candidates[branch.next];
    const rule = at === undefined ? undefined : branch.frame.chain.rules[at];
    if (at === undefined || rule === undefined) {
      if (!returnToCaller(branch)) return policyOutcome(walk, branch);
      continue;
    }
    branch.next += 1;
    if (!ruleMatches(walk, branch, rule, at)) continue;
    const visit = visitOf(walk, branch, rule, at);
    branch.trail = [...branch.trail, visit];
    const outcome = applyTarget(walk, branch, visit);
    if (outcome !== undefined) return outcome;
  }
}

/** Leaves the chain; false when it was the base chain. */
function returnToCaller(branch: Branch): boolean {
  const { caller } = branch.frame;
  if (caller === undefined) return false;
  branch.frame = caller.frame;
  branch.next = caller.next;
  return true;
}

/** Does the rule match in this branch? A random choice leaves the branch where it does not for later. */
function ruleMatches(walk: Walk, branch: Branch, rule: Rule, at: number): boolean {
  const { context } = walk;
  const failed = rule.matches.find((match) => !matchHolds(match, context, branch.mark));
  if (failed !== undefined) {
    branch.tried = withTry(walk, branch, at, failed);
    return false;
  }
  for (const match of rule.matches) {
    if (match.kind !== 'statistic' || match.oneIn <= 1) continue;
    const others = { numerator: match.oneIn - 1, denominator: match.oneIn };
    walk.pending.push({
      ...branch,
      share: multiplyFractions(branch.share, others),
      tried: withTry(walk, branch, at, match),
    });
    branch.share = multiplyFractions(branch.share, { numerator: 1, denominator: match.oneIn });
  }
  branch.tried = withTry(walk, branch, at, undefined);
  return true;
}

/** The branch's rules with one more; nothing where nobody asked for them. */
function withTry(walk: Walk, branch: Branch, at: number, failed: Match | undefined): TriedRules | undefined {
  const rule = walk.context.keepTried ? branch.frame.chain.rules[at] : undefined;
  if (rule === undefined) return undefined;
  const visit = visitOf(walk, branch, rule, at);
  return { last: failed === undefined ? visit : { ...visit, failed }, before: branch.tried };
}

/** The rules that were tried, first one first. */
function triedOf({ tried }: Branch, { keepTried }: FilterContext): Pick<Outcome, 'tried'> {
  if (!keepTried) return {};
  const list: RuleTry[] = [];
  for (let at = tried; at !== undefined; at = at.before) list.push(at.last);
  return { tried: list.reverse() };
}

function visitOf(walk: Walk, branch: Branch, rule: Rule, at: number): RuleVisit {
  return { table: walk.table.name, chain: branch.frame.chain.name, position: at + 1, rule };
}

/** Does what the rule says; an outcome when the walk ends here. */
function applyTarget(walk: Walk, branch: Branch, visit: RuleVisit): Outcome | undefined {
  const { target } = visit.rule;
  switch (target?.kind) {
    case undefined:
      return undefined;
    case 'accept':
    case 'drop':
    case 'reject':
      return outcomeOf(walk, branch, { decidedBy: visit, verdict: target.kind });
    case 'dnat':
    case 'snat':
    case 'masquerade':
      return outcomeOf(walk, branch, { decidedBy: visit, verdict: 'accept', nat: target });
    case 'return':
      return returnToCaller(branch) ? undefined : policyOutcome(walk, branch);
    case 'jump':
      branch.frame = frameOf(walk, branch, target.chain);
      branch.next = 0;
      return undefined;
    case 'mark-or':
      branch.mark = (branch.mark | target.bits) >>> 0;
      return undefined;
    case 'mark-xor':
      branch.mark = (branch.mark ^ target.bits) >>> 0;
      return undefined;
    case 'connmark-set':
      branch.connectionMark = withBits(connectionMark(walk, branch), target.value, target.mask);
      return undefined;
    case 'connmark-restore':
      branch.mark = withBits(branch.mark, connectionMark(walk, branch), target.mask);
      return undefined;
  }
}

function connectionMark({ context }: Walk, branch: Branch): number {
  return branch.connectionMark ?? context.connectionMark ?? 0;
}

/** The mark with the bits of `mask` taken from another one. */
function withBits(mark: number, other: number, mask: number): number {
  return ((mark & ~mask) | (other & mask)) >>> 0;
}

/** @throws on a missing chain or a loop: the kernel refuses to load such rules, so they are our bug. */
function frameOf(walk: Walk, branch: Branch, name: string): Frame {
  const chain = branch.frame.chain.subchains?.get(name) ?? walk.table.chains.get(name);
  if (chain === undefined) throw new Error(`table ${walk.table.name} has no chain ${name}`);
  for (let frame: Frame | undefined = branch.frame; frame !== undefined; frame = frame.caller?.frame) {
    if (frame.chain === chain) throw new Error(`chain ${name} of table ${walk.table.name} jumps to itself`);
  }
  const caller = { frame: branch.frame, next: branch.next };
  return { chain, candidates: candidateRules(chain, walk.context.packet), caller };
}

function outcomeOf(
  { context }: Walk,
  branch: Branch,
  end: Pick<Outcome, 'verdict' | 'nat' | 'decidedBy'>,
): Outcome {
  const { share, mark, trail } = branch;
  return {
    ...end,
    share,
    mark,
    ...markOf(branch),
    trail,
    chains: chainNames(branch.frame),
    ...triedOf(branch, context),
  };
}

function policyOutcome({ context }: Walk, branch: Branch): Outcome {
  const { share, mark, trail, frame } = branch;
  const verdict = frame.chain.policy ?? 'accept';
  const chains = chainNames(frame);
  return { share, verdict, mark, ...markOf(branch), chains, trail, ...triedOf(branch, context) };
}

function markOf({ connectionMark }: Branch): Pick<Outcome, 'connectionMark'> {
  return connectionMark === undefined ? {} : { connectionMark };
}

function chainNames(innermost: Frame): readonly string[] {
  const names: string[] = [];
  for (let frame: Frame | undefined = innermost; frame !== undefined; frame = frame.caller?.frame) {
    names.unshift(frame.chain.name);
  }
  return names;
}

function matchHolds(match: Match, context: FilterContext, mark: number): boolean {
  switch (match.kind) {
    case 'statistic':
      return true;
    case 'recent':
      return match.action === 'set';
    default:
      return testMatch(match, context, mark) !== (match.not === true);
  }
}

/** The match as written, without its inversion. */
function testMatch(
  match: Exclude<Match, { readonly kind: 'statistic' | 'recent' }>,
  context: FilterContext,
  mark: number,
): boolean {
  const { packet } = context;
  switch (match.kind) {
    case 'protocol':
      return packet.protocol === match.protocol;
    case 'source':
      return cidrContains(match.cidr, packet.src);
    case 'destination':
      return cidrContains(match.cidr, packet.dst);
    case 'in-interface':
      return isDevice(match.name, context.inDevice);
    case 'out-interface':
      return isDevice(match.name, context.outDevice);
    case 'source-port':
      return packet.srcPort === match.port;
    case 'destination-port':
      return packet.dstPort === match.port;
    case 'destination-ports':
      return match.ports.includes(packet.dstPort);
    case 'conntrack-state':
      return match.states.some((state) => context.states.has(state));
    case 'mark':
      return (mark & match.mask) >>> 0 === match.value;
    case 'address-type':
      return isLocalAddress(match, context);
  }
}

function isLocalAddress(
  { side, interface: limit }: Extract<Match, { readonly kind: 'address-type' }>,
  context: FilterContext,
): boolean {
  const ip = side === 'src' ? context.packet.src : context.packet.dst;
  if (limit === undefined) return context.isLocal(ip);
  const device = limit === 'in' ? context.inDevice : context.outDevice;
  return device !== undefined && (context.isAddressOf?.(device, ip) ?? false);
}

/** `veth+` means every name that begins with `veth`; no device fits no name. */
function isDevice(name: string, device: string | undefined): boolean {
  if (device === undefined) return false;
  return name.endsWith('+') ? device.startsWith(name.slice(0, -1)) : device === name;
}
