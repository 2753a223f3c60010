/** Why policies deny a walk: every policy that isolates the pod, why each rule misses, and what would open it. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import type { PolicyLook } from '../dataplane/policy-look.ts';
import type { Diagnostic, DiagnosticSource, Help } from '../diagnostics/diagnostic.ts';
import type { Packet } from '../net/packet.ts';
import { type Asked, decideDirection } from '../policy/decide.ts';
import { explainMisses, type RuleMiss } from '../policy/explain-miss.ts';
import { type Party, partyAt, partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { isSuccess } from '../trace/disposition.ts';
import type { Flow, Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { Asking } from './asking.ts';
import { closedBy, type Opening, openedBy } from './edit-effects.ts';
import { reportDoubts } from './policy-doubts.ts';
import { type ProposedEdit, proposeEdits } from './policy-edits.ts';
import { type SubjectSlip, subjectSlips } from './policy-slips.ts';
import { tryEdit } from './policy-trial.ts';
import { missText } from './policy-words.ts';

/** Edits that are tried before giving up. */
const MOST_TRIALS = 12;

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

/** The cause of a denied walk, as a diagnostic of its reason. */
export function explainDenial(asking: Asking, denied: DeniedWalk): Diagnostic {
  const { verdict } = denied.look;
  reportDoubts(asking, [verdict]);
  return verdict.reason === 'isolated-no-rule-matches'
    ? explainIsolation(asking, denied)
    : explainTierDenial(denied.look);
}

/** A rule of an ordered tier says no. */
function explainTierDenial({ pod, verdict }: PolicyLook): Diagnostic {
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
      cited === undefined ? [] : [{ at: cited.rule.origin, role: 'primary', label: `${cited.rule.action}` }],
  };
}

function explainIsolation(asking: Asking, denied: DeniedWalk): Diagnostic {
  const { look, packet } = denied;
  const { pod, verdict } = look;
  const asked = askedOf(asking, denied);
  const peer = verdict.direction === 'egress' ? asked.flow.to : asked.flow.from;
  const { policies } = asking.snapshot;
  const misses = [...explainMisses(policies, verdict.isolating, asked)].sort(
    (a, b) => a.distance - b.distance,
  );
  const slips = subjectSlips(asking.snapshot.cluster, policies, pod, asked);
  const help = helpFor(asking, denied, { peer, misses, slips });
  return {
    code: 'isolated-no-rule-matches',
    severity: 'error',
    text: `${pod.name} ${verdict.direction === 'ingress' ? 'accepts' : 'may send'} only what one of these allows:`,
    sources: [
      ...slips.map((slip) => slipSource(pod, slip)),
      ...sourcesOf(verdict.isolating, misses, (miss) => missText(miss, peer, packet)),
    ],
    ...(help === undefined ? {} : { help: [help] }),
  };
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

/** What a connection misses by little. */
interface Near {
  readonly peer: Party;
  readonly misses: readonly RuleMiss[];
  readonly slips: readonly SubjectSlip[];
}

/**
 * The first edit that makes the packets arrive and mends a slip or opens nothing else; else the one that opens
 * least.
 */
function helpFor(asking: Asking, denial: DeniedWalk, { peer, misses, slips }: Near): Help | undefined {
  const { snapshot } = asking;
  const { look, packet } = denial;
  const { direction, isolating } = look.verdict;
  const { protocol, dstPort: port } = packet;
  const denied = { cluster: snapshot.cluster, direction, subject: look.pod, peer, protocol, port };
  let trials = 0;
  let best: Help | undefined;
  for (const proposed of proposeEdits({ ...denied, misses: editable(misses), isolating, slips })) {
    if (trials++ === MOST_TRIALS) break;
    const trial = tryEdit(snapshot, proposed);
    if (!arrives(asking, denial, trial.after)) continue;
    const opening = { ...trial, before: snapshot.policies, direction, peer };
    const help: Help = {
      text: proposed.text,
      applicability: 'likely',
      edit: proposed.edit,
      ...effectsOf(snapshot.cluster, proposed, opening),
    };
    if (proposed.mendsSlip) return help;
    if (opensLess(help, best)) best = help;
    if (best?.opens?.length === 1) break;
  }
  return best;
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

/** What an edit allows and forbids; one more rule, peer or port takes nothing away. */
function effectsOf(
  cluster: Cluster,
  { mendsSlip, policy }: ProposedEdit,
  opening: Opening,
): Pick<Help, 'opens' | 'closes'> {
  const opens = openedBy(cluster, opening);
  const mayClose = mendsSlip === true || policy === undefined;
  const closes = mayClose ? (closedBy(cluster, opening) ?? []) : [];
  return { ...(opens === undefined ? {} : { opens }), ...(closes.length === 0 ? {} : { closes }) };
}

/** Edits are written as NetworkPolicies are. */
function editable(misses: readonly RuleMiss[]): readonly RuleMiss[] {
  return misses.filter(({ policy }) => policy.kind === 'NetworkPolicy');
}

function opensLess({ opens }: Help, best: Help | undefined): boolean {
  const count = (list: readonly string[] | undefined) => list?.length ?? Number.POSITIVE_INFINITY;
  return best === undefined || count(opens) < count(best.opens);
}
