/** Selectors of policies that match nothing in these manifests, each with what comes closest. */

import type { Namespace, Pod } from '../../cluster/cluster.ts';
import { once } from '../../collections/once.ts';
import { type Candidate, closestCandidate, selectorCandidates } from '../../control/closest-workload.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { objectLabel } from '../../k8s/names.ts';
import type { Labels, OtherObject } from '../../k8s/object.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { type LabelSelector, selectorMatches } from '../../k8s/selector.ts';
import { isNoAtoms } from '../../policy/matrix/atom-set.ts';
import type { PolicyMatrix } from '../../policy/matrix/matrix.ts';
import type { CompiledPolicy, PodSet } from '../../policy/policy.ts';
import { selectsPod } from '../../policy/policy-index.ts';
import { printPath, refTo, type SourceRef } from '../../source/ref.ts';
import { printSelector } from '../print-selector.ts';
import { makerOf } from '../unmodelled-owners.ts';

export interface SelectorWorld {
  readonly objects: ObjectSet;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly matrix: PolicyMatrix;
}

/** One diagnostic for each selector that matches nothing, in the order of the policies. */
export function deadSelectors(
  world: SelectorWorld,
  policies: readonly CompiledPolicy[],
): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const candidates = once(() => selectorCandidates(world.objects));
  const isAlive = (set: PodSet) => !isNoAtoms(world.matrix.podsOf(set));
  // One expression may be several sets: it is dead if all of them are.
  const alive = new Set(policies.filter(({ subject }) => isAlive(subject)).map(({ origin }) => origin));
  for (const policy of policies) {
    const subject = alive.has(policy.origin) ? undefined : deadSubject(world, policy, candidates);
    const peers = policy.rules.flatMap((rule) => {
      const own = (rule.peers ?? []).flatMap((peer) => (peer.kind === 'pods' ? [peer] : []));
      const places = new Set(
        own.filter(({ pods }) => isAlive(pods)).map(({ origin }) => printPath(origin.path)),
      );
      return own
        .filter(({ origin }) => !places.has(printPath(origin.path)))
        .flatMap(
          ({ pods, origin }) =>
            deadSet(world, { policy, set: pods, what: 'peer', at: origin }, candidates) ?? [],
        );
    });
    for (const diagnostic of [...(subject === undefined ? [] : [subject]), ...peers]) {
      const [first] = diagnostic.sources;
      const key =
        first !== undefined && 'document' in first.at
          ? `${policy.kind} ${policy.namespace}/${policy.name} ${first.at.path.join('.')}`
          : diagnostic.text;
      found.set(key, diagnostic);
    }
  }
  return [...found.values()];
}

function deadSubject(
  world: SelectorWorld,
  policy: CompiledPolicy,
  candidates: () => readonly Candidate[],
): Diagnostic | undefined {
  const { subject, origin } = policy;
  // That a namespace has no pods is no fault of `podSelector: {}`.
  if (subject.pods === undefined || printSelector(subject.pods.selector) === '') return undefined;
  return deadSet(
    world,
    { policy, set: subject, what: 'subject', at: subject.pods.origin ?? origin },
    candidates,
  );
}

interface Suspect {
  readonly policy: CompiledPolicy;
  readonly set: PodSet;
  readonly what: 'subject' | 'peer';
  readonly at: SourceRef;
}

function deadSet(
  world: SelectorWorld,
  suspect: Suspect,
  candidates: () => readonly Candidate[],
): Diagnostic | undefined {
  const { set, policy, what } = suspect;
  if (!isNoAtoms(world.matrix.podsOf(set))) return undefined;
  const name = objectLabel(policy.kind, policy.namespace, policy.name);
  const within = namespacesOf(world, set);
  if (within.size === 0 && set.namespaces !== undefined) return unmatchedNamespace(suspect, name);
  const { pods } = set;
  if (pods === undefined || printSelector(pods.selector) === '') return undefined;
  const host = hostPodOf(world, set);
  if (host !== undefined) return onlyHostPods(suspect, host, name);
  const maker = makerOf(world.objects, within, pods.selector.matchLabels);
  if (maker !== undefined) return madeByOperator(suspect, maker, name);
  const where =
    set.namespace ??
    (set.namespaces === undefined
      ? 'any namespace'
      : `namespaces ${printSelector(set.namespaces.selector) || 'of any name'}`);
  const closest = closestOf(
    pods.selector,
    candidates().filter(({ namespace }) => within.has(namespace)),
  );
  const elsewhere = candidates().find(({ labels }) => selectorMatches(pods.selector, labels));
  const hint =
    closest ??
    (elsewhere === undefined
      ? ''
      : `; ${elsewhere.kind} ${elsewhere.name} of namespace ${elsewhere.namespace} would match`);
  const verb = what === 'subject' ? 'selects no pod' : 'admits nobody by this peer';
  return {
    code: what === 'subject' ? 'netpol-selects-nothing' : 'netpol-peer-matches-nothing',
    severity: 'warning',
    text: `${name} ${verb}: no pod of ${where} has ${printSelector(pods.selector)}${hint}`,
    sources: [{ at: firstLabel(pods), role: 'primary', object: name }],
  };
}

