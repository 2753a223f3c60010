/**
 * The smallest edits that may open a path which NetworkPolicies deny, as changes of the manifests' text, the
 * smallest first. Whether one works is tried, not presumed: policy-trial.ts.
 */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { groupBy } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import type { Edit } from '../diagnostics/diagnostic.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { PacketProtocol } from '../net/packet.ts';
import type { RuleMiss } from '../policy/explain-miss.ts';
import { namingLabels } from '../policy/naming-selector.ts';
import type { Party } from '../policy/party.ts';
import type { CompiledPolicy, Direction } from '../policy/policy.ts';
import { labelSlip, type SubjectSlip } from './policy-slips.ts';
import { appendDocument, insertBehind, replaceValue } from './text-edit.ts';

/** An edit with what to tell people about it. */
export interface ProposedEdit {
  readonly text: string;
  readonly edit: Edit;
  /** It mends a slip of the pen: what it opens was meant. */
  readonly mendsSlip?: true;
  /** The policy that it changes; undefined for one that adds a policy. */
  readonly policy?: CompiledPolicy;
}

/** A connection that a pod's NetworkPolicies deny in a direction. */
export interface Denied {
  readonly cluster: Cluster;
  readonly direction: Direction;
  readonly subject: Pod;
  readonly peer: Party;
  readonly protocol: PacketProtocol;
  readonly port: number;
  /** Why each rule misses, the nearest first. */
  readonly misses: readonly RuleMiss[];
  readonly isolating: readonly CompiledPolicy[];
  /** Policies that would admit it, and miss the pod by a slip of the pen. */
  readonly slips: readonly SubjectSlip[];
}

/** Edits in the order in which to try them. */
export function* proposeEdits(denied: Denied): Generator<ProposedEdit> {
  for (const slip of denied.slips) yield* mendSubject(slip);
  for (const miss of denied.misses) yield* mendLabel(denied, miss);
  for (const miss of denied.misses) yield* addPeer(denied, miss);
  for (const miss of denied.misses) yield* addPort(denied, miss);
  for (const miss of denied.misses.slice(0, 1)) yield* addRule(denied, miss);
  yield* addPolicy(denied);
}

function* mendSubject({ policy, label }: SubjectSlip): Generator<ProposedEdit> {
  const edit = replaceValue(label.at, label.have);
  if (edit !== undefined) yield { text: `${label.key}: ${label.have}`, edit, policy, mendsSlip: true };
}

/** A value that no pod has, and that is nearly the other end's: a slip of the pen. */
function* mendLabel({ cluster, peer }: Denied, { policy, ports, peers }: RuleMiss): Generator<ProposedEdit> {
  if (ports.length > 0 || peer.kind !== 'pod') return;
  for (const { reason } of peers) {
    if (reason.kind !== 'pod-labels' || reason.misses.length !== 1) continue;
    const slip = labelSlip(cluster, reason.misses[0]);
    if (slip === undefined) continue;
    const edit = replaceValue(slip.at, slip.have);
    if (edit !== undefined) yield { text: `${slip.key}: ${slip.have}`, edit, policy, mendsSlip: true };
  }
}

/** One more peer in a rule that has the port. */
function* addPeer(denied: Denied, { policy, rule, peers, ports }: RuleMiss): Generator<ProposedEdit> {
  const last = rule.peers?.at(-1);
  if (last === undefined || peers.length === 0 || ports.length > 0) return;
  const item = peerItem(denied, policy);
  const inserted = item === undefined ? undefined : insertBehind(last.origin, item);
  if (item === undefined || inserted === undefined) return;
  yield { text: `${inserted.where} add  - ${flowText(item)}`, edit: inserted.edit, policy };
}

/** One more port in a rule that has the peer. */
function* addPort(denied: Denied, { policy, rule, peers, ports }: RuleMiss): Generator<ProposedEdit> {
  const last = rule.ports?.at(-1);
  if (last === undefined || ports.length === 0 || peers.length > 0) return;
  const item = portItem(denied);
  const inserted = insertBehind(last.origin, item);
  if (inserted === undefined) return;
  yield { text: `${inserted.where} add  - ${flowText(item)}`, edit: inserted.edit, policy };
}

