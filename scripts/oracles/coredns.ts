/**
 * Asks the real CoreDNS, and records its answers.
 *
 *   node scripts/run-ts.mjs scripts/oracles/coredns.ts record FILE [--clusters N] [--seed N]
 *
 * CoreDNS is the program of scripts/oracles/coredns (its README says how to build it).
 */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { xorshift } from '../../bench/random.ts';
import { COREFILES } from '../../test/oracles/corefiles.ts';
import { dnsObjects, SERVER_ADDRESS, UPSTREAM } from '../../test/oracles/dns-clusters.ts';
import { type DnsQuestionAsked, questionsAbout } from '../../test/oracles/dns-questions.ts';
import { questionLine, type ReplyFacts, replyLine } from '../../test/oracles/dns-replies.ts';

interface Answers {
  readonly coredns: string;
  readonly answers: readonly { readonly name: string; readonly replies: readonly ReplyFacts[] }[];
}

const PROGRAM = 'build/coredns-oracle';
/** A network namespace with the server's address: CoreDNS looks for its own addresses behind Services. */
const INSIDE = `
  ip link set lo up
  ip link add eth0 type veth peer name nowhere
  ip address add ${SERVER_ADDRESS}/32 dev eth0
  ip link set eth0 up
  exec ${PROGRAM}`;

function ask(cases: readonly object[]): Answers {
  const { status, stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-ec', INSIDE], {
    input: JSON.stringify({ cases }),
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${PROGRAM}: ${stderr}`);
  return JSON.parse(stdout) as Answers;
}

/** One cluster for each Corefile, in turn. */
function casesOf(clusters: number, seed: number) {
  const sampled = fc.sample(dnsObjects, { numRuns: clusters, seed });
  const random = xorshift(seed);
  return sampled.flatMap((objects, cluster) =>
    COREFILES.map(({ name, corefile, zones }) => ({
      name: `${name}, cluster ${cluster} of seed ${seed}`,
      cluster,
      corefile,
      objects,
      upstream: UPSTREAM,
      questions: questionsAbout(objects, zones, random) as readonly DnsQuestionAsked[],
    })),
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clusters: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const [command, file] = positionals;
if (command !== 'record' || file === undefined) {
  process.stderr.write('usage: record FILE [--clusters N] [--seed N]\n');
  process.exitCode = 2;
} else {
  const cases = casesOf(Number(values.clusters), Number(values.seed));
  const { coredns, answers } = ask(cases);
  const recorded = cases.map(({ name, cluster, corefile, questions }, index) => {
    const replies = answers[index]?.replies ?? [];
    const lines = questions.map((question, at) => {
      const got = replies[at];
      if (got === undefined) throw new Error(`${name}: no reply to ${question.name}`);
      return [questionLine(question), replyLine(got)];
    });
    return { name, cluster, corefile, answers: lines };
  });
  const clusters = cases.filter((_, index) => index % COREFILES.length === 0).map(({ objects }) => objects);
  const total = recorded.reduce((sum, { answers: lines }) => sum + lines.length, 0);
  writeFileSync(file, `${JSON.stringify({ coredns, upstream: UPSTREAM, clusters, cases: recorded })}\n`);
  process.stdout.write(`CoreDNS ${coredns}: ${total} questions in ${recorded.length} cases\n`);
}
