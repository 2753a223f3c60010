/** Why policies deny a walk: every policy that isolates the pod, why each rule misses, and what would open it. */

import type { Pod } from '../cluster/cluster.ts';
import type { PolicyLook } from '../dataplane/policy-look.ts';
import type { Diagnostic, DiagnosticSource, Help } from '../diagnostics/diagnostic.ts';
import type { Packet } from '../net/packet.ts';
import { type Asked, decideDirection } from '../policy/decide.ts';
import { explainMisses, type RuleMiss } from '../policy/explain-miss.ts';
import { partyAt, partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy, PolicyRule } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { Verdict } from '../policy/verdict.ts';
import { refTo, type SourceRef, valueAt } from '../source/ref.ts';
import { isSuccess } from '../trace/disposition.ts';
import type { Flow, Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { Asking } from './asking.ts';
import { reportDoubts } from './policy-doubts.ts';
import { type DeniedEnd, helpFor, helpForBoth } from './policy-help.ts';
import { type SubjectSlip, subjectSlips } from './policy-slips.ts';
import { missText } from './policy-words.ts';

/** What ended a walk: a policy's look at a packet. */
interface Denial {
  readonly look: PolicyLook;
  /** As the policy saw it. */
  readonly packet: Packet;
}

/** A walk that a policy ended. */
export interface DeniedWalk extends Denial {
  /** The connection; an edit counts if its packets then arrive. */
  readonly flow: Flow;
}

/** The look of the policy that ended a walk; undefined where none did. */
export function denialOf(walk: Walk): Denial | undefined {
  const last = walk.hops.at(-1)?.steps.at(-1);
  if (last?.kind !== 'end' || last.cause.kind !== 'policy') return undefined;
  return { look: last.cause.look, packet: last.packet };
}

/**
 * The cause of a denied walk, as a diagnostic of its reason, and the edits that would open the path; a second
 * diagnostic where the other end would not take it either.
 */
export function explainDenial(asking: Asking, denied: DeniedWalk): readonly Diagnostic[] {
  const { look, packet } = denied;
  const asked = askedOf(asking, denied);
  const other = receiverThatDenies(asking, asked);
  const judged = [{ pod: look.pod, verdict: look.verdict, asked }, ...(other === undefined ? [] : [other])];
  reportDoubts(
    asking,
    judged.map(({ verdict }) => verdict),
  );
  const causes = judged.map((each) =>
    isIsolation(each.verdict) ? isolationDiagnostic(endOf(asking, each), packet) : explainTierDenial(each),
  );
  const [first, ...more] = causes;
  const isEditable = judged.every(({ verdict }) => isIsolation(verdict));
  const help = isEditable ? helpOf(asking, denied, judged) : undefined;
  return first === undefined ? [] : [{ ...first, ...(help === undefined ? {} : { help: [help] }) }, ...more];
}

function isIsolation({ reason }: Verdict): boolean {
  return reason === 'isolated-no-rule-matches';
}

/** Edits for the one end that denies it, or for both. */
function helpOf(asking: Asking, denied: DeniedWalk, judged: readonly JudgedPod[]): Help | undefined {
  const { snapshot } = asking;
  const [sender, receiver] = judged.map((each) => endOf(asking, each));
  if (sender === undefined) return undefined;
  const opens = (after: PolicyIndex) => arrives(asking, denied, after);
  if (receiver === undefined) return helpFor(snapshot, sender, opens);
  const { flow } = askedOf(asking, denied);
  const takes = (after: PolicyIndex) => decideDirection(after, flow, 'ingress').action === 'allow';
  return helpForBoth(snapshot, { sender, receiver }, { receiver: takes, both: opens });
}

/** A rule of an ordered tier says no. */
function explainTierDenial({ pod, verdict }: JudgedPod): Diagnostic {
  const [cited] = verdict.rules;
  const code =
    verdict.reason === 'admin-deny' || verdict.reason === 'policy-deny' ? verdict.reason : 'baseline-deny';
  const text = verdict.direction === 'ingress' ? `to ${pod.name}` : `from ${pod.name}`;
  const why =
    code === 'baseline-deny'
      ? 'denies connections %, which no NetworkPolicy isolates:'
      : 'denies connections %, whatever NetworkPolicies say:';
  return {
    code,
    severity: 'error',
    text: cited === undefined ? '' : `${cited.policy.kind} ${cited.policy.name} ${why.replace('%', text)}`,
    sources:
      cited === undefined ? [] : [{ at: actionOf(cited.rule), role: 'primary', label: cited.rule.action }],
  };
}

/** Where a rule says what it does; what cannot be read denies, whatever is written. */
function actionOf({ origin, action }: PolicyRule): SourceRef {
  const written = refTo(origin, 'action');
  const word = valueAt(written);
  return typeof word === 'string' && word.toLowerCase() === action ? written : origin;
}

function isolationDiagnostic({ subject, direction, ...end }: DeniedEnd, packet: Packet): Diagnostic {
  const { isolating, misses, slips, peer } = end;
  return {
    code: 'isolated-no-rule-matches',
    severity: 'error',
    text: `${subject.name} ${direction === 'ingress' ? 'accepts' : 'may send'} only what one of these allows:`,
    sources: [
      ...slips.map((slip) => slipSource(subject, slip)),
      ...sourcesOf(isolating, misses, (miss) => missText(miss, peer, packet)),
    ],
  };
}

/** A pod that denies a connection. */
interface JudgedPod {
  readonly pod: Pod;
  readonly verdict: Verdict;
  readonly asked: Asked;
}

function endOf({ snapshot }: Asking, { pod, verdict, asked }: JudgedPod): DeniedEnd {
  const { cluster, policies } = snapshot;
  const { from, to, protocol, port } = asked.flow;
  const misses = explainMisses(policies, verdict.isolating, asked);
  return {
    direction: verdict.direction,
    subject: pod,
    peer: verdict.direction === 'egress' ? to : from,
    protocol,
    port,
    isolating: verdict.isolating,
    misses: [...misses].sort((a, b) => a.distance - b.distance),
    slips: subjectSlips(cluster, policies, pod, asked),
  };
}

/** The other end of a connection that its sender may not open, where it would not take it either. */
function receiverThatDenies(asking: Asking, { flow, direction }: Asked): JudgedPod | undefined {
  if (direction !== 'egress' || flow.to.kind !== 'pod') return undefined;
  const verdict = decideDirection(asking.snapshot.policies, flow, 'ingress');
  if (verdict.action === 'allow') return undefined;
  return { pod: flow.to.pod, verdict, asked: { flow, direction: 'ingress' } };
}

function askedOf({ snapshot }: Asking, { look, packet }: DeniedWalk): Asked {
  const { cluster } = snapshot;
  const { pod, verdict } = look;
  const { direction } = verdict;
  const [own, other] = direction === 'egress' ? [packet.src, packet.dst] : [packet.dst, packet.src];
  const subject = partyOfPod(cluster, pod, own);
  const peer = partyAt(cluster, other);
  const [from, to] = direction === 'egress' ? [subject, peer] : [peer, subject];
  return { direction, flow: { from, to, protocol: packet.protocol, port: packet.dstPort } };
}

/** A policy that was meant for the pod is nearer than any that selects it. */
function slipSource({ name }: Pod, { label }: SubjectSlip): DiagnosticSource {
  const { at, key, wanted, have } = label;
  return { at, role: 'primary', label: `no pod has ${key}=${wanted}; ${name} has ${key}=${have}` };
}

/** The nearest rule first, then one line for each other rule, and each policy without a rule. */
function sourcesOf(
  isolating: readonly CompiledPolicy[],
  misses: readonly RuleMiss[],
  label: (miss: RuleMiss) => string,
): readonly DiagnosticSource[] {
  const rules = misses.map((miss, index): DiagnosticSource => {
    const at = miss.peers[0]?.origin ?? miss.ports[0]?.origin ?? miss.rule.origin;
    return { at, role: index === 0 ? 'near-miss' : 'isolates', label: label(miss) };
  });
  const without = isolating
    .filter((policy) => policy.rules.length === 0)
    .map((policy): DiagnosticSource => ({ at: policy.because, role: 'isolates', label: 'no rule' }));
  return [...rules, ...without];
}

/** Do the packets that were denied arrive under these policies? Of a Service's backends theirs alone is walked. */
function arrives(asking: Asking, denial: DeniedWalk, policies: PolicyIndex): boolean {
  const { packet, flow } = denial;
  const { flow: judged, direction } = askedOf(asking, denial);
  // An engine may know other addresses as its own node's.
  const isKnown = judged.from.kind === 'pod' && judged.to.kind === 'pod';
  if (isKnown && decideDirection(policies, judged, direction).action === 'deny') return false;
  const { cluster, dataplane: known } = asking.snapshot;
  const dataplane = known.enforcing({ index: () => policies, mode: 'enforced' });
  const receiver = cluster.podByIp.get(packet.dst);
  const isAsked = (pod: Pod) => pod === receiver;
  const world = { ...asking.world, dataplane, ...(receiver === undefined ? {} : { isAsked }) };
  return traceFlow(world, flow).some(
    ({ disposition, taker }) => isSuccess(disposition) && taker?.packet.dst === packet.dst,
  );
}
