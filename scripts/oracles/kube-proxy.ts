/**
 * Compares our rules with those of the real kube-proxy, and records its answers.
 *
 *   node scripts/run-ts.mjs scripts/oracles/kube-proxy.ts compare [--runs N] [--seed N] [-f PATH…]
 *   node scripts/run-ts.mjs scripts/oracles/kube-proxy.ts record FILE [--runs N] [--seed N]
 *
 * kube-proxy is the program of scripts/oracles/kube-proxy (its README says how to build it).
 */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { differences } from '../../test/oracles/iptables-dump.ts';
import { PROXY_MODES, type ProxyDump } from '../../test/oracles/kube-proxy-rules.ts';
import { proxySettings, type ServiceCluster, serviceCluster } from '../../test/oracles/service-clusters.ts';
import { storedSnapshot } from '../../test/oracles/stored-snapshot.ts';
import { clustersOf } from './kube-proxy-cases.ts';

interface Answer {
  readonly name: string;
  readonly modes: Readonly<Record<string, readonly ProxyDump[]>>;
}
interface Answers {
  readonly kubeProxy: string;
  readonly answers: readonly Answer[];
}

const PROGRAM = 'build/kube-proxy-oracle';

function ask(cases: readonly ServiceCluster[]): Answers {
  const { status, stdout, stderr } = spawnSync(PROGRAM, [], {
    input: JSON.stringify({ cases }),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${PROGRAM}: ${stderr}`);
  return JSON.parse(stdout) as Answers;
}

function compare(cases: readonly ServiceCluster[]): number {
  const { kubeProxy, answers } = ask(cases);
  let all = 0;
  for (const { mode, theirs, ours } of PROXY_MODES) {
    let [rules, different] = [0, 0];
    for (const [index, asked] of cases.entries()) {
      const { cluster, dataplane } = storedSnapshot(asked, mode);
      const node = cluster.nodeByName.get(asked.node.name);
      if (node === undefined) throw new Error(`${asked.name}: no node`);
      for (const dump of answers[index]?.modes[mode] ?? []) {
        const wanted = theirs(dump);
        rules += [...wanted.values()].flat().length;
        const found = differences(wanted, ours(dataplane.proxyRulesetOf(node, dump.family)));
        if (found.length === 0) continue;
        different++;
        process.stdout.write(
          `DIFFERENT ${asked.name}, ${mode}, IPv${dump.family}\n  ${found.join('\n  ')}\n`,
        );
      }
    }
    process.stdout.write(
      `kube-proxy ${kubeProxy}, ${mode}: ${cases.length} nodes, ${rules} rules, ${different} rule sets differ\n`,
    );
    all += different;
  }
  return all === 0 ? 0 : 1;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    filename: { type: 'string', short: 'f', multiple: true, default: [] },
  },
});
const [command, file] = positionals;
const generated = fc
  .sample(serviceCluster(proxySettings), { numRuns: Number(values.runs), seed: Number(values.seed) })
  .map((each, index) => ({ ...each, name: `seed ${values.seed}, cluster ${index}` }));
if (command === 'compare') {
  process.exitCode = compare(values.filename.length > 0 ? values.filename.flatMap(clustersOf) : generated);
} else if (command === 'record' && file !== undefined) {
  const { kubeProxy, answers } = ask(generated);
  const cases = generated.map((asked, index) => ({ asked, modes: answers[index]?.modes }));
  writeFileSync(file, `${JSON.stringify({ kubeProxy, cases })}\n`);
} else {
  process.stderr.write('usage: compare | record FILE\n');
  process.exitCode = 2;
}
