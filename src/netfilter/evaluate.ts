/**
 * Runs the rules of one hook of one table on a packet. A random choice (`statistic`) splits the walk, so
 * the answer is one outcome for each choice, with its exact share.
 * Source of the semantics: iptables(8), iptables-extensions(8), Linux net/ipv4/netfilter/ip_tables.c.
 */

import { type Fraction, multiplyFractions, ONE } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import type { SourceRef } from '../source/ref.ts';
import { candidateRules } from './chain-index.ts';
import { baseChainName, tableOf } from './chains.ts';
import { type FilterContext, matchHolds } from './match.ts';
import type {
  Chain,
  Hook,
  Match,
  Rule,
  Ruleset,
  Syntax,
  Table,
  TableName,
  Target,
  VerdictElement,
} from './ruleset.ts';
import { packetKey } from './sets.ts';
import type { Station } from './stations.ts';

export interface RuleVisit {
  readonly table: string;
  readonly syntax: Syntax;
  readonly chain: string;
  /** Counted from 1, as `iptables -L --line-numbers` does. */
  readonly position: number;
  readonly rule: Rule;
  /** What a verdict map had for the packet. */
  readonly element?:
    | { readonly map: string; readonly key: string; readonly found: VerdictElement }
    | undefined;
}

/** What a visited rule did: its target, or for a verdict map that of the element. */
export function visitTarget({ rule, element }: RuleVisit): Target | undefined {
  return element?.found.target ?? rule.target;
}

/** The manifest fields behind a visited rule, and behind what its verdict map had. */
export function visitOrigin({ rule, element }: RuleVisit): readonly SourceRef[] {
  return element === undefined ? rule.origin : [...rule.origin, ...element.found.origin];
}

/** What the maker of the rules calls the verdict that they came to; undefined: nothing. */
export function verdictNameOf(trail: readonly RuleVisit[]): string | undefined {
  return trail.map(({ rule, element }) => element?.found.verdictName ?? rule.verdictName).findLast(isText);
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

/** A rule that was tried. Rules of long chains that ask for another destination are not. */
export interface RuleTry extends RuleVisit {
  /** The first match that did not hold, a random choice included, or the map; undefined: the rule matched. */
  readonly failed?: Match | 'map' | undefined;
}

export type NatAction =
  | { readonly kind: 'dnat'; readonly ip: Ip; readonly port: number }
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'snat'; readonly ip: Ip; readonly randomFully: boolean }
  | { readonly kind: 'masquerade'; readonly randomFully: boolean };

export interface Outcome {
  /** Of the connections that enter the hook. */
  readonly share: Fraction;
  readonly verdict: 'accept' | 'drop' | 'reject';
  /** The packet's mark behind the hook. */
  readonly mark: number;
  /** The connection's mark behind the hook; undefined: no rule set it. */
  readonly connectionMark?: number | undefined;
  /** A rule of raw took it from connection tracking. */
  readonly untracked?: true | undefined;
  readonly nat?: NatAction | undefined;
  /** Chain names from the base chain to where it was decided. */
  readonly chains: readonly string[];
  /** The rules that matched, in order. */
  readonly trail: readonly RuleVisit[];
  /** undefined: the base chain ended, and its policy decided. */
  readonly decidedBy?: RuleVisit | undefined;
  /** Every rule that was tried on the way here, in order; undefined unless `keepTried`. */
  readonly tried?: readonly RuleTry[] | undefined;
}

/** A chain on the call stack. */
interface Frame {
  readonly chain: Chain;
  /** Those of the chain, which may be made when they are first read. */
  readonly rules: readonly Rule[];
  readonly candidates: readonly number[];
  readonly caller: { readonly frame: Frame; readonly next: number } | undefined;
}

/** One run through the rules; it changes as it goes. */
interface Branch {
  frame: Frame;
  /** Index into the frame's candidates. */
  next: number;
  share: Fraction;
  mark: number;
  connectionMark: number | undefined;
  untracked: true | undefined;
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
  return evaluateStation({ table: found, chain: base }, context);
}

