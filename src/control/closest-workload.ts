/** The workload that a selector may have meant: the one whose pods' labels come nearest to it. */

import { indexOwners, WORKLOAD_KINDS } from '../cluster/owners.ts';
import { compareText } from '../collections/order.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { PodTemplate } from '../k8s/kinds/pod-spec.ts';
import type { Labels, ObjectMeta } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { SourceRef } from '../source/ref.ts';

/** What makes pods, or a Pod itself. */
export interface Candidate {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** Labels that the workload's own selector asks for: its template cannot lose them. */
  readonly ownSelector: Labels;
  readonly replicas: number;
  readonly template: PodTemplate;
  readonly templatePath: PodTemplate['path'];
  readonly origin: SourceRef;
}

export interface Closest<Labelled = Candidate> {
  readonly candidate: Labelled;
  /** Pairs of the selector that the labels lack, with the pair that comes nearest, if any does. */
  readonly missing: readonly MissingPair[];
}

export interface MissingPair {
  readonly key: string;
  readonly value: string;
  /** What the workload has instead: another value, or the same value under another key. */
  readonly instead?: { readonly key: string; readonly value: string };
}

const KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Pod',
] as const;

/** Workloads and Pods of the input that nothing of the input controls, in the order of kinds and names. */
export function selectorCandidates(objects: ObjectSet): readonly Candidate[] {
  const { has } = indexOwners(objects);
  const isMade = ({ namespace, owners }: ObjectMeta) =>
    owners.some(({ controller, kind, name }) => {
      const known = WORKLOAD_KINDS.find((each) => each === kind);
      return controller && known !== undefined && has(namespace, { kind: known, name });
    });
  return KINDS.flatMap((kind) =>
    objects
      .ofKind(kind)
      .filter(({ metadata }) => !isMade(metadata))
      .map(({ metadata, body, origin }) => ({
        kind,
        name: metadata.name,
        namespace: metadata.namespace,
        labels: body.template.labels,
        ownSelector: ('selector' in body ? body.selector?.matchLabels : undefined) ?? new Map(),
        replicas: 'replicas' in body ? body.replicas : 1,
        template: body.template,
        templatePath: body.template.path,
        origin,
      }))
      .sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name)),
  );
}

/**
 * The candidate that shares most with the selector; undefined when none comes half the way.
 * A pair that the labels have counts 1, one of a similar value or under a similar key a half.
 */
export function closestCandidate<Labelled extends { readonly labels: Labels }>(
  selector: Labels,
  candidates: readonly Labelled[],
): Closest<Labelled> | undefined {
  let best: Closest<Labelled> | undefined;
  let most = 0;
  const enough = selector.size / 2;
  for (const candidate of candidates) {
    const missing = missingPairs(selector, candidate.labels);
    const similar = missing.filter(({ instead }) => instead !== undefined).length;
    const score = selector.size - missing.length + similar / 2;
    if (score < enough || score <= most) continue;
    best = { candidate, missing };
    most = score;
  }
  return best;
}

function missingPairs(selector: Labels, labels: Labels): readonly MissingPair[] {
  return [...selector]
    .filter(([key, value]) => labels.get(key) !== value)
    .map(([key, value]) => {
      const instead = similarPair({ key, value }, labels);
      return { key, value, ...(instead === undefined ? {} : { instead }) };
    });
}

function similarPair(
  { key, value }: { readonly key: string; readonly value: string },
  labels: Labels,
): MissingPair['instead'] {
  const other = labels.get(key);
  if (other !== undefined && isSimilar(value, other)) return { key, value: other };
  for (const [otherKey, otherValue] of labels) if (otherValue === value) return { key: otherKey, value };
  return undefined;
}

/** `api` and `api-server`, in either order, or a slip of the hand. */
function isSimilar(a: string, b: string): boolean {
  return nearest(a, [b], 1).length > 0 || nearest(b, [a], 1).length > 0;
}
