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
import { indexPolicies, type PolicyIndex, selectsPod } from '../policy/policy-index.ts';
import type { Span } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { readDocuments } from '../source/yaml.ts';
import type { ProposedEdit } from './policy-edits.ts';
import type { Snapshot } from './snapshot.ts';

/** Pairs that are compared at most; beyond them the list of what an edit opens is left out. */
const MOST_PAIRS = 100_000;

/** The policies of the snapshot as they are once the edit is made. Only the edited object is read again. */
export function policiesWith(snapshot: Snapshot, { edit, policy }: ProposedEdit): PolicyIndex {
  const { cluster, policies } = snapshot;
  const item = policy === undefined ? undefined : listItemOf(policy.origin);
  const ofItem = item === undefined ? [] : readEdited(snapshot, edit, item);
  // An item that means something only inside its list (a typed list, an alias) is read with it.
  const isWhole = ofItem.length === 0;
  const edited = isWhole ? readEdited(snapshot, edit, policy?.origin.document.span) : ofItem;
  const isReplaced = ({ origin: { document, path } }: CompiledPolicy) =>
    document === policy?.origin.document && (isWhole || path[1] === policy.origin.path[1]);
  const kept = policies.policies.filter((each) => !isReplaced(each));
  const all = [...kept, ...edited];
  // NetworkPolicies have no order: sorting ten thousand of them for each trial would only cost time.
  const isOrdered = edited.some(({ tier }) => tier !== 'network');
  return indexPolicies(isOrdered ? inTierOrder(all) : all, cluster, policies.settings);
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

export interface Opening {
  readonly before: PolicyIndex;
  readonly after: PolicyIndex;
  readonly direction: Direction;
  /** The other end that was asked about: it may be no pod. */
  readonly peer: Party;
}

/** Connections that are allowed after and not before, by workload: `web → db:5432`. undefined: too many. */
export function openedBy(cluster: Cluster, opening: Opening): readonly string[] | undefined {
  const { before, after, direction } = opening;
  const changed = changedPolicies(before, after, direction);
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

/** Policies of the direction that are new or not as they were; what the edit does not touch is the same object. */
function changedPolicies(
  before: PolicyIndex,
  after: PolicyIndex,
  direction: Direction,
): readonly CompiledPolicy[] {
  const kept = new Set(after.policies);
  const gone = before.policies.filter((policy) => !kept.has(policy));
  const known = new Set(before.policies);
  const contents = new Map(gone.map((policy) => [identityOf(policy), contentOf(policy)]));
  return after.policies.filter(
    (policy) =>
      policy.direction === direction &&
      !known.has(policy) &&
      contents.get(identityOf(policy)) !== contentOf(policy),
  );
}

function identityOf({ kind, namespace, name, direction }: CompiledPolicy): string {
  return [kind, namespace, name, direction].join(' ');
}

/** What the policy says, without the places where it says it. */
function contentOf({ subject, rules }: CompiledPolicy): string {
  return JSON.stringify([subject, rules], (key, value) => {
    if (key === 'origin') return undefined;
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
  return party.kind === 'node' ? `node/${party.node.name}` : (party.ip?.text ?? '');
}

/** `5432` for a port of TCP alone; `*` for every port. */
function portsText(ports: PortSet): string {
  const text = printPorts(ports);
  if (text === 'All') return '*';
  return /^TCP [\d,-]+$/.test(text) ? text.slice('TCP '.length) : text;
}
