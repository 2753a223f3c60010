/**
 * Walks of packets that show what findings say, for the formats that have a place for them (code flows of SARIF). They
 * cost a trace each, so that they are made only where such a format is asked for.
 */

import { selectsPod } from '../policy/policy-index.ts';
import type { StepAnswer, StepKind } from '../query/answer.ts';
import type { TraceQuestion } from '../query/asking.ts';
import type { Snapshot } from '../query/snapshot.ts';
import { traceQuestion } from '../query/trace.ts';
import { UsageError } from '../query/usage-error.ts';
import type { CheckAnswer, Finding, WalkedStep } from './finding.ts';

type Question = (snapshot: Snapshot, object: FoundObject) => TraceQuestion | undefined;

interface FoundObject {
  readonly namespace: string;
  readonly name: string;
}

/** What is asked to show a finding of a rule. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  'service-no-backends': toService,
  'service-scaled-to-zero': toService,
  'service-target-port-missing': toService,
  'service-target-port-protocol': toService,
  'netpol-dns-blocked': toDns,
};

/** Steps that change or decide something, as a trace shows them by default. */
const SHOWN: ReadonlySet<StepKind> = new Set<StepKind>([
  'originate',
  'translate',
  'route',
  'policy',
  'encapsulate',
  'decapsulate',
  'balance',
  'accept',
  'end',
]);

/** Findings that are walked: a report of thousands is not read step by step. */
const MOST_WALKS = 100;

/** The answer with the walks of its findings. */
export function withWalks(answer: CheckAnswer, snapshot: Snapshot): CheckAnswer {
  let left = MOST_WALKS;
  const walked = (finding: Finding): Finding => {
    if (left === 0 || !Object.hasOwn(QUESTIONS, finding.rule)) return finding;
    left -= 1;
    const walk = walkOf(snapshot, finding);
    return walk.length === 0 ? finding : { ...finding, walk };
  };
  return { ...answer, findings: answer.findings.map(walked) };
}

function walkOf(snapshot: Snapshot, { rule, object }: Finding): readonly WalkedStep[] {
  const [, key = ''] = object.split(' ');
  const [namespace = '', name = ''] = key.split('/');
  const question = QUESTIONS[rule]?.(snapshot, { namespace, name });
  if (question === undefined) return [];
  try {
    const [path] = traceQuestion(snapshot, question).paths;
    const hops = path?.legs.at(-1)?.hops ?? [];
    return hops.flatMap(({ place, steps }) =>
      steps
        .filter(({ kind, verdict }) => SHOWN.has(kind) || verdict !== undefined)
        .map((step) => walkedStep(place.name, step)),
    );
  } catch (error) {
    // A Service without an address or a pod that is nowhere has no walk to show.
    if (error instanceof UsageError) return [];
    throw error;
  }
}

function walkedStep(place: string, { kind, text, because = [] }: StepAnswer): WalkedStep {
  const [at] = because;
  return { text: `${place}: ${kind} ${text}`, ...(at === undefined ? {} : { at }) };
}

function toService({ cluster }: Snapshot, { namespace, name }: FoundObject): TraceQuestion | undefined {
  const [pod] = cluster.podsByNamespace.get(namespace) ?? [];
  const [node] = cluster.nodes;
  const from = pod === undefined ? node && `node/${node.name}` : `${namespace}/pod/${pod.name}`;
  return from === undefined ? undefined : { from, to: `${namespace}/svc/${name}`, dns: false };
}

/** From the first pod that the policy selects to the cluster DNS. */
function toDns({ cluster, policies }: Snapshot, { namespace, name }: FoundObject): TraceQuestion | undefined {
  const policy = policies.policies.find((each) => each.namespace === namespace && each.name === name);
  if (policy === undefined) return undefined;
  const pod = cluster.podsByNamespace
    .get(namespace)
    ?.find((each) => selectsPod(policy.subject, each, policies.namespaces));
  const service = cluster.services.find(({ clusterIps }) =>
    clusterIps.some((ip) => cluster.profile.dns.clusterIps.includes(ip)),
  );
  if (pod === undefined || service === undefined) return undefined;
  const to = `${service.namespace}/svc/${service.name}:53`;
  return { from: `${namespace}/pod/${pod.name}`, to, protocol: 'udp', dns: false };
}
