/** The rule sets of each mode of kube-proxy, theirs and ours, in one form that can be compared. */

import { ipsetLines, ipvsadmLines, printIptablesSave, printNft } from '../../src/index.ts';
import type { Ruleset } from '../../src/netfilter/ruleset.ts';
import { type DumpedChains, readDump } from './iptables-dump.ts';
import { readNftDump } from './nft-dump.ts';

/** What one proxier of the real kube-proxy wrote, as scripts/oracles/kube-proxy prints it. */
export interface ProxyDump {
  readonly family: 4 | 6;
  readonly text: string;
  /** `10.96.0.10:80/TCP scheduler=rr timeout=0 flags=0x0 -> 10.244.1.5:8080 weight=1 …` */
  readonly virtualServers?: readonly string[];
  /** Elements by `NAME TYPE`. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
}

export interface ProxyModeRules {
  readonly mode: 'iptables' | 'nftables' | 'ipvs';
  theirs(dump: ProxyDump): DumpedChains;
  ours(ruleset: Ruleset): DumpedChains;
}

/** The modes that can be compared. */
export const PROXY_MODES: readonly ProxyModeRules[] = [
  {
    mode: 'iptables',
    theirs: ({ text }) => readDump(text),
    ours: (ruleset) => readDump(printIptablesSave(ruleset)),
  },
  {
    mode: 'nftables',
    theirs: ({ text }) => readNftDump(text),
    ours: (ruleset) => readNftDump(printNft(ruleset)),
  },
  {
    mode: 'ipvs',
    theirs: ({ text, sets = {}, virtualServers = [] }) => {
      const elements = Object.entries(sets).flatMap(([name, keys]) =>
        keys.map((key) => `add ${name.split(' ')[0]} ${key}`),
      );
      const servers = virtualServers.flatMap(theirServer);
      return new Map([...readDump(text), ['ipset', elements.sort()], ['ipvsadm', servers.sort()]]);
    },
    ours: (ruleset) => {
      const { virtualServers } = ruleset;
      if (virtualServers === undefined) return readDump(printIptablesSave(ruleset));
      const elements = [...ipsetLines(virtualServers, ruleset.family)].filter((line) =>
        line.startsWith('add'),
      );
      const servers = [...ipvsadmLines(virtualServers)].map(ourServer);
      return new Map([
        ...readDump(printIptablesSave(ruleset)),
        ['ipset', elements.sort()],
        ['ipvsadm', servers.sort()],
      ]);
    },
  },
];

/** `10.96.0.10:80/TCP rr 300`, and a line for each real server: `10.96.0.10:80/TCP -> 10.244.1.5:8080 1`. */
function theirServer(line: string): readonly string[] {
  const [head = '', tail = ''] = line.split(' ->');
  const [, address, scheduler, timeout] = /^(\S+) scheduler=(\S+) timeout=(\d+)/.exec(head) ?? [];
  const persistence = timeout === '0' ? '' : ` ${timeout}`;
  const reals = [...tail.matchAll(/(\S+) weight=(\d+)/g)].map(([, real, weight]) => `${real} ${weight}`);
  return [`${address} ${scheduler}${persistence}`, ...reals.map((real) => `${address} -> ${real}`)];
}

const PROTOCOL: Readonly<Record<string, string>> = { '-t': 'TCP', '-u': 'UDP', '--sctp-service': 'SCTP' };

/** The same of a line of `ipvsadm --restore`; upstream's fakes print IPv6 addresses without brackets. */
function ourServer(line: string): string {
  const words = line.replaceAll(/[[\]]/g, '').split(' ');
  const [command, protocol = '', service] = words;
  const after = (option: string) => words[words.indexOf(option) + 1] ?? '';
  const address = `${service}/${PROTOCOL[protocol]}`;
  if (command !== '-A') return `${address} -> ${after('-r')} ${after('-w')}`;
  return `${address} ${after('-s')}${words.includes('-p') ? ` ${after('-p')}` : ''}`;
}
