/** Rules as text that the kernel's tools load. A comment before a rule names the object and line behind it. */

import { iptablesLines } from '../../netfilter/print-iptables.ts';
import { ipsetRuleLines, ipvsadmLines, ipvsadmRuleLines } from '../../netfilter/print-ipvs.ts';
import { nftRuleLines } from '../../netfilter/print-nft.ts';
import type { RuleLine, RuleLines } from '../../netfilter/rule-line.ts';
import type { Ruleset } from '../../netfilter/ruleset.ts';
import type { NodeRules, WiringLines } from '../../query/rules.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { StreamRenderer } from '../renderer.ts';
import { originNamer } from './origin-namer.ts';

/** How one mode's rules are written. */
interface Spelling {
  readonly format: string;
  readonly loadedBy: (ruleset: Ruleset) => string;
  readonly lines: (ruleset: Ruleset) => RuleLines;
  /** Can one file hold both families? */
  readonly joinsFamilies: boolean;
}

const IPTABLES: Spelling = {
  format: 'iptables-save',
  loadedBy: ({ family }) => (family === 4 ? 'iptables-restore' : 'ip6tables-restore'),
  lines: iptablesLines,
  joinsFamilies: false,
};

const NFT: Spelling = {
  format: 'nft',
  loadedBy: () => 'nft -f',
  lines: nftRuleLines,
  joinsFamilies: true,
};

/** The virtual servers alone. */
const IPVSADM: Spelling = {
  format: 'ipvsadm',
  loadedBy: () => 'ipvsadm --restore',
  lines: ({ virtualServers }) => (virtualServers === undefined ? [] : ipvsadmRuleLines(virtualServers)),
  joinsFamilies: true,
};

/** Three tools' lines in one text: to be read. Each has a format of its own, to be loaded. */
const IPVS: Spelling = {
  format: 'ipvsadm',
  loadedBy: () =>
    '-o ipset (ipset restore), -o ipvs-iptables (iptables-restore), -o ipvsadm (ipvsadm --restore)',
  lines: ipvsLines,
  joinsFamilies: true,
};

/** Virtual servers; the sets and rules that go with them are other tools' and stand behind as comments. */
function* ipvsLines(ruleset: Ruleset): Generator<readonly RuleLine[]> {
  const { virtualServers, family } = ruleset;
  if (virtualServers !== undefined) {
    yield* ipvsadmRuleLines(virtualServers);
    for (const lines of ipsetRuleLines(virtualServers, family)) {
      yield lines.map(({ text }) => ({ text: `# ipset ${text}`, origin: undefined }));
    }
  }
  const tool = family === 4 ? 'iptables' : 'ip6tables';
  for (const lines of iptablesLines(ruleset)) {
    yield lines.map(({ text, origin }) => ({ text: `# ${tool} ${text}`, origin }));
  }
}

const IPSET: Spelling = {
  format: 'ipset',
  loadedBy: () => 'ipset restore',
  lines: ({ virtualServers, family }) =>
    virtualServers === undefined ? [] : ipsetRuleLines(virtualServers, family),
  joinsFamilies: true,
};

const SPELLINGS: Readonly<Record<string, Spelling>> = { nftables: NFT, ipvs: IPVS };

/** The spelling of a rule set. */
function spellingOf({ mode }: Pick<NodeRules, 'mode'>): Spelling {
  return SPELLINGS[mode] ?? IPTABLES;
}

/** The spellings of a rule set for programs: one for each tool that loads a part of it. */
export function partsOf(rules: Pick<NodeRules, 'mode'>): readonly Spelling[] {
  return rules.mode === 'ipvs' ? [IPSET, IPTABLES, IPVSADM] : [spellingOf(rules)];
}

/** The rule sets that go into one file. */
function printedRulesets(rules: NodeRules, spelling: Spelling): readonly Ruleset[] {
  return spelling.joinsFamilies ? rules.rulesets : rules.rulesets.slice(0, 1);
}