/** One more rule in a policy that has some. */
function* addRule(denied: Denied, { policy }: RuleMiss): Generator<ProposedEdit> {
  const last = policy.rules.at(-1);
  const item = ruleItem(denied, policy.namespace);
  const inserted = last === undefined || item === undefined ? undefined : insertBehind(last.origin, item);
  if (item === undefined || inserted === undefined) return;
  yield { text: `${inserted.where} add\n${blockText(item)}`, edit: inserted.edit, policy };
}

/** A policy of its own, behind the last document of the file that isolates the pod. */
function* addPolicy(denied: Denied): Generator<ProposedEdit> {
  const { cluster, subject, direction, isolating } = denied;
  const [first] = isolating;
  const rule = ruleItem(denied, subject.namespace);
  const labels = namingLabels(cluster, subject);
  if (first === undefined || rule === undefined || labels === undefined) return;
  const name = `${(subject.workload?.name ?? subject.name).replace(/[^a-z0-9.-]/g, '-')}-${direction}`;
  const body = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: freeName(cluster, subject.namespace, name), namespace: subject.namespace },
    spec: {
      podSelector: { matchLabels: Object.fromEntries(labels) },
      policyTypes: [direction === 'ingress' ? 'Ingress' : 'Egress'],
      [direction]: [rule],
    },
  };
  const edit = appendDocument(first.origin, body);
  if (edit !== undefined) yield { text: `add to ${edit.file.name}\n${edit.text.trim()}`, edit };
}

function freeName({ objects }: Cluster, namespace: string, wanted: string): string {
  const taken = namesOf(objects).get(namespace);
  let name = wanted;
  for (let more = 2; taken?.has(name); more++) name = `${wanted}-${more}`;
  return name;
}

/** The names of the NetworkPolicies of each namespace. */
const namesOf = onceFor((objects: ObjectSet): ReadonlyMap<string, ReadonlySet<string>> => {
  const byNamespace = groupBy(objects.ofKind('NetworkPolicy'), ({ metadata }) => metadata.namespace);
  return new Map(
    [...byNamespace].map(([namespace, list]) => [
      namespace,
      new Set(list.map(({ metadata }) => metadata.name)),
    ]),
  );
});

/** The other end as a peer of a NetworkPolicy; undefined where nothing can name it. */
function peerItem({ cluster, peer }: Denied, { namespace }: Pick<CompiledPolicy, 'namespace'>) {
  if (peer.kind === 'pod') {
    const labels = namingLabels(cluster, peer.pod);
    if (labels === undefined) return undefined;
    const elsewhere = peer.pod.namespace !== namespace;
    const ofNamespace = { 'kubernetes.io/metadata.name': peer.pod.namespace };
    return {
      ...(elsewhere ? { namespaceSelector: { matchLabels: ofNamespace } } : {}),
      podSelector: { matchLabels: Object.fromEntries(labels) },
    };
  }
  if (peer.ip === undefined) return undefined;
  return { ipBlock: { cidr: `${peer.ip.text}/${peer.ip.family === 4 ? 32 : 128}` } };
}

function portItem({ protocol, port }: Pick<Denied, 'protocol' | 'port'>) {
  return protocol === 'tcp' ? { port } : { port, protocol: protocol.toUpperCase() };
}

/** Names are looked up over UDP, and over TCP where an answer is long. */
function ruleItem(denied: Denied, namespace: string) {
  const peer = peerItem(denied, { namespace });
  if (peer === undefined) return undefined;
  const isDns = denied.port === 53 && denied.protocol === 'udp';
  const ports = [portItem(denied), ...(isDns ? [{ port: 53, protocol: 'TCP' }] : [])];
  return { [denied.direction === 'ingress' ? 'from' : 'to']: [peer], ports };
}

/** `{ port: 53, protocol: UDP }`. */
function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(
      ([key, part]) =>
        `${key}: ${typeof part === 'object' && !Array.isArray(part) ? `{ ${flowText(part)} }` : flowItems(part)}`,
    )
    .join(', ');
}

function flowItems(part: unknown): string {
  if (!Array.isArray(part)) return flowText(part);
  return `[${part.map((item) => `{ ${flowText(item)} }`).join(', ')}]`;
}

function blockText(rule: Readonly<Record<string, unknown>>): string {
  return Object.entries(rule)
    .map(([key, part], index) => `${index === 0 ? '- ' : '  '}${key}: ${flowItems(part)}`)
    .join('\n');
}
