/**
 * Dumps of nftables in knftables' spelling: the rules of each chain in their order; tables, chains, sets and
 * elements without one.
 */

import type { DumpedChains } from './iptables-dump.ts';

/** Reads `add table`, `add chain`, `add rule`, `add element` lines; comments are left out. */
export function readNftDump(text: string): DumpedChains {
  const groups = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, kind = '', family, table, rest = ''] = /^add (\S+) (\S+) (\S+) ?(.*)$/.exec(line) ?? [];
    if (family === undefined) continue;
    const [name = '', ...words] = rest.split(' ');
    const key = kind === 'rule' ? `rules of ${family} ${table} ${name}` : kind;
    const group = groups.get(key) ?? [];
    if (group.length === 0) groups.set(key, group);
    group.push(plain(kind === 'rule' ? words.join(' ') : `${family} ${table} ${rest}`));
  }
  return new Map(
    [...groups].map(([key, lines]) => [key, key.startsWith('rules of ') ? lines : lines.toSorted()]),
  );
}

/** Without comment; hexadecimal numbers without leading zeros; attributes without the spaces between. */
function plain(line: string): string {
  return line
    .replace(/ ?comment "(?:[^"\\]|\\.)*"( ;)?/g, '')
    .replace(/\b0x0*([0-9a-f]+)\b/g, '0x$1')
    .replace(/(\b[io]ifname (?:!= )?)"([^"]*)"/g, '$1$2')
    .replace(/ \{ +\}$/, '')
    .trim();
}
