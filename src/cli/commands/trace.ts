/** `k8snet trace`: from arguments to the question, from the answer to text and exit code. */

import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { TraceQuestion } from '../../query/asking.ts';
import { EXPECTATION_WORDS, isExpectable } from '../../query/expectation.ts';
import { UsageError } from '../../query/usage-error.ts';
import { COMPARISON_FORMATS, TRACE_FORMATS } from '../../render/formats.ts';
import type { Command, Parsed, Progress } from '../command.ts';
import { type ExitCode, traceExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OptionSpec,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

interface TraceOptions extends InputOptions, OutputOptions {
  readonly protocol?: 'tcp' | 'udp' | 'sctp';
  readonly port?: string;
  readonly sourcePort?: number;
  readonly path?: string;
  readonly method?: string;
  readonly header?: readonly string[];
  readonly sni?: string;
  readonly backend?: string;
  readonly node?: string;
  /** False with `--no-dns`. */
  readonly dns: boolean;
  readonly ignorePolicies?: true;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly any?: true;
  readonly expect?: string;
  readonly strict?: true;
  readonly compare?: string;
}

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--protocol <name>',
    text: "protocol (default: the port's)",
    group: 'Question',
    choices: ['tcp', 'udp', 'sctp'],
    isOpen: true,
  },
  { flags: '--port <port>', text: 'port where the target names none: number or name', group: 'Question' },
  {
    flags: '--source-port <port>',
    text: "the client's port",
    group: 'Question',
    value: { expected: 'a number from 1 to 65535', read: readPort },
  },
  { flags: '--path <path>', text: "of the request, in the place of the URL's", group: 'Question' },
  { flags: '--method <method>', text: 'of the request (default: GET)', group: 'Question' },
  {
    flags: '--header <header>',
    text: 'of the request, "Name: value"; Host takes the place of the URL\'s',
    group: 'Question',
    repeatable: true,
  },
  { flags: '--sni <name>', text: 'server name in the TLS handshake', group: 'Question' },
  { flags: '--backend <pod>', text: 'only the path to this pod', group: 'Question' },
  { flags: '--node <name>', text: 'where a packet from outside enters', group: 'Question' },
  {
    flags: '--ignore-policies',
    text: 'go on where a policy denies, and say so',
    group: 'Question',
  },
  { flags: '--no-dns', text: 'dial the address, do not look the name up', group: 'Question' },
  { flags: '-4, --ipv4', text: 'over IPv4', group: 'Question', conflicts: ['ipv6'] },
  { flags: '-6, --ipv6', text: 'over IPv6', group: 'Question' },
  {
    flags: '--compare <what=values>',
    text: 'cni=A,B (or A/BACKEND), proxy=A,B or to=A,B: a table of what differs; -v: and the traces',
    group: 'Answer',
  },
  { flags: '--any', text: 'one path that arrives is enough', group: 'Answer' },
  { flags: '--expect <word>', text: 'succeed if a result, disposition or symptom is this', group: 'Answer' },
  { flags: '--strict', text: 'refuse to answer where an assumption decides', group: 'Answer' },
  formatOption(TRACE_FORMATS),
  { flags: '-q, --quiet', text: 'exit code only', group: 'Answer', conflicts: ['brief', 'verbose'] },
  { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
  {
    flags: '-v, --verbose',
    text: 'every device, hook, chain and rule, the look-up, the whole way back; -vv: also the rules that were tried and did not match',
    group: 'Answer',
    counted: true,
  },
  ...TEXT_OPTIONS,
];

const HELP = `
FROM and TO:
  pod/web-0, deploy/web, svc/api:80, svc/api:http, shop/svc/cart, node/node-a,
  web-0 (a pod or workload), 10.244.1.5:80, [fd00::5]:80, localhost:8080,
  api.shop:80 and http://api.shop/ (looked up first), internet.
  A URL alone is asked from the internet.

Exit codes:
  0  yes: reachable, or what --expect asks for
  1  no: unreachable, or only some paths arrive (see --any)
  2  no answer: wrong usage, unreadable input, undetermined

Examples:
  k8snet trace deploy/frontend svc/cartservice:7070
      with the manifests of the current folder
  k8snet trace web-0 svc/api:80 -f k8s/ -f extra.yaml
      with those of a folder and a file
  kustomize build . | k8snet trace -f - web-0 svc/api
      with those of standard input
  k8snet trace web-0 svc/api --cni flannel -v
      every device, chain and rule
  k8snet trace internet svc/web --node node-a
      from outside, through a node port or a load balancer
  k8snet trace web-0 svc/api --expect no-endpoints -q
      a test in a script
  k8snet trace web-0 svc/api --compare cni=flannel,calico,cilium
      what differs between them
  k8snet trace internet --compare to=svc/web,node/node-a:30080,10.0.0.11:8080
      several front doors of one application
  k8snet trace web-0 svc/api -o tcpdump
      what captures on each node and in each pod show
  k8snet trace web-0 svc/api -o json | jq -r '.paths[].symptom'
      for programs`;

