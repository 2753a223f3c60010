/**
 * What of the IPVS mode a kernel without virtual servers takes: the sets and the rules that ask them, loaded by ipset and
 * iptables-restore and listed back.
 */

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { nodeRules } from '../../src/query/rules.ts';
import { ipsetRenderer, ipvsRulesRenderer } from '../../src/render/rules/save.ts';
import { snapshotOf } from '../query/ask.ts';
import { whyNoNamespaces } from './namespaces.ts';

const reason = whyNoNamespaces() ?? whyNoSets();

/** undefined: ipset works here. */
function whyNoSets(): string | undefined {
  try {
    inNamespace('echo "create probe hash:ip,port family inet" | ipset restore && iptables -m set -h');
    return undefined;
  } catch {
    return 'needs ipset, and a kernel with ip_set';
  }
}

function inNamespace(script: string): string {
  return execFileSync('unshare', ['-n', 'sh', '-ec', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const quoted = (lines: Iterable<string>) => `'${[...lines].join('\n').replaceAll("'", "'\\''")}\n'`;

test.skipIf(reason !== undefined)(
  `sets and rules load, and are listed as they were given${reason === undefined ? '' : `: ${reason}`}`,
  () => {
    const rules = nodeRules(snapshotOf('trace/from-outside', { cni: 'flannel' }), {
      node: 'node-a',
      mode: 'ipvs',
    });
    const sets = [...ipsetRenderer.lines(rules)];
    // The match `ipvs` needs virtual servers in the kernel.
    const filter = [...ipvsRulesRenderer.lines(rules)].filter((line) => !line.includes('-m ipvs '));
    const listed = inNamespace(`printf %s ${quoted(sets)} | ipset restore
printf %s ${quoted(filter)} | iptables-restore
ipset save
iptables-save`);
    const lines = new Set(listed.split('\n').map((line) => line.trim()));
    const missing = sets.filter((line) => line.startsWith('add ') && !lines.has(line));
    expect(missing).toEqual([]);
    const chainsOf = (text: readonly string[]) =>
      text.flatMap((line) => /^-A (KUBE\S+)/.exec(line)?.[1] ?? []).sort();
    expect(chainsOf([...lines])).toEqual(chainsOf(filter));
  },
);