/** A pod in a node's network that the set would hold. */
function hostPodOf({ matrix: { universe }, namespaces }: SelectorWorld, set: PodSet): Pod | undefined {
  const hosts = universe.atoms.slice(universe.hostsAt, universe.sourcesAt);
  return hosts
    .flatMap((atom) => ('pods' in atom ? [atom.pod] : []))
    .find((pod) => selectsPod(set, pod, namespaces));
}

/** docs/semantics/network-policy.md: selectors never mean pods in their node's network. */
function onlyHostPods({ what, at, set }: Suspect, pod: Pod, name: string): Diagnostic {
  const who = pod.workload === undefined ? `pod ${pod.name}` : `${pod.workload.kind} ${pod.workload.name}`;
  const verb =
    what === 'subject' ? 'selects no pod that a policy can be about' : 'admits nobody by this peer';
  return {
    code: what === 'subject' ? 'netpol-selects-nothing' : 'netpol-peer-matches-nothing',
    severity: 'warning',
    text: `${name} ${verb}: ${who} is in the network of its nodes`,
    sources: [{ at: set.pods === undefined ? at : firstLabel(set.pods), role: 'primary', object: name }],
  };
}

/** Its pods are in no manifest. */
function madeByOperator({ what, at, set }: Suspect, maker: OtherObject, name: string): Diagnostic {
  const nobody =
    what === 'subject' ? 'selects no pod of the manifests' : 'admits no pod of the manifests by this peer';
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `${name} ${nobody}: ${maker.kind} ${maker.namespace}/${maker.name} may make such pods; its operator is not modelled`,
    sources: [
      { at: set.pods === undefined ? at : firstLabel(set.pods), role: 'primary', object: name },
      { at: maker.origin, role: 'context' },
    ],
  };
}

function firstLabel({
  selector,
  origin,
}: {
  readonly selector: LabelSelector;
  readonly origin: SourceRef;
}): SourceRef {
  const [key] = selector.matchLabels.keys();
  return key === undefined ? origin : refTo(origin, 'matchLabels', key);
}

function namespacesOf({ namespaces }: SelectorWorld, set: PodSet): ReadonlySet<string> {
  if (set.namespace !== undefined) return new Set([set.namespace]);
  const { namespaces: wanted } = set;
  const all = [...namespaces.values()];
  return new Set(
    all
      .filter(({ labels }) => wanted === undefined || selectorMatches(wanted.selector, labels))
      .map(({ name }) => name),
  );
}

function unmatchedNamespace({ set, at }: Suspect, name: string): Diagnostic {
  const { namespaces } = set;
  const selector = namespaces === undefined ? '' : printSelector(namespaces.selector);
  const named = namespaces?.selector.matchLabels.get('name');
  return {
    code: 'netpol-namespace-unmatched',
    severity: 'warning',
    text: `${name} names namespaces that are not there: none has ${selector}`,
    sources: [{ at: namespaces?.origin ?? at, role: 'primary', object: name }],
    ...(named === undefined
      ? {}
      : {
          help: [
            {
              text: `kubernetes.io/metadata.name: ${named}  if the namespace has that name`,
              applicability: 'likely' as const,
            },
          ],
        }),
  };
}

/** `; closest is Deployment carts (name=carts)`. */
function closestOf(
  { matchLabels, matchExpressions }: LabelSelector,
  candidates: readonly Candidate[],
): string | undefined {
  const wanted: Labels = new Map([
    ...matchLabels,
    ...matchExpressions.flatMap(({ key, operator, values }) =>
      operator === 'In' && values[0] !== undefined ? [[key, values[0]] as const] : [],
    ),
  ]);
  const closest = wanted.size === 0 ? undefined : closestCandidate(wanted, candidates);
  if (closest === undefined) return undefined;
  const { candidate, missing } = closest;
  const has = missing.map(({ key, instead }) =>
    instead === undefined ? `no ${key}` : `${instead.key}=${instead.value}`,
  );
  return `; closest is ${candidate.kind} ${candidate.name} (${has.join(', ')})`;
}