/** The answer goes to stdout, what is wrong with the input to stderr. */
export const traceCommand: Command = {
  description: 'Shows the path of a packet from FROM to TO, hop by hop, and what stops it.',
  arguments: [
    { name: '<from>', text: 'where the packet starts' },
    { name: '[to]', text: 'where it goes' },
  ],
  options: [...INPUT_OPTIONS, ...OPTIONS],
  help: HELP,
  async run(io, parsed, progress) {
    const options = parsed.options as TraceOptions;
    if (options.compare !== undefined)
      return compare(io, { parsed, options, text: options.compare }, progress);
    const question = questionOf(parsed.values, options);
    checkExpectation(options.expect);
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { traceQuestion } = await import('../../query/trace.ts');
      progress.enter('tracing');
      return traceQuestion(snapshot, question);
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    const { answer, input } = asked;
    if (!options.quiet) await printAnswer(io, answer, { formats: TRACE_FORMATS, options, input });
    return traceExitCode(answer, options);
  },
};

interface Compared {
  readonly parsed: Parsed;
  readonly options: TraceOptions;
  readonly text: string;
}

/** One question under several CNIs or proxies, or to several targets. */
async function compare(io: Io, { parsed, options, text }: Compared, progress: Progress): Promise<ExitCode> {
  const { compareTraces, readComparison } = await import('../../query/comparison.ts');
  const comparison = readComparison(text);
  const [from = '', to] = parsed.values;
  const values = comparison.of === 'to' ? [from, to ?? comparison.values[0] ?? ''] : parsed.values;
  const question = questionOf(values, options);
  const format = COMPARISON_FORMATS.some(({ name }) => name === options.output);
  if (!format)
    throw new UsageError(`-o ${options.output} does not go with --compare`, ['text', 'json', 'jsonl']);
  const asked = await askAbout(io, options, progress, async (_, { files, profile }) => {
    progress.enter('tracing');
    return compareTraces({ files, profile }, question, comparison);
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  const { answer, input } = asked;
  if (!options.quiet) await printAnswer(io, answer, { formats: COMPARISON_FORMATS, options, input });
  const codes = answer.rows.map(({ trace }) => traceExitCode(trace, options));
  return codes.includes(2) ? 2 : codes.includes(1) ? 1 : 0;
}

function checkExpectation(word: string | undefined): void {
  if (word === undefined || isExpectable(word)) return;
  throw new UsageError(
    `--expect ${word}: no result, disposition or symptom has that name`,
    nearest(word, EXPECTATION_WORDS, 3),
  );
}

function questionOf(values: Parsed['values'], options: TraceOptions): TraceQuestion {
  const { protocol, port, sourcePort, backend, node, strict, verbose = 0 } = options;
  const { path, method, header, sni } = options;
  return {
    ...endsOf(values),
    dns: options.dns,
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { port }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { method }),
    ...(header === undefined ? {} : { headers: header }),
    ...(sni === undefined ? {} : { sni }),
    ...(backend === undefined ? {} : { backend }),
    ...(node === undefined ? {} : { node }),
    ...(strict === undefined ? {} : { strict }),
    ...(options.ignorePolicies ? { policies: 'ignored' } : {}),
    ...(options.ipv4 ? { family: 4 } : {}),
    ...(options.ipv6 ? { family: 6 } : {}),
    ...(verbose > 1 ? { detail: 'rules' } : {}),
  };
}

/** A URL alone is asked from the internet. */
function endsOf([from = '', to]: Parsed['values']): Pick<TraceQuestion, 'from' | 'to'> {
  if (to !== undefined) return { from, to };
  if (from.includes('://')) return { from: 'internet', to: from };
  throw new UsageError("missing required argument 'to'");
}

function readPort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}