/** Runs one base chain, as `evaluateHook` does. */
export function evaluateStation(
  { table, chain: base }: Pick<Station, 'table' | 'chain'>,
  context: FilterContext,
): readonly Outcome[] {
  const { packet } = context;
  const walk: Walk = { table, context, pending: [] };
  const frame = newFrame(base, packet, undefined);
  walk.pending.push({
    frame,
    next: 0,
    share: ONE,
    mark: packet.mark,
    connectionMark: undefined,
    untracked: undefined,
    trail: [],
    tried: undefined,
  });
  const outcomes: Outcome[] = [];
  for (let branch = walk.pending.pop(); branch !== undefined; branch = walk.pending.pop()) {
    outcomes.push(runBranch(walk, branch));
  }
  return outcomes;
}

function runBranch(walk: Walk, branch: Branch): Outcome {
  for (;;) {
    const at = branch.frame.candidates[branch.next];
    const rule = at === undefined ? undefined : branch.frame.rules[at];
    if (at === undefined || rule === undefined) {
      if (!returnToCaller(branch)) return policyOutcome(walk, branch);
      continue;
    }
    branch.next += 1;
    if (!ruleMatches(walk, branch, rule, at)) continue;
    const visit = withElement(visitOf(walk, branch, rule, at), walk.context.packet);
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
  const failed = firstFailing(rule, context, branch.mark, connectionMark(walk, branch));
  // A map without the packet's key is as a match that does not hold.
  if (failed !== undefined || missesMap(rule, context.packet)) {
    branch.tried = withTry(walk, branch, at, failed ?? 'map');
    return false;
  }
  for (const match of rule.matches) {
    if (match.kind !== 'statistic' || match.oneIn <= 1) continue;
    const others = { numerator: match.oneIn - 1, denominator: match.oneIn };
    const [share, tried] = [multiplyFractions(branch.share, others), withTry(walk, branch, at, match)];
    walk.pending.push(forkOf(branch, share, tried));
    branch.share = multiplyFractions(branch.share, { numerator: 1, denominator: match.oneIn });
  }
  branch.tried = withTry(walk, branch, at, undefined);
  return true;
}

function firstFailing(
  { matches }: Rule,
  context: FilterContext,
  mark: number,
  ofConnection: number,
): Match | undefined {
  for (const match of matches) if (!matchHolds(match, context, mark, ofConnection)) return match;
  return undefined;
}

/** Written out, not spread: docs/adr/0006-written-out-copies.md. */
function forkOf(branch: Branch, share: Fraction, tried: Branch['tried']): Branch {
  const { frame, next, mark, connectionMark, untracked, trail } = branch;
  return { frame, next, share, mark, connectionMark, untracked, trail, tried };
}

function missesMap({ target }: Rule, packet: Packet): boolean {
  return target?.kind === 'vmap' && !target.map.elements.has(packetKey(target.key, packet));
}

/** The branch's rules with one more; nothing where nobody asked for them. */
function withTry(walk: Walk, branch: Branch, at: number, failed: RuleTry['failed']): TriedRules | undefined {
  const rule = walk.context.keepTried ? branch.frame.rules[at] : undefined;
  if (rule === undefined) return undefined;
  const visit = visitOf(walk, branch, rule, at);
  return { last: failed === undefined ? visit : { ...visit, failed }, before: branch.tried };
}

/** The rules that were tried, first one first. */
function triedOf({ tried }: Branch, { keepTried }: FilterContext): readonly RuleTry[] | undefined {
  if (!keepTried) return undefined;
  const list: RuleTry[] = [];
  for (let at = tried; at !== undefined; at = at.before) list.push(at.last);
  return list.reverse();
}

function visitOf({ table }: Walk, branch: Branch, rule: Rule, at: number): RuleVisit {
  const chain = branch.frame.chain.name;
  return { table: table.name, syntax: table.syntax, chain, position: at + 1, rule, element: undefined };
}

/** With what the rule's verdict map has for the packet. */
function withElement(visit: RuleVisit, packet: Packet): RuleVisit {
  const { target } = visit.rule;
  if (target?.kind !== 'vmap') return visit;
  const key = packetKey(target.key, packet);
  const found = target.map.elements.get(key);
  if (found === undefined) return visit;
  // Written out, not spread: docs/adr/0006-written-out-copies.md.
  const { table, syntax, chain, position, rule } = visit;
  return { table, syntax, chain, position, rule, element: { map: target.map.name, key, found } };
}

/** Does what the rule says; an outcome when the walk ends here. */
function applyTarget(walk: Walk, branch: Branch, visit: RuleVisit): Outcome | undefined {
  const target = visitTarget(visit);
  switch (target?.kind) {
    case undefined:
      return undefined;
    case 'accept':
    case 'drop':
    case 'reject':
      return outcomeOf(walk, branch, { decidedBy: visit, verdict: target.kind });
    case 'dnat':
    case 'redirect':
    case 'snat':
    case 'masquerade':
      return outcomeOf(walk, branch, { decidedBy: visit, verdict: 'accept', nat: target });
    case 'return':
      return returnToCaller(branch) ? undefined : policyOutcome(walk, branch);
    case 'jump':
    case 'goto':
      enter(walk, branch, target);
      return undefined;
    case 'spread':
      spreadOver(walk, branch, target.chains);
      return undefined;
    // An element of a map is no map; a map without one does not get here.
    case 'vmap':
      return undefined;
    case 'notrack':
      branch.untracked = true;
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

function enter(walk: Walk, branch: Branch, target: Extract<Target, { kind: 'jump' | 'goto' }>): void {
  branch.frame = frameOf(walk, branch, target);
  branch.next = 0;
}

/** The first chain is this branch's; the others wait, so that outcomes are in the order of the chains. */
function spreadOver(walk: Walk, branch: Branch, chains: readonly string[]): void {
  const share = multiplyFractions(branch.share, { numerator: 1, denominator: chains.length });
  const branches = chains.map((chain): Branch => {
    const each = forkOf(branch, share, branch.tried);
    enter(walk, each, { kind: 'goto', chain });
    return each;
  });
  for (let at = branches.length - 1; at > 0; at--) {
    const waiting = branches[at];
    if (waiting !== undefined) walk.pending.push(waiting);
  }
  Object.assign(branch, branches[0]);
}

/**
 * The frame of a chain that is entered. Its caller is where the walk goes on when it ends: behind the rule,
 * or for goto where the chain of the rule itself would have returned to.
 * @throws on a missing chain or a loop: the kernel refuses to load such rules, so they are our bug.
 */
function frameOf(
  walk: Walk,
  branch: Branch,
  { kind, chain: name }: Extract<Target, { kind: 'jump' | 'goto' }>,
): Frame {
  const chain = branch.frame.chain.subchains?.get(name) ?? walk.table.chains.get(name);
  if (chain === undefined) throw new Error(`table ${walk.table.name} has no chain ${name}`);
  for (let frame: Frame | undefined = branch.frame; frame !== undefined; frame = frame.caller?.frame) {
    if (frame.chain === chain) throw new Error(`chain ${name} of table ${walk.table.name} jumps to itself`);
  }
  const next = kind === 'jump' ? branch.next : branch.frame.candidates.length;
  const caller = { frame: branch.frame, next };
  return newFrame(chain, walk.context.packet, caller);
}

function newFrame(chain: Chain, packet: Packet, caller: Frame['caller']): Frame {
  const { rules } = chain;
  return { chain, rules, candidates: candidateRules(rules, packet), caller };
}

function outcomeOf(
  { context }: Walk,
  branch: Branch,
  { verdict, nat, decidedBy }: Pick<Outcome, 'verdict' | 'nat' | 'decidedBy'>,
): Outcome {
  const { share, mark, connectionMark, untracked, trail } = branch;
  const [chains, tried] = [chainNames(branch.frame), triedOf(branch, context)];
  return { share, verdict, mark, connectionMark, untracked, nat, chains, trail, decidedBy, tried };
}

function policyOutcome(walk: Walk, branch: Branch): Outcome {
  return outcomeOf(walk, branch, { verdict: branch.frame.chain.policy ?? 'accept' });
}

function chainNames(innermost: Frame): readonly string[] {
  const names: string[] = [];
  for (let frame: Frame | undefined = innermost; frame !== undefined; frame = frame.caller?.frame) {
    names.push(frame.chain.name);
  }
  return names.reverse();
}
