/** Label selectors (apimachinery: pkg/apis/meta/v1/helpers.go LabelSelectorAsSelector). */

import type { Labels } from './object.ts';

export type SelectorOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

export interface SelectorRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly SelectorRequirement[];
}

/** Do the labels hold every wanted pair? An empty map matches everything. */
export function labelsMatch(wanted: Labels, labels: Labels): boolean {
  for (const [key, value] of wanted) if (labels.get(key) !== value) return false;
  return true;
}

/** Does the selector select an object with these labels? An empty selector selects everything. */
export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  if (!labelsMatch(selector.matchLabels, labels)) return false;
  return selector.matchExpressions.every((requirement) => requirementHolds(requirement, labels));
}

/** Does one requirement hold for these labels? */
export function requirementHolds(requirement: SelectorRequirement, labels: Labels): boolean {
  const value = labels.get(requirement.key);
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value);
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
