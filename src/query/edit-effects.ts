/** What an edit of policies opens and closes: the connections that are allowed after it or before it alone. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { isEmpty, type PortSet, printPorts, subtractPorts } from '../net/port-set.ts';
import { allowedPorts } from '../policy/allowed-ports.ts';
import { peerMatches } from '../policy/match.ts';
import { type Party, partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy, Direction, PolicyRule } from '../policy/policy.ts';
import { type PolicyIndex, selectsPod } from '../policy/policy-index.ts';
import { isIsolating } from '../policy/stages.ts';
import type { Trial } from './policy-trial.ts';
import { setsOfPeers, type WorkloadPods, workloadPods } from './workload-pods.ts';

/** Pairs that are compared at most; beyond them the list of what an edit opens is left out. */
const MOST_PAIRS = 100_000;

export interface Opening extends Trial {
  readonly before: PolicyIndex;
  readonly direction: Direction;
  /** The other end that was asked about: it may be no pod. */
  readonly peer: Party;
}

/** Connections that are allowed after and not before, by workload: `web → db:5432`. undefined: too many. */
export function openedBy(cluster: Cluster, opening: Opening): readonly string[] | undefined {
  const { before, after, direction, peer } = opening;
  const workloads = workloadPods(cluster);
  const changed = opening.changed.filter((policy) => policy.direction === direction);
  const subjects = workloads.inSets(changed.map(({ subject }) => subject));
  const matched = podsOfRules(
    after,
    { cluster, workloads },
    changed.flatMap(({ rules }) => rules),
  );
  const peers: readonly Party[] = [
    ...matched.map((pod) => partyOfPod(cluster, pod)),
    ...(peer.kind === 'pod' ? [] : [peer]),
  ];
  if (subjects.length * peers.length > MOST_PAIRS) return undefined;
  const pairs = subjects.map((subject) => ({ subject, peers }));
  return differences(cluster, { more: after, less: before, direction }, pairs);
}

/**
 * Connections that are allowed before and not after: what policies select and did not select before loses what nobody
 * had to allow. `outside` stands for hosts that no rule names. undefined: too many to compare.
 */
export function closedBy(cluster: Cluster, opening: Opening): readonly string[] | undefined {
  const { before, after, direction, changed, replaced } = opening;
  const workloads = workloadPods(cluster);
  const touching = [...changed, ...replaced];
  const selected = (isMeant: (policy: CompiledPolicy) => boolean) =>
    workloads.inSets(touching.filter(isMeant).map(({ subject }) => subject));
  const subjects = selected((policy) => policy.direction === direction);
  // What the edit does to these pods in the other direction shows at their end.
  const touched = selected((policy) => policy.direction !== direction);
  const outside: Party = { kind: 'address' };
  const pairs = subjects.map((subject) => {
    const pods = mayLose({ cluster, workloads, touched }, opening, subject);
    return { subject, peers: [...pods.map((pod) => partyOfPod(cluster, pod)), outside] };
  });
  if (pairs.reduce((sum, { peers }) => sum + peers.length, 0) > MOST_PAIRS) return undefined;
  return differences(cluster, { more: before, less: after, direction }, pairs);
}

interface Around {
  readonly cluster: Cluster;
  readonly workloads: WorkloadPods;
}

/**
 * The pods that the edit may take from a subject: all where its isolation changes or the order of rules matters; else
 * rules only add to each other, so those alone that a rule named which is gone.
 */
function mayLose(
  { touched, ...around }: Around & { readonly touched: readonly Pod[] },
  { before, after, direction, changed, replaced }: Opening,
  subject: Pod,
): readonly Pod[] {
  const { workloads } = around;
  const isOrdered = [...changed, ...replaced].some(({ reading }) => reading !== 'union');
  const isolation = (index: PolicyIndex) =>
    index
      .selecting(subject, direction)
      .filter(isIsolating)
      .map(({ tier }) => tier.name)
      .join();
  if (isOrdered || isolation(before) !== isolation(after)) return workloads.all;
  const gone = replaced.filter(
    (policy) =>
      policy.direction === direction && selectsPod(policy.subject, subject, around.cluster.namespaces),
  );
  const named = podsOfRules(
    before,
    around,
    gone.flatMap(({ rules }) => rules),
  );
  if (touched.length === 0) return named;
  const meant = new Set([...named, ...touched]);
  return workloads.all.filter((pod) => meant.has(pod));
}

/** The pods that some of the rules name, in the order of their keys. */
function podsOfRules(
  index: PolicyIndex,
  { cluster, workloads }: Around,
  rules: readonly PolicyRule[],
): readonly Pod[] {
  if (rules.some(({ peers }) => peers === undefined)) return workloads.all;
  const peers = rules.flatMap((rule) => rule.peers ?? []);
  const sets = setsOfPeers(peers);
  if (sets !== undefined) return workloads.inSets(sets);
  return workloads.all.filter((pod) => {
    const party = partyOfPod(cluster, pod);
    return peers.some((peer) => peerMatches(index, peer, party));
  });
}

interface Compared {
  readonly more: PolicyIndex;
  readonly less: PolicyIndex;
  readonly direction: Direction;
}

/** What `more` allows and `less` does not, each once. */
function differences(
  cluster: Cluster,
  { more, less, direction }: Compared,
  pairs: readonly { readonly subject: Pod; readonly peers: readonly Party[] }[],
): readonly string[] {
  const found = new Set<string>();
  for (const { subject: pod, peers } of pairs) {
    const subject = partyOfPod(cluster, pod);
    for (const peer of peers) {
      const pair = direction === 'ingress' ? { from: peer, to: subject } : { from: subject, to: peer };
      const ports = subtractPorts(allowedPorts(more, pair), allowedPorts(less, pair));
      if (!isEmpty(ports)) found.add(`${endText(pair.from)} → ${endText(pair.to)}:${portsText(ports)}`);
    }
  }
  return [...found];
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
