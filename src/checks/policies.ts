/** NetworkPolicies with the pods that their selectors mean, for the rules that judge them. */

import type { Pod } from '../cluster/cluster.ts';
import type { Labels } from '../k8s/object.ts';
import { type LabelSelector, selectorMatches } from '../k8s/selector.ts';
import type { CompiledPolicy, Direction, Peer, PodSet, PolicyRule, PortItem } from '../policy/policy.ts';
import type { FieldPath } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import type { Evidence } from './hit.ts';
import { type PodGroup, selectorText } from './pod-groups.ts';
import type { Subject } from './subject.ts';

/** One direction of a NetworkPolicy. */
export interface PolicyView {
  readonly policy: CompiledPolicy;
  readonly subject: Subject;
  readonly selected: readonly PodGroup[];
}

export type PodsPeer = Extract<Peer, { readonly kind: 'pods' }>;
export type BlockPeer = Extract<Peer, { readonly kind: 'block' }>;

export interface RuleView extends PolicyView {
  readonly rule: PolicyRule;
}

export interface PodsPeerView extends RuleView {
  readonly peer: PodsPeer;
  /** The namespaces that it looks in, in the order of their names. */
  readonly namespaces: readonly string[];
  readonly groups: readonly PodGroup[];
}

/** The NetworkPolicies of the input, once for each direction that they are about. */
const policyViews: OfInput<readonly PolicyView[]> = perInput((input) =>
  input.snapshot.policies.policies
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((policy) => ({
      policy,
      subject: policySubject(policy),
      selected: groupsOf(input, policy.subject),
    })),
);

/** Every rule of every NetworkPolicy, of the directions that the policy is about. */
export const ruleViews: OfInput<readonly RuleView[]> = perInput((input) =>
  policyViews(input).flatMap((view) => view.policy.rules.map((rule) => ({ ...view, rule }))),
);

/** Every peer that is a selector of pods or namespaces. */
export const podsPeerViews: OfInput<readonly PodsPeerView[]> = perInput((input) =>
  ruleViews(input).flatMap((view) =>
    (view.rule.peers ?? []).flatMap((peer): readonly PodsPeerView[] => {
      if (peer.kind !== 'pods') return [];
      const namespaces = namespacesOf(input, peer.pods);
      return [{ ...view, peer, namespaces, groups: groupsOf(input, peer.pods) }];
    }),
  ),
);

/** A policy as findings name it. */
export function policySubject({ kind, namespace, name, origin }: CompiledPolicy): Subject {
  return { kind, namespace, name, origin };
}

/** A place in the policy's object. */
export function pathIn({ origin }: Pick<CompiledPolicy, 'origin'>, at: SourceRef): FieldPath {
  return at.path.slice(origin.path.length);
}

/** A policy as evidence. */
export function policyEvidence(policy: CompiledPolicy, message: string): Evidence {
  return { subject: policySubject(policy), path: ['spec', policy.direction], message };
}

/** `TCP 80`, `UDP 53`, `TCP 8000-8080`, `TCP http`. */
export function printPortItem(item: Exclude<PortItem, { readonly kind: 'unreadable' }>): string {
  const protocol = item.protocol === undefined ? '' : `${item.protocol.toUpperCase()} `;
  if (item.kind === 'named') return `${protocol}${item.name}`;
  return `${protocol}${item.from === item.to ? item.from : `${item.from}-${item.to}`}`;
}

/** Namespaces of the input, with the labels that they have or that `assume` gives them. */
const namespaceLabels = perInput(
  ({ snapshot, assumedNamespaces }: CheckInput): ReadonlyMap<string, Labels> => {
    const own = [...snapshot.cluster.namespaces].map(([name, { labels }]) => [name, labels] as const);
    return new Map([...own, ...assumedNamespaces]);
  },
);

const knownMatches = perInput((_: CheckInput) => new Map<string, readonly string[]>());

/** Names of the namespaces that a selector selects; computed once for each distinct text. */
function matchingNamespaces(input: CheckInput, selector: LabelSelector): readonly string[] {
  const known = knownMatches(input);
  const text = selectorText(selector);
  const found =
    known.get(text) ??
    [...namespaceLabels(input)]
      .filter(([, labels]) => selectorMatches(selector, labels))
      .map(([name]) => name)
      .sort();
  known.set(text, found);
  return found;
}

/** Where a set looks for pods. */
export function namespacesOf(input: CheckInput, { namespace, namespaces }: PodSet): readonly string[] {
  if (namespace !== undefined) return [namespace];
  return matchingNamespaces(input, namespaces?.selector ?? EVERYTHING);
}

/** The pods of a set. */
export function groupsOf(input: CheckInput, set: PodSet): readonly PodGroup[] {
  const selector = set.pods?.selector ?? EVERYTHING;
  return namespacesOf(input, set).flatMap((namespace) => input.groups.match(namespace, selector));
}

const EVERYTHING: LabelSelector = { matchLabels: new Map(), matchExpressions: [] };

/** Does a selector select everything? */
export function isEverything({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return matchLabels.size === 0 && matchExpressions.length === 0;
}

/** The labels that a selector wants, where it wants one value of each. */
export function wantedLabels({ matchLabels, matchExpressions }: LabelSelector): Labels {
  const single = matchExpressions.flatMap(({ key, operator, values }): readonly [string, string][] =>
    operator === 'In' && values.length === 1 && values[0] !== undefined ? [[key, values[0]]] : [],
  );
  return new Map([...matchLabels, ...single]);
}

const podsByOwner = perInput(({ snapshot }: CheckInput): ReadonlyMap<string, Pod> => {
  const first = new Map<string, Pod>();
  for (const pod of snapshot.cluster.pods) {
    const { kind, name } = pod.workload ?? { kind: 'Pod', name: pod.name };
    const key = `${kind} ${pod.namespace}/${name}`;
    if (!first.has(key)) first.set(key, pod);
  }
  return first;
});

/** A pod of the group; undefined where it has none (scaled to nothing). */
export function podOfGroup(input: CheckInput, { kind, namespace, name }: PodGroup): Pod | undefined {
  return podsByOwner(input).get(`${kind} ${namespace}/${name}`);
}

/** The pods that rules of the direction let connections go to. undefined: any address at all. */
export function destinationsOf(
  input: CheckInput,
  { policy, rule, selected }: RuleView,
): readonly PodGroup[] | undefined {
  if (policy.direction === 'ingress') return selected;
  if (rule.peers === undefined || rule.peers.some(({ kind }) => kind !== 'pods')) return undefined;
  return rule.peers.flatMap((peer) => (peer.kind === 'pods' ? groupsOf(input, peer.pods) : []));
}

/** The other direction. */
export function opposite(direction: Direction): Direction {
  return direction === 'ingress' ? 'egress' : 'ingress';
}
