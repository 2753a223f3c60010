/** The same question under several CNIs or proxies, or to several targets: what differs. */

import type { ProfileFlags } from '../cluster/read-profile.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { PathAnswer, StepAnswer, TraceAnswer } from './answer.ts';
import type { TraceQuestion } from './asking.ts';
import { loadSnapshot, type SnapshotInput } from './snapshot.ts';
import { TOOL } from './tool.ts';
import { traceQuestion } from './trace.ts';
import { UsageError } from './usage-error.ts';

const SUBJECTS = ['cni', 'proxy', 'to'] as const;
export type ComparisonSubject = (typeof SUBJECTS)[number];

export interface ComparisonAnswer {
  readonly schema: 'k8snet/trace-comparison/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly question: { readonly from: string; readonly to: string };
  readonly of: ComparisonSubject;
  readonly rows: readonly ComparisonRow[];
}

export interface ComparisonRow {
  readonly value: string;
  readonly result: TraceAnswer['result'];
  /** Of the first path, failures first. */
  readonly disposition: PathAnswer['disposition'];
  readonly symptom: PathAnswer['symptom'];
  /** The address that the server sees; undefined where nobody takes the packet. */
  readonly peer?: string;
  /** The client that a proxy tells it of. */
  readonly forwardedFor?: string;
  /** Devices of the nodes on the way there: `node-a: cni0, flannel.1, eth0`. */
  readonly road: readonly string[];
  /** `dnat 10.96.0.50:80 ⇒ 10.244.2.7:8080`. */
  readonly rewrites: readonly string[];
  /** TTL of the packet that arrives. */
  readonly ttl?: number;
  readonly trace: TraceAnswer;
}

export interface Comparison {
  readonly of: ComparisonSubject;
  readonly values: readonly string[];
}

/**
 * Reads `cni=flannel,calico`.
 * @throws UsageError for another subject or fewer than two values.
 */
export function readComparison(text: string): Comparison {
  const [word = '', list = ''] = splitOnce(text, '=');
  const of = SUBJECTS.find((subject) => subject === word);
  if (of === undefined) {
    const near = nearest(word, SUBJECTS, 1);
    throw new UsageError(
      `--compare ${text}: must be ${SUBJECTS.join(', ')} and values`,
      near.length > 0 ? near : ['cni=flannel,calico'],
    );
  }
  const values = list
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  if (values.length < 2) throw new UsageError(`--compare ${text}: two values or more`, [`${of}=A,B`]);
  return { of, values: [...new Set(values)] };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * Traces once for each value.
 * @throws UsageError as a trace does, naming the value.
 */
export function compareTraces(
  input: SnapshotInput,
  question: TraceQuestion,
  comparison: Comparison,
): ComparisonAnswer {
  const rows = comparison.values.map((value) => rowOf(input, question, { of: comparison.of, value }));
  return {
    schema: 'k8snet/trace-comparison/1',
    tool: TOOL,
    question: {
      from: question.from,
      to: comparison.of === 'to' ? comparison.values.join(', ') : question.to,
    },
    of: comparison.of,
    rows,
  };
}

function rowOf(
  input: SnapshotInput,
  question: TraceQuestion,
  { of, value }: { readonly of: ComparisonSubject; readonly value: string },
): ComparisonRow {
  const snapshot = of === 'to' ? loadSnapshot(input) : loadSnapshot(withFlags(input, of, value));
  const trace = traceQuestion(snapshot, of === 'to' ? { ...question, to: value } : question);
  const [path] = trace.paths;
  if (path === undefined) throw new UsageError(`${of} ${value}: no path`, []);
  const hops = path.legs.flatMap((leg) => (leg.purpose === 'lookup' ? [] : leg.hops));
  const steps = hops.flatMap((hop) => hop.steps);
  const arrived = steps.findLast(({ kind }) => kind === 'accept')?.packet;
  const peer = path.serverSees?.peer ?? arrived?.src.replace(/:\d+$/, '');
  const forwardedFor = path.serverSees?.headers?.['X-Forwarded-For'];
  return {
    value,
    result: trace.result,
    disposition: path.disposition,
    symptom: path.symptom,
    ...(peer === undefined ? {} : { peer }),
    ...(forwardedFor === undefined ? {} : { forwardedFor }),
    road: hops
      .filter(({ place }) => place.kind === 'node')
      .map(({ place, steps: own }) => `${place.name}: ${devicesIn(own).join(', ')}`),
    rewrites: steps.flatMap(({ changes }) =>
      (changes ?? [])
        .filter(({ nat }) => nat !== undefined)
        .map(({ nat, from, to }) => `${nat} ${from} ⇒ ${to}`),
    ),
    ...(arrived?.ttl === undefined ? {} : { ttl: arrived.ttl }),
    trace,
  };
}

function withFlags(input: SnapshotInput, of: 'cni' | 'proxy', value: string): SnapshotInput {
  const { flags } = input.profile;
  const own: ProfileFlags = of === 'cni' ? { ...flags, cni: value } : { ...flags, proxy: value };
  return { ...input, profile: { ...input.profile, flags: own } };
}

/** The devices that a hop's packet passes, each once in turn. */
function devicesIn(steps: readonly StepAnswer[]): readonly string[] {
  const names = steps
    .filter(({ kind }) => kind === 'receive' || kind === 'transmit')
    .map(({ where }) => where?.in ?? where?.out ?? '');
  return names.filter((name, index) => name !== names[index - 1]);
}
