/** Rules as text that the kernel's tools load. A comment before a rule names the object and line behind it. */

import { iptablesLines } from '../../netfilter/print-iptables.ts';
import { ipsetLines, ipvsadmLines } from '../../netfilter/print-ipvs.ts';
import { nftLines } from '../../netfilter/print-nft.ts';
import type { Ruleset } from '../../netfilter/ruleset.ts';
import type { NodeRules, WiringLines } from '../../query/rules.ts';
import type { StreamRenderer } from '../renderer.ts';
import { type LineWriter, originNamer, ruleLines } from './annotated.ts';

/** How one mode's rules are written. */
interface Spelling {
  readonly format: string;
  readonly loadedBy: (ruleset: Ruleset) => string;
  readonly lines: (ruleset: Ruleset) => LineWriter;
  /** Can one file hold both families? */
  readonly joinsFamilies: boolean;
}

const IPTABLES: Spelling = {
  format: 'iptables-save',
  loadedBy: ({ family }) => (family === 4 ? 'iptables-restore' : 'ip6tables-restore'),
  lines: (ruleset) => (annotate) => iptablesLines(ruleset, annotate),
  joinsFamilies: false,
};

const NFT: Spelling = {
  format: 'nft',
  loadedBy: () => 'nft -f',
  lines: (ruleset) => (annotate) => nftLines(ruleset, annotate),
  joinsFamilies: true,
};

const IPVS: Spelling = {
  format: 'ipvsadm',
  loadedBy: () => 'ipvsadm --restore (without the comments)',
  lines: (ruleset) => (annotate) => ipvsLines(ruleset, annotate),
  joinsFamilies: true,
};

/** Virtual servers; the sets and rules that go with them are other tools' and stand behind as comments. */
function* ipvsLines(ruleset: Ruleset, annotate: Parameters<LineWriter>[0]): Generator<string> {
  const { virtualServers, family } = ruleset;
  if (virtualServers !== undefined) {
    yield* ipvsadmLines(virtualServers, annotate);
    for (const line of ipsetLines(virtualServers, family)) yield `# ipset ${line}`;
  }
  const tool = family === 4 ? 'iptables' : 'ip6tables';
  for (const line of iptablesLines(ruleset, annotate)) yield `# ${tool} ${line}`;
}

const SPELLINGS: Readonly<Record<string, Spelling>> = { nftables: NFT, ipvs: IPVS };

/** The spelling of a rule set. */
export function spellingOf({ mode }: Pick<NodeRules, 'mode'>): Spelling {
  return SPELLINGS[mode] ?? IPTABLES;
}

/** The rule sets that go into one file. */
export function printedRulesets(rules: NodeRules): readonly Ruleset[] {
  return spellingOf(rules).joinsFamilies ? rules.rulesets : rules.rulesets.slice(0, 1);
}

/** Loadable text, in the spelling of the mode. */
export const saveRenderer: StreamRenderer<NodeRules> = {
  format: 'save',
  *lines(rules) {
    const spelling = spellingOf(rules);
    const nameOrigin = originNamer(rules);
    yield* heading(rules, spelling);
    for (const ruleset of printedRulesets(rules)) {
      let last = '';
      for (const { text, origin } of ruleLines(spelling.lines(ruleset))) {
        const note = origin.length === 0 ? '' : nameOrigin(origin);
        if (note !== '' && note !== last) yield `# ${note}`;
        // Only iptables writes nothing but rules, each with its chain.
        if (note === '' && last !== '' && spelling === IPTABLES) yield '# on every node';
        last = note;
        yield text;
      }
    }
    if (rules.wiring !== undefined) yield* wiringLines(rules.wiring);
  },
};

/** Each tool's lines under a comment that names it. */
function* wiringLines({ ip, bridge, sysctl, notes }: WiringLines): Generator<string> {
  yield* ['# links, addresses, neighbours, routes: ip -batch', ...ip];
  if (bridge.length > 0) yield* ['# forwarding entries: bridge -batch', ...bridge];
  if (sysctl.length > 0) yield* ['# settings: sysctl -w', ...sysctl];
  for (const note of notes) yield `# ${note}`;
}

function* heading(rules: NodeRules, spelling: Spelling): Generator<string> {
  const [first] = rules.rulesets;
  if (first === undefined) return;
  const printed = printedRulesets(rules);
  const families = printed.map(({ family }) => `IPv${family}`).join(' and ');
  const about = rules.service === undefined ? '' : `, Service ${rules.service} alone`;
  yield `# node ${rules.node}, kube-proxy in ${rules.mode} mode, ${families}${about}; load with ${spelling.loadedBy(first)}`;
  const others = rules.rulesets.filter((ruleset) => !printed.includes(ruleset));
  for (const { family } of others) yield `# IPv${family} has a file of its own: --ipv${family}`;
}
