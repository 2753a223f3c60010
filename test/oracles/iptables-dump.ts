/**
 * Rule dumps of the iptables family, brought to a form in which the same rules are the same text: without
 * comments, and without an order where kube-proxy has none (it walks its Services in the order of a map).
 */

/** Rules by `table CHAIN`; chains without rules are left out. */
export type DumpedChains = ReadonlyMap<string, readonly string[]>;

/** Chains with a rule for each Service; rules that only jump to KUBE-NODEPORTS stand behind them. */
const UNORDERED = new Set([
  'nat KUBE-SERVICES',
  'nat KUBE-NODEPORTS',
  'filter KUBE-SERVICES',
  'filter KUBE-EXTERNAL-SERVICES',
  'filter KUBE-NODEPORTS',
  'filter KUBE-PROXY-FIREWALL',
  'filter KUBE-IPVS-OUT-FILTER',
]);

/** Reads `iptables-save` text. */
export function readDump(text: string): DumpedChains {
  const chains = new Map<string, string[]>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const [, chain, rule] = /^-A (\S+)(.*)$/.exec(line) ?? [];
    if (chain === undefined || rule === undefined) continue;
    const key = `${table} ${chain}`;
    const rules = chains.get(key) ?? [];
    if (rules.length === 0) chains.set(key, rules);
    rules.push(plainRule(rule));
  }
  return new Map([...chains].map(([key, rules]) => [key, UNORDERED.has(key) ? sorted(rules) : rules]));
}

/**
 * Without comment; hexadecimal numbers without leading zeros; without the length of a whole address; without
 * the module of a protocol, which its option loads, and what is the default of REJECT (iptables-extensions(8)). Arguments that did not pass a shell have comments without quotes.
 */
function plainRule(rule: string): string {
  return rule
    .replace(/ -m comment --comment (?:"(?:[^"\\]|\\.)*"|.*?(?= -[jm] |$))/g, '')
    .replace(/\b0x0*([0-9a-f]+)\b/g, '0x$1')
    .replace(/(\s-[sd] \S+?)\/(?:32|128)(?=\s)/g, '$1')
    .replace(/(^|\s)-m (?:tcp|udp|sctp) (?=-p )/g, '$1')
    .replace(/ --reject-with icmp6?-port-unreachable$/, '')
    .trim();
}

function sorted(rules: readonly string[]): readonly string[] {
  const isLast = (rule: string) => rule.endsWith('-j KUBE-NODEPORTS');
  return [...rules.filter((rule) => !isLast(rule)).sort(), ...rules.filter(isLast).sort()];
}

/** One line for each chain that differs: `- theirs`, `+ ours`. */
export function differences(theirs: DumpedChains, ours: DumpedChains): readonly string[] {
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])].sort();
  return keys.flatMap((key) => {
    const [wanted, got] = [theirs.get(key) ?? [], ours.get(key) ?? []];
    if (wanted.join('\n') === got.join('\n')) return [];
    const missing = wanted.filter((rule) => !got.includes(rule));
    const extra = got.filter((rule) => !wanted.includes(rule));
    // The same rules in another order are shown whole.
    const isOrder = missing.length + extra.length === 0;
    return [
      key,
      ...(isOrder ? wanted : missing).map((rule) => `- ${rule}`),
      ...(isOrder ? got : extra).map((rule) => `+ ${rule}`),
    ];
  });
}