/** The spelling of the mode: loadable text, but for IPVS. */
export const saveRenderer: StreamRenderer<NodeRules> = annotated(spellingOf);
/** The sets of the IPVS mode, for `ipset restore`. */
export const ipsetRenderer: StreamRenderer<NodeRules> = annotated(() => IPSET);
/** The rules that ask those sets, for `iptables-restore`. */
export const ipvsRulesRenderer: StreamRenderer<NodeRules> = annotated(() => IPTABLES);

/** The virtual servers alone, for `ipvsadm --restore`, which knows no comments. */
export const ipvsadmRenderer: StreamRenderer<NodeRules> = {
  format: 'ipvsadm',
  *lines(rules) {
    for (const { virtualServers } of rules.rulesets) {
      if (virtualServers !== undefined) yield* ipvsadmLines(virtualServers);
    }
    if (rules.wiring !== undefined) yield* wiringLines(rules.wiring);
  },
};

/** Lines under comments that name the object and line behind them. */
function annotated(spelling: (rules: NodeRules) => Spelling): StreamRenderer<NodeRules> {
  return {
    format: 'save',
    *lines(rules) {
      const own = spelling(rules);
      const nameOrigin = originNamer(rules);
      yield* heading(rules, own);
      for (const ruleset of printedRulesets(rules, own)) {
        const noted = noteWriter(own, nameOrigin);
        // A step of a generator for each line costs as much as the line.
        for (const lines of own.lines(ruleset)) for (const text of noted(lines)) yield text;
      }
      if (rules.wiring !== undefined) yield* wiringLines(rules.wiring);
    },
  };
}

/** Puts a comment before each line that is made from something else than the line before. */
function noteWriter(
  spelling: Spelling,
  nameOrigin: ReturnType<typeof originNamer>,
): (lines: readonly RuleLine[]) => readonly string[] {
  let last = '';
  let lastOrigin: readonly SourceRef[] = [];
  return (lines) => {
    const texts: string[] = [];
    for (const { text, origin = [] } of lines) {
      if (!isSame(origin, lastOrigin)) {
        const note = origin.length === 0 ? '' : nameOrigin(origin);
        texts.push(...commentBetween(last, note, spelling));
        [last, lastOrigin] = [note, origin];
      }
      texts.push(text);
    }
    return texts;
  };
}

function commentBetween(last: string, note: string, spelling: Spelling): readonly string[] {
  if (note === last) return [];
  if (note !== '') return [`# ${note}`];
  // Only iptables writes nothing but rules, each with its chain.
  return spelling === IPTABLES ? ['# on every node'] : [];
}

/** Rules of one chain have equal lists more often than not, and then the words need not be made. */
function isSame(origin: readonly SourceRef[], last: readonly SourceRef[]): boolean {
  return origin.length === last.length && origin.every((ref, index) => ref === last[index]);
}

/** Each tool's lines under a comment that names it. */
function* wiringLines({ ip, bridge, sysctl, notes }: WiringLines): Generator<string> {
  yield* ['# links, addresses, neighbours, routes: ip -batch', ...ip];
  if (bridge.length > 0) yield* ['# forwarding entries: bridge -batch', ...bridge];
  if (sysctl.length > 0) yield* ['# settings: sysctl -w', ...sysctl];
  for (const note of notes) yield `# ${note}`;
}

function* heading(rules: NodeRules, spelling: Spelling): Generator<string> {
  if (rules.absent !== undefined) yield `# node ${rules.node}: ${rules.absent}`;
  const [first] = rules.rulesets;
  if (first === undefined) return;
  const printed = printedRulesets(rules, spelling);
  const families = printed.map(({ family }) => `IPv${family}`).join(' and ');
  const about = rules.service === undefined ? '' : `, Service ${rules.service} alone`;
  yield `# node ${rules.node}, kube-proxy in ${rules.mode} mode, ${families}${about}; load with ${spelling.loadedBy(first)}`;
  const others = rules.rulesets.filter((ruleset) => !printed.includes(ruleset));
  for (const { family } of others) yield `# IPv${family} has a file of its own: --ipv${family}`;
}
