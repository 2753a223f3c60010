/** An edit of the manifests, tried: the policies as they would be, and the connections that they would add. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import type { Edit } from '../diagnostics/diagnostic.ts';
import { readObjects } from '../k8s/read.ts';
import { isEmpty, type PortSet, printPorts, subtractPorts } from '../net/port-set.ts';
import { allowedPorts } from '../policy/allowed-ports.ts';
import { compilePolicies, inTierOrder } from '../policy/compile.ts';
import { peerMatches } from '../policy/match.ts';
import { type Party, partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy, Direction } from '../policy/policy.ts';
import { indexPolicies, type PolicyIndex, replacePolicies, selectsPod } from '../policy/policy-index.ts';
import type { Span } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { readDocuments } from '../source/yaml.ts';
import type { ProposedEdit } from './policy-edits.ts';
import type { Snapshot } from './snapshot.ts';

/** Pairs that are compared at most; beyond them the list of what an edit opens is left out. */
const MOST_PAIRS = 100_000;

/** An edit, made. */
export interface Trial {
  /** The policies as they are then. */
  readonly after: PolicyIndex;
  /** Those that the edit wrote, or wrote otherwise. */
  readonly changed: readonly CompiledPolicy[];
  /** Those that it wrote otherwise, as they were. */
  readonly replaced: readonly CompiledPolicy[];
}

/** The policies of the snapshot as they are once the edit is made. Only the edited object is read again. */
export function tryEdit(snapshot: Snapshot, { edit, policy }: ProposedEdit): Trial {
  const { cluster, policies } = snapshot;
  const item = policy === undefined ? undefined : listItemOf(policy.origin);
  const ofItem = item === undefined ? [] : readEdited(snapshot, edit, item);
  // An item that means something only inside its list (a typed list, an alias) is read with it.
  const isWhole = ofItem.length === 0;
  const edited = isWhole ? readEdited(snapshot, edit, policy?.origin.document.span) : ofItem;
  const isReplaced = ({ origin: { document, path } }: CompiledPolicy) =>
    document === policy?.origin.document && (isWhole || path[1] === policy.origin.path[1]);
  const replaced = policies.policies.filter(isReplaced);
  const same = new Set(replaced.map(identityAndContent));
  return {
    after: isOrdered(edited)
      ? indexPolicies(inTierOrder([...without(policies, replaced), ...edited]), cluster, policies.settings)
      : replacePolicies(policies, { removed: new Set(replaced), added: edited }),
    changed: edited.filter((each) => !same.has(identityAndContent(each))),
    replaced,
  };
}

function without({ policies }: PolicyIndex, left: readonly CompiledPolicy[]): readonly CompiledPolicy[] {
  const out = new Set(left);
  return policies.filter((policy) => !out.has(policy));
}

/** Is one of them of a tier whose policies have an order? */
function isOrdered(policies: readonly CompiledPolicy[]): boolean {
  return policies.some(({ reading }) => reading === 'first-match');
}

/** Where the object stands, if it is an item of a List. */
function listItemOf({ document, path }: SourceRef): Span | undefined {
  const [list, index] = path;
  return list === 'items' && index !== undefined ? document.locate([list, index], 'value') : undefined;
}

/** The policies in a part of the file once the edit is made; without a part, in what the edit adds. */
function readEdited({ profile }: Snapshot, edit: Edit, part: Span | undefined): readonly CompiledPolicy[] {
  const silent = () => {};
  const text = part === undefined ? edit.text : editedText(edit, part);
  const options = { namespace: profile.namespace, defaults: profile.input === 'authored' };
  const documents = readDocuments({ name: edit.file.name, text }, silent);
  return compilePolicies(readObjects(documents, options, silent));
}

/** The part with the edit made; the first line of an item in block style stands where its others do. */
function editedText({ file, span, text }: Edit, part: Span): string {
  const lineStart = file.text.lastIndexOf('\n', part.start - 1) + 1;
  const dash = /^[ -]*$/.exec(file.text.slice(lineStart, part.start))?.[0] ?? '';
  const before = ' '.repeat(dash.length) + file.text.slice(part.start, span.start);
  return before + text + file.text.slice(span.end, Math.max(span.end, part.end));
}

export interface Opening extends Trial {
  readonly before: PolicyIndex;
  readonly direction: Direction;
  /** The other end that was asked about: it may be no pod. */
  readonly peer: Party;
}

