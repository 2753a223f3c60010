/** What a selector that selects nothing may have meant. */

import { describeClosest, printLabels, selectorCorrection } from '../control/closest-words.ts';
import { closestCandidate } from '../control/closest-workload.ts';
import type { Labels } from '../k8s/object.ts';
import { labelsMatch } from '../k8s/selector.ts';
import type { CheckInput } from './check-input.ts';
import type { Evidence } from './hit.ts';
import type { PodGroup } from './pod-groups.ts';
import { subjectName } from './subject.ts';

export interface NearSelection {
  readonly evidence: readonly Evidence[];
  /** To go on behind the message; empty where nothing is near. */
  readonly words: string;
  readonly help?: string | undefined;
  /** Pods of another namespace have the labels. */
  readonly isElsewhere: boolean;
}

const NOTHING: NearSelection = { evidence: [], words: '', isElsewhere: false };

/** Pods elsewhere that have the labels, else those of the namespaces whose labels come near. */
export function nearSelection(
  { groups }: CheckInput,
  namespaces: readonly string[],
  wanted: Labels,
): NearSelection {
  if (wanted.size === 0) return NOTHING;
  const elsewhere = groups.all.find((group) => labelsMatch(wanted, group.labels));
  if (elsewhere !== undefined && !namespaces.includes(elsewhere.namespace)) {
    return {
      evidence: [closest(elsewhere, `is in namespace ${elsewhere.namespace}`)],
      words: `; ${subjectName(elsewhere.subject)} has, in another namespace`,
      isElsewhere: true,
    };
  }
  const near = closestCandidate(
    wanted,
    namespaces.flatMap((name) => groups.inNamespace(name)),
  );
  if (near === undefined) return NOTHING;
  const words = describeClosest(near);
  return {
    evidence: [closest(near.candidate, `has ${printLabels(near.candidate.labels)}`)],
    words: `; closest is ${words.replace(', ', ' (')})`,
    help: selectorCorrection(near)[0]?.text,
    isElsewhere: false,
  };
}

function closest({ subject, labels, templatePath }: PodGroup, message: string): Evidence {
  const field = labels.size === 0 ? ['metadata'] : ['metadata', 'labels'];
  return { subject, path: [...templatePath, ...field], message, role: 'closest' };
}
