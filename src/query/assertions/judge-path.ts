/** Holds an assertion about a packet? Every path must be as expected, not only one of them. */

import { cidrContains } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import type { PathAnswer, TraceAnswer } from '../answer.ts';
import type { Snapshot } from '../snapshot.ts';
import { traceQuestion } from '../trace.ts';
import { addressesOf } from './addresses-of.ts';
import type { PathAssertion } from './assertion.ts';
import type { Outcome } from './test-answer.ts';

const RESULTS: readonly string[] = ['reachable', 'unreachable', 'ambiguous', 'undetermined'];

/**
 * Traces the packet and compares.
 * @throws UsageError for a reference that fits nothing.
 */
export function judgePath(
  snapshot: Snapshot,
  { question, expect, sees }: PathAssertion,
  strict: Pick<PathAssertion['question'], 'strict'>,
): Outcome {
  const trace = traceQuestion(snapshot, { ...question, ...strict });
  const isSeen = sees === undefined || trace.paths.every((path) => isPeer(snapshot, trace, path, sees));
  const compared = {
    expected: sees === undefined ? expect : `${expect}, seen as ${sees}`,
    actual: actualWords(trace, sees !== undefined),
  };
  if (holds(trace, expect) && isSeen) return { status: 'passed', ...compared };
  const status = trace.result === 'undetermined' ? 'unanswered' : 'failed';
  return { status, ...compared, trace };
}

function holds({ result, paths }: TraceAnswer, expect: string): boolean {
  if (RESULTS.includes(expect)) return result === expect;
  if (result === 'undetermined') return false;
  return (
    paths.length > 0 &&
    paths.every(({ disposition, reason, symptom }) =>
      new Set<string | undefined>([disposition, reason, symptom]).has(expect),
    )
  );
}

function isPeer(snapshot: Snapshot, trace: TraceAnswer, path: PathAnswer, sees: string): boolean {
  const peer = path.serverSees?.peer;
  if (peer === undefined) return false;
  if (sees === 'client') return peer === trace.question.from.address;
  if (sees === 'node') return isNodeAddress(snapshot, peer);
  return addressesOf(snapshot, sees).includes(peer);
}

/** Its own, or one of its range of pod addresses that no pod has: a bridge's, a tunnel's. */
function isNodeAddress({ cluster }: Snapshot, text: string): boolean {
  const ip = parseIp(text);
  if (ip === undefined || cluster.podByIp.has(ip)) return false;
  if (cluster.nodeByIp.has(ip)) return true;
  return cluster.nodes.some(({ podCidrs }) => podCidrs.some((cidr) => cidrContains(cidr, ip)));
}

/** `ambiguous: denied-ingress (timeout), accepted (connected)`. */
function actualWords({ result, paths }: TraceAnswer, withPeers: boolean): string {
  const endings = paths.map(({ disposition, symptom, serverSees }) => {
    const peer = withPeers && serverSees !== undefined ? `, seen as ${serverSees.peer}` : '';
    return `${disposition} (${symptom})${peer}`;
  });
  const unique = [...new Set(endings)];
  return unique.length === 0 ? result : `${result}: ${unique.join(', ')}`;
}
