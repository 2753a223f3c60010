/** Near which pods a pod must or would rather run, or far from which: `podAffinity`, `podAntiAffinity`. */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  pickStrings,
  readMapping,
  readMappings,
  readSection,
  readStrings,
  reportRequired,
} from '../fields.ts';
import { readSelector } from '../read-selector.ts';
import type { LabelSelector } from '../selector.ts';
import { readWeight } from './weight.ts';

export interface PodAffinityTerm {
  /** Nodes with the same value of this label are one place. */
  readonly topologyKey: string;
  /** undefined selects no pod. */
  readonly selector?: LabelSelector;
  /** With no namespace and no selector of namespaces: the pod's own. */
  readonly namespaces: readonly string[];
  readonly namespaceSelector?: LabelSelector;
  /** Labels whose value the other pods must share with the pod, or must not. */
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys: readonly string[];
}

export interface PodAffinity {
  readonly required: readonly PodAffinityTerm[];
  readonly preferred: readonly { readonly weight: number; readonly term: PodAffinityTerm }[];
  /** Relative to the object. */
  readonly path: FieldPath;
}

/** Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go validatePodAffinity. */
export function readPodAffinity(
  affinity: Fields,
  key: 'podAffinity' | 'podAntiAffinity',
): PodAffinity | undefined {
  const fields = readMapping(affinity, key);
  if (fields === undefined) return undefined;
  const required = readMappings(fields, 'requiredDuringSchedulingIgnoredDuringExecution');
  const preferred = readMappings(fields, 'preferredDuringSchedulingIgnoredDuringExecution');
  return {
    required: required.flatMap(readTerm),
    preferred: preferred.flatMap((each) => {
      const weight = readWeight(each);
      const terms = readTerm(readSection(each, 'podAffinityTerm'));
      return weight === undefined ? [] : terms.map((term) => ({ weight, term }));
    }),
    path: fields.path,
  };
}

function readTerm(fields: Fields): readonly PodAffinityTerm[] {
  const { topologyKey } = pickStrings(fields, ['topologyKey']);
  if (topologyKey === undefined) {
    reportRequired(fields, 'topologyKey', 'can not be empty');
    return [];
  }
  const selector = readSelector(fields, 'labelSelector');
  const namespaceSelector = readSelector(fields, 'namespaceSelector');
  const term: PodAffinityTerm = {
    topologyKey,
    ...(selector === undefined ? {} : { selector }),
    namespaces: readStrings(fields, 'namespaces'),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    matchLabelKeys: readStrings(fields, 'matchLabelKeys'),
    mismatchLabelKeys: readStrings(fields, 'mismatchLabelKeys'),
  };
  return [term];
}
