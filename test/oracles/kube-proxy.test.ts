/**
 * The rules of the real kube-proxy for generated clusters, recorded by scripts/oracles/kube-proxy.ts, and
 * ours: the same ones, up to comments and the order of Services.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { printIptablesSave } from '../../src/index.ts';
import { differences, readDump } from './iptables-dump.ts';
import type { ServiceCluster } from './service-clusters.ts';
import { storedSnapshot } from './stored-snapshot.ts';

interface Recorded {
  readonly kubeProxy: string;
  readonly cases: readonly {
    readonly asked: ServiceCluster;
    readonly modes: Readonly<Record<string, readonly { readonly family: 4 | 6; readonly text: string }[]>>;
  }[];
}

const { kubeProxy, cases } = JSON.parse(
  readFileSync('test/oracles/recorded/kube-proxy-1.35.4.json', 'utf8'),
) as Recorded;

describe(`kube-proxy ${kubeProxy}, iptables mode`, () => {
  test.each(cases)('$asked.name', ({ asked, modes }) => {
    const { cluster, dataplane } = storedSnapshot(asked, 'iptables');
    const node = cluster.nodeByName.get(asked.node.name);
    for (const { family, text } of modes['iptables'] ?? []) {
      const ruleset = node && dataplane.proxyRulesetOf(node, family);
      const theirs = readDump(text);
      expect(theirs.size).toBeGreaterThan(8);
      expect(ruleset && differences(theirs, readDump(printIptablesSave(ruleset)))).toEqual([]);
    }
  });

  test('the clusters have every kind of rule', () => {
    const text = cases.flatMap(({ modes }) => modes['iptables'] ?? []).map((dump) => dump.text);
    for (const word of [
      'KUBE-FW-',
      'KUBE-SVL-',
      '-j DROP',
      '-j REJECT',
      '-m recent',
      '--dport 3200',
      '-p sctp',
    ]) {
      expect(text.filter((each) => each.includes(word)).length, word).toBeGreaterThan(2);
    }
  });
});