/** Connections that are allowed after and not before, by workload: `web → db:5432`. undefined: too many. */
export function openedBy(cluster: Cluster, opening: Opening): readonly string[] | undefined {
  const { before, after, direction } = opening;
  const changed = opening.changed.filter((policy) => policy.direction === direction);
  const workloads = oneOfEachWorkload(cluster);
  const subjects = workloads.filter((pod) =>
    changed.some(({ subject }) => selectsPod(subject, pod, after.namespaces)),
  );
  const peers = peersOf(cluster, changed, { ...opening, workloads });
  if (subjects.length * peers.length > MOST_PAIRS) return undefined;
  const opened = subjects.flatMap((pod) =>
    peers.flatMap((peer) => {
      const subject = partyOfPod(cluster, pod);
      const pair = direction === 'ingress' ? { from: peer, to: subject } : { from: subject, to: peer };
      const more = subtractPorts(allowedPorts(after, pair), allowedPorts(before, pair));
      return isEmpty(more) ? [] : [`${endText(pair.from)} → ${endText(pair.to)}:${portsText(more)}`];
    }),
  );
  return [...new Set(opened)];
}

/**
 * Connections that are allowed before and not after: what policies select and did not select before loses what nobody
 * had to allow. `outside` stands for hosts that no rule names. undefined: too many to compare.
 */
export function closedBy(cluster: Cluster, opening: Opening): readonly string[] | undefined {
  const { before, after, direction, changed, replaced } = opening;
  const touching = [...changed, ...replaced].filter((policy) => policy.direction === direction);
  const workloads = oneOfEachWorkload(cluster);
  const subjects = workloads.filter((pod) =>
    touching.some(({ subject }) => selectsPod(subject, pod, after.namespaces)),
  );
  if (subjects.length * workloads.length > MOST_PAIRS) return undefined;
  const peers: readonly Party[] = [...workloads.map((pod) => partyOfPod(cluster, pod)), { kind: 'address' }];
  const lost = subjects.flatMap((pod) =>
    peers.flatMap((peer) => {
      const subject = partyOfPod(cluster, pod);
      const pair = direction === 'ingress' ? { from: peer, to: subject } : { from: subject, to: peer };
      const less = subtractPorts(allowedPorts(before, pair), allowedPorts(after, pair));
      return isEmpty(less) ? [] : [`${endText(pair.from)} → ${endText(pair.to)}:${portsText(less)}`];
    }),
  );
  return [...new Set(lost)];
}

/** What the policy is and says, without the places where it says it. */
function identityAndContent({ kind, namespace, name, direction, subject, rules }: CompiledPolicy): string {
  return JSON.stringify([kind, namespace, name, direction, subject, rules], (key, value) => {
    if (key === 'origin') return undefined;
    // The bits of IPv6 addresses.
    if (typeof value === 'bigint') return String(value);
    return value instanceof Map ? [...value] : value;
  });
}

function peersOf(
  cluster: Cluster,
  changed: readonly CompiledPolicy[],
  { after, peer, workloads }: Opening & { readonly workloads: readonly Pod[] },
): readonly Party[] {
  const rules = changed.flatMap((policy) => policy.rules);
  const pods = workloads.map((pod) => partyOfPod(cluster, pod));
  const matched = pods.filter((party) =>
    rules.some(({ peers }) => peers === undefined || peers.some((each) => peerMatches(after, each, party))),
  );
  return peer.kind === 'pod' ? matched : [...matched, peer];
}

const workloadsOf = new WeakMap<readonly Pod[], readonly Pod[]>();

/** Pods of one workload have the same labels: one of them stands for all. Counted once for each cluster. */
function oneOfEachWorkload({ pods }: Cluster): readonly Pod[] {
  const known = workloadsOf.get(pods);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const found = pods.filter(({ key, namespace, workload, hostNetwork, finished }) => {
    const name = workload === undefined ? key : `${namespace} ${workload.kind} ${workload.name}`;
    if (hostNetwork || finished || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  workloadsOf.set(pods, found);
  return found;
}

function endText(party: Party): string {
  if (party.kind === 'pod') return `${party.pod.namespace}/${party.pod.workload?.name ?? party.pod.name}`;
  return party.kind === 'node' ? `node/${party.node.name}` : (party.ip?.text ?? 'outside');
}

/** `5432` for a port of TCP alone; `*` for every port. */
function portsText(ports: PortSet): string {
  const text = printPorts(ports);
  if (text === 'All') return '*';
  return /^TCP [\d,-]+$/.test(text) ? text.slice('TCP '.length) : text;
}
