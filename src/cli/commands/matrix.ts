/** `k8snet matrix`: who may connect to whom, on which ports. */

import type { MatrixQuestion } from '../../query/matrix/matrix.ts';
import { ANALYZER_FORMATS, MATRIX_FORMATS } from '../../render/formats.ts';
import type { Command, Progress } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OptionSpec,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { progressBar } from '../progress-bar.ts';
import { askAbout, printAnswer } from '../reading.ts';

interface MatrixOptions extends InputOptions, OutputOptions {
  readonly from?: string;
  readonly to?: string;
  readonly port?: string;
  readonly exposure?: true;
  readonly ipv4?: true;
  readonly ipv6?: true;
}

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--from <ref>',
    text: 'only connections from a pod, workload, address or internet',
    group: 'Question',
  },
  { flags: '--to <ref>', text: 'only connections to it, or to the pods of a Service', group: 'Question' },
  { flags: '--port <ports>', text: 'only these ports: 80, 8000-8090, 53/udp', group: 'Question' },
  {
    flags: '--exposure',
    text: 'also who could reach each workload: the outside, other namespaces, pods that are not there yet',
    group: 'Question',
  },
  { flags: '-4, --ipv4', text: 'over IPv4', group: 'Question', conflicts: ['ipv6'] },
  { flags: '-6, --ipv6', text: 'over IPv6', group: 'Question' },
  formatOption([...MATRIX_FORMATS, ...ANALYZER_FORMATS]),
  { flags: '-q, --quiet', text: 'exit code only', group: 'Answer', conflicts: ['brief', 'verbose'] },
  { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
  { flags: '-v, --verbose', text: 'all rows, assumptions with their codes', group: 'Answer', counted: true },
  ...TEXT_OPTIONS,
];

const HELP = `
Rows name sets of peers: a workload stands for all its pods; what is in no row
is denied. Policies alone are asked: no name is looked up, and no Service.

Exit codes:
  0  at least one connection is allowed
  1  none is
  2  no answer: wrong usage, unreadable input

Examples:
  k8snet matrix -f k8s/
      all connections of a folder's workloads
  k8snet matrix -f k8s/ --to deploy/db --port 5432
      who reaches the database
  k8snet matrix -f k8s/ --from internet -q || echo closed
      a test in a script
  k8snet matrix -f k8s/ --exposure
      what is open to pods that do not exist yet
  k8snet matrix -f k8s/ -o json | jq '.connections[] | select(.ports == "All")'
      for programs
  k8snet matrix -f k8s/ -o netpol-analyzer
      as that tool lists it, under its assumptions`;

export const matrixCommand: Command = {
  description: 'Shows who may connect to whom, on which ports, by the policies of both ends.',
  arguments: [],
  options: [...INPUT_OPTIONS, ...OPTIONS],
  help: HELP,
  async run(io, parsed, progress) {
    const options = parsed.options as MatrixOptions;
    if (options.output === 'netpol-analyzer') return await runAnalyzer(io, options, progress);
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { matrixQuestion } = await import('../../query/matrix/matrix.ts');
      progress.enter('computing the matrix');
      const bar = progressBar(io, Date.now);
      const answer = matrixQuestion(snapshot, questionOf(options), bar.show);
      bar.clear();
      return answer;
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    const { answer, input } = asked;
    if (!options.quiet) await printAnswer(io, answer, { formats: MATRIX_FORMATS, options, input });
    return answer.connections.length > 0 ? 0 : 1;
  },
};

async function runAnalyzer(io: Io, options: MatrixOptions, progress: Progress): Promise<ExitCode> {
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { netpolAnalyzerAnswer } = await import('../../query/matrix/netpol-analyzer.ts');
    progress.enter('computing the matrix');
    return netpolAnalyzerAnswer(snapshot);
  });
  if (asked === undefined) return 2;
  if (!options.quiet) await printAnswer(io, asked.answer, { formats: ANALYZER_FORMATS, options });
  return asked.answer.lines.length > 0 ? 0 : 1;
}

function questionOf({ from, to, port, exposure, ipv4, ipv6 }: MatrixOptions): MatrixQuestion {
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(port === undefined ? {} : { port }),
    ...(exposure === undefined ? {} : { exposure }),
    ...(ipv4 ? { family: 4 } : {}),
    ...(ipv6 ? { family: 6 } : {}),
  };
}
