/** The smallest edit that lets a denied connection through, tried, with all that it opens and closes. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import type { Help } from '../diagnostics/diagnostic.ts';
import type { PacketProtocol } from '../net/packet.ts';
import type { RuleMiss } from '../policy/explain-miss.ts';
import type { Party } from '../policy/party.ts';
import type { CompiledPolicy, Direction } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { helmTemplate } from '../source/helm-template.ts';
import { closedBy, type Opening, openedBy } from './edit-effects.ts';
import { type ProposedEdit, proposeEdits } from './policy-edits.ts';
import type { SubjectSlip } from './policy-slips.ts';
import { type Trial, tryEdit } from './policy-trial.ts';
import type { Snapshot } from './snapshot.ts';

/** Edits that are tried before giving up. */
const MOST_TRIALS = 12;

/** A connection as one of its ends denies it. */
export interface DeniedEnd {
  readonly direction: Direction;
  readonly subject: Pod;
  /** The other end. */
  readonly peer: Party;
  readonly protocol: PacketProtocol;
  readonly port: number;
  readonly isolating: readonly CompiledPolicy[];
  /** Why each rule misses, the nearest first. */
  readonly misses: readonly RuleMiss[];
  /** Policies that would admit it, and miss the pod by a slip of the pen. */
  readonly slips: readonly SubjectSlip[];
}

/** Is the connection let through by these policies, as far as is asked? */
type Test = (after: PolicyIndex) => boolean;

/**
 * The first edit after which the test holds, and that mends a slip or opens nothing else; else the one that opens
 * least.
 */
export function helpFor(snapshot: Snapshot, end: DeniedEnd, test: Test): Help | undefined {
  const found = smallestEdit(snapshot, end, { holds: test, least: 1 });
  if (found === undefined) return undefined;
  const { proposed, effects } = found;
  const text = [proposed.text, ...templateLines([proposed], end)].join('\n');
  return { text, applicability: 'likely', edit: proposed.edit, ...effects };
}

/** The ends of a connection that both deny it. */
export interface DeniedEnds {
  readonly sender: DeniedEnd;
  readonly receiver: DeniedEnd;
}

/**
 * An edit for each end of a connection that both deny: the smallest that the receiver asks for, then with that made
 * the sender's.
 * @param tests what must hold after the first edit, and after both.
 */
export function helpForBoth(
  snapshot: Snapshot,
  { sender, receiver }: DeniedEnds,
  tests: { readonly receiver: Test; readonly both: Test },
): Help | undefined {
  const first = smallestEdit(snapshot, receiver, { holds: tests.receiver, least: 0 });
  if (first === undefined) return undefined;
  const second = smallestEdit({ ...snapshot, policies: first.trial.after }, sender, {
    holds: tests.both,
    least: 1,
  });
  if (second === undefined) return undefined;
  const edits = [second, first];
  const proposed = edits.map((each) => each.proposed);
  const closes = distinct(edits.flatMap(({ effects }) => effects.closes ?? []));
  const opens = edits.every(({ effects }) => effects.opens !== undefined)
    ? { opens: distinct(edits.flatMap(({ effects }) => effects.opens ?? [])) }
    : {};
  return {
    text: ['both ends deny it; together:', ...textsByFile(proposed), ...templateLines(proposed, sender)].join(
      '\n',
    ),
    applicability: 'likely',
    ...joined(proposed),
    ...opens,
    ...(closes.length === 0 ? {} : { closes }),
  };
}

/** What is rendered is written anew by the next rendering. */
function templateLines(edits: readonly ProposedEdit[], { isolating }: DeniedEnd): readonly string[] {
  const documents = edits.flatMap(({ policy = isolating[0] }) => policy?.origin.document ?? []);
  const templates = distinct(documents.flatMap((document) => helmTemplate(document) ?? []));
  return templates.length === 0 ? [] : [`Helm rendered this: change ${templates.join(' and ')}`];
}

/** Each edit under the name of its file; a policy that is added says itself to which file. */
function textsByFile(edits: readonly ProposedEdit[]): readonly string[] {
  let last = '';
  return edits.flatMap(({ text, edit: { file }, policy }) => {
    if (policy === undefined) return text.split('\n');
    const heading = file.name === last ? [] : [file.name];
    last = file.name;
    return [...heading, ...text.split('\n').map((line) => `  ${line}`)];
  });
}

/** Two that stand at one place are one; a document of its own comes behind what belongs to the one before it. */
function joined(proposed: readonly ProposedEdit[]): Pick<Help, 'edit' | 'also'> {
  const ordered = [...proposed].sort(
    (a, b) => Number(a.policy === undefined) - Number(b.policy === undefined),
  );
  const [first, second] = ordered.map(({ edit }) => edit);
  if (first === undefined || second === undefined) return {};
  const isOnePlace = first.file === second.file && first.span.start === second.span.start;
  if (isOnePlace) return { edit: { ...first, text: first.text + second.text } };
  return { edit: first, also: [second] };
}

function distinct(list: readonly string[]): readonly string[] {
  return [...new Set(list)];
}

interface Goal {
  readonly holds: Test;
  readonly least: number;
}

interface FoundEdit {
  readonly proposed: ProposedEdit;
  readonly trial: Trial;
  readonly effects: Pick<Help, 'opens' | 'closes'>;
}

/** @param test.least the fewest paths that an edit can open after which it holds. */
function smallestEdit(snapshot: Snapshot, end: DeniedEnd, test: Goal): FoundEdit | undefined {
  const { direction, peer } = end;
  const denied = { ...end, cluster: snapshot.cluster, misses: editable(end.misses) };
  let trials = 0;
  let best: FoundEdit | undefined;
  for (const proposed of proposeEdits(denied)) {
    if (trials++ === MOST_TRIALS) break;
    const trial = tryEdit(snapshot, proposed);
    if (!test.holds(trial.after)) continue;
    const opening = { ...trial, before: snapshot.policies, direction, peer };
    const found = { proposed, trial, effects: effectsOf(snapshot.cluster, proposed, opening) };
    if (proposed.mendsSlip) return found;
    if (opensLess(found.effects, best?.effects)) best = found;
    if ((best?.effects.opens?.length ?? Number.POSITIVE_INFINITY) <= test.least) break;
  }
  return best;
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

function opensLess({ opens }: FoundEdit['effects'], best: FoundEdit['effects'] | undefined): boolean {
  const count = (list: readonly string[] | undefined) => list?.length ?? Number.POSITIVE_INFINITY;
  return best === undefined || count(opens) < count(best.opens);
}
