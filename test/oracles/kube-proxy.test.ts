/**
 * The rules of the real kube-proxy for generated clusters, recorded by scripts/oracles/kube-proxy.ts, and
 * ours: the same ones, up to comments and the order of Services.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differences } from './iptables-dump.ts';
import { PROXY_MODES, type ProxyDump } from './kube-proxy-rules.ts';
import type { ServiceCluster } from './service-clusters.ts';
import { storedSnapshot } from './stored-snapshot.ts';

interface Recorded {
  readonly kubeProxy: string;
  readonly cases: readonly {
    readonly asked: ServiceCluster;
    readonly modes: Readonly<Record<string, readonly ProxyDump[]>>;
  }[];
}

const { kubeProxy, cases } = JSON.parse(
  readFileSync('test/oracles/recorded/kube-proxy-1.35.4.json', 'utf8'),
) as Recorded;

describe.each(PROXY_MODES)(`kube-proxy ${kubeProxy}, $mode mode`, ({ mode, theirs, ours }) => {
  test.each(cases)('$asked.name', ({ asked, modes }) => {
    const { cluster, dataplane } = storedSnapshot(asked, mode);
    const node = cluster.nodeByName.get(asked.node.name);
    if (node === undefined) throw new Error('the case has no node');
    expect(modes[mode]?.length).toBe(2);
    for (const dump of modes[mode] ?? []) {
      expect(theirs(dump).size).toBeGreaterThan(8);
      const ruleset = dataplane.proxyRulesetOf(node, dump.family);
      expect(differences(theirs(dump), ours(ruleset))).toEqual([]);
    }
  });
});

test.each([
  ['iptables', ['KUBE-FW-', 'KUBE-SVL-', '-j DROP', '-j REJECT', '-m recent', '--dport 3200', '-p sctp']],
  ['nftables', ['firewall-', 'local-', 'goto reject-chain', ': drop', 'affinity-', 'external-', 'sctp']],
  ['ipvs', ['KUBE-SOURCE-RANGES-FIREWALL', 'KUBE-HEALTH-CHECK-NODE-PORT', '-m ipvs']],
] as const)('the clusters have every kind of rule of %s mode', (mode, words) => {
  const texts = cases.flatMap(({ modes }) => modes[mode] ?? []).map((dump) => dump.text);
  for (const word of words) {
    expect(texts.filter((text) => text.includes(word)).length, word).toBeGreaterThan(2);
  }
});
