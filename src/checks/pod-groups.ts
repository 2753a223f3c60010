/**
 * Pods as a check sees them: one group for each thing that makes pods, since all pods of a template have
 * the same labels and ports. Selectors are resolved once for each distinct text in a namespace.
 */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { declaredPorts } from '../cluster/declared-ports.ts';
import { groupBy, groupByEach } from '../collections/grouping.ts';
import { type Candidate, selectorCandidates } from '../control/closest-workload.ts';
import type { ContainerPort, PodSpec } from '../k8s/kinds/pod-spec.ts';
import type { Labels } from '../k8s/object.ts';
import { type LabelSelector, requirementHolds } from '../k8s/selector.ts';
import type { Subject } from './subject.ts';

/** A workload or a Pod that nothing of the input controls. */
export interface PodGroup extends Omit<Candidate, 'origin'> {
  readonly subject: Subject;
  readonly spec: PodSpec;
  /** Of containers, then of sidecars. */
  readonly ports: readonly ContainerPort[];
  /** undefined: made by the cluster (its DNS). */
  readonly origin?: Candidate['origin'];
}

export interface PodGroups {
  readonly all: readonly PodGroup[];
  inNamespace(namespace: string): readonly PodGroup[];
  /** Those whose labels hold every pair. */
  select(namespace: string, selector: Labels): readonly PodGroup[];
  /** Those that a LabelSelector selects; an empty one selects all. */
  match(namespace: string, selector: LabelSelector): readonly PodGroup[];
}

/** The groups of a cluster, in the order of kinds and names within a namespace. */
export function podGroups(cluster: Cluster): PodGroups {
  const all = [...selectorCandidates(cluster.objects).map(writtenGroup), ...impliedGroups(cluster.pods)];
  const byNamespace = groupBy(all, ({ namespace }) => namespace);
  const byPair = groupByEach(all, ({ namespace, labels }) =>
    [...labels].map(([key, value]) => pairKey(namespace, key, value)),
  );
  const known = new Map<string, readonly PodGroup[]>();
  const texts = new WeakMap<LabelSelector, string>();
  const wholes = new WeakMap<Labels, LabelSelector>();
  const inNamespace = (namespace: string) => byNamespace.get(namespace) ?? [];
  const match = (namespace: string, selector: LabelSelector): readonly PodGroup[] => {
    const text = texts.get(selector) ?? selectorText(selector);
    texts.set(selector, text);
    const id = `${namespace}\n${text}`;
    const found =
      known.get(id) ?? nearestSet(namespace, selector).filter((group) => selects(selector, group));
    known.set(id, found);
    return found;
  };
  /** The shortest list that holds all that the selector can select. */
  const nearestSet = (namespace: string, { matchLabels }: LabelSelector): readonly PodGroup[] => {
    let best = inNamespace(namespace);
    for (const [key, value] of matchLabels) {
      if (CONTROLLER_LABELS.has(key)) continue;
      const some = byPair.get(pairKey(namespace, key, value)) ?? [];
      if (some.length < best.length) best = some;
    }
    return best;
  };
  return {
    all,
    inNamespace,
    match,
    select: (namespace, selector) => {
      const whole = wholes.get(selector) ?? { matchLabels: selector, matchExpressions: [] };
      wholes.set(selector, whole);
      return match(namespace, whole);
    },
  };
}

/** The same text for the same selector, whatever the order of its parts. */
export function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const pairs = [...matchLabels].map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(
    ({ key, operator, values }) => `${key} ${operator} (${values.toSorted().join('|')})`,
  );
  return [...pairs, ...others].sort().join(',');
}

/**
 * Labels that controllers give to pods beside those of the template, and the values that they have there.
 * Source: kubernetes/api:apps/v1/types.go, batch/v1/types.go.
 */
const CONTROLLER_LABELS: ReadonlyMap<string, (value: string, group: PodGroup) => boolean> = new Map([
  [
    'statefulset.kubernetes.io/pod-name',
    (value: string, { kind, name }: PodGroup) =>
      kind === 'StatefulSet' && value.startsWith(`${name}-`) && /^\d+$/.test(value.slice(name.length + 1)),
  ],
  [
    'apps.kubernetes.io/pod-index',
    (value: string, { kind }: PodGroup) => kind === 'StatefulSet' && /^\d+$/.test(value),
  ],
  ['batch.kubernetes.io/job-name', isJobName],
  ['job-name', isJobName],
  ['batch.kubernetes.io/controller-uid', (_value: string, { kind }: PodGroup) => isJob(kind)],
  ['controller-uid', (_value: string, { kind }: PodGroup) => isJob(kind)],
  [
    'pod-template-hash',
    (_value: string, { kind }: PodGroup) => kind === 'Deployment' || kind === 'ReplicaSet',
  ],
  [
    'controller-revision-hash',
    (_value: string, { kind }: PodGroup) => kind === 'StatefulSet' || kind === 'DaemonSet',
  ],
]);

function isJob(kind: string): boolean {
  return kind === 'Job' || kind === 'CronJob';
}

function isJobName(value: string, { kind, name }: PodGroup): boolean {
  return kind === 'Job' ? value === name : kind === 'CronJob' && value.startsWith(`${name}-`);
}

/** Does the selector select pods of the group, with the labels that their controller adds? */
function selects({ matchLabels, matchExpressions }: LabelSelector, group: PodGroup): boolean {
  for (const [key, value] of matchLabels) {
    const own = group.labels.get(key);
    if (own === value) continue;
    if (own !== undefined || CONTROLLER_LABELS.get(key)?.(value, group) !== true) return false;
  }
  return matchExpressions.every((requirement) => requirementHolds(requirement, group.labels));
}

function writtenGroup(candidate: Candidate): PodGroup {
  const { kind, namespace, name, origin, template } = candidate;
  return {
    ...candidate,
    subject: { kind, namespace, name, origin },
    spec: template.spec,
    ports: declaredPorts(template.spec),
  };
}

/** Pods that every cluster has: those of its DNS. */
function impliedGroups(pods: readonly Pod[]): readonly PodGroup[] {
  const groups = new Map<string, PodGroup>();
  for (const { origin, namespace, name, workload, labels, spec, ports } of pods) {
    if (origin !== undefined) continue;
    const { kind, name: owner } = workload ?? { kind: 'Pod', name };
    const key = `${namespace}/${kind}/${owner}`;
    const replicas = (groups.get(key)?.replicas ?? 0) + 1;
    const subject = { kind, namespace, name: owner };
    const template = { labels, annotations: new Map(), spec, path: [] };
    const own = { ownSelector: labels, templatePath: [], template };
    groups.set(key, { ...subject, subject, labels, replicas, spec, ports, ...own });
  }
  return [...groups.values()];
}

function pairKey(namespace: string, key: string, value: string): string {
  return `${namespace}\n${key}\n${value}`;
}
