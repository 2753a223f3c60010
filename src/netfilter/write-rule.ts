/** Short words for rules that components write themselves, not from a manifest. */

import type { Cidr } from '../net/cidr.ts';
import type { BaseRule, Hook, Match, Rule, RulesetPart, TableName, Target } from './ruleset.ts';

export const from = (cidr: Cidr): Match => ({ kind: 'source', cidr });
export const notFrom = (cidr: Cidr): Match => ({ kind: 'source', cidr, not: true });
export const to = (cidr: Cidr): Match => ({ kind: 'destination', cidr });
export const notTo = (cidr: Cidr): Match => ({ kind: 'destination', cidr, not: true });
export const inBy = (name: string): Match => ({ kind: 'in-interface', name });
export const outBy = (name: string): Match => ({ kind: 'out-interface', name });
export const marked = (bits: number): Match => ({ kind: 'mark', value: bits, mask: bits });
export const toLocal: Match = { kind: 'address-type', side: 'dst' };
export const notToLocal: Match = { kind: 'address-type', side: 'dst', not: true };

export const BACK: Target = { kind: 'return' };
export const ACCEPT: Target = { kind: 'accept' };

/** A jump to a chain. */
export function jumpTo(chain: string): Target {
  return { kind: 'jump', chain };
}

/** A rule that no manifest asked for. */
export function writeRule(matches: readonly Match[], target: Target, comment?: string): Rule {
  return { matches, target, ...(comment === undefined ? {} : { comment }), origin: [] };
}

/** A rule of a base chain. */
export function baseRule(
  [table, hook]: readonly [TableName, Hook],
  rule: Rule,
  position: BaseRule['position'] = 'append',
): BaseRule {
  return { table, hook, position, rule };
}

/** Nothing to install. */
export const NO_RULES: RulesetPart = { chains: [], base: [] };
