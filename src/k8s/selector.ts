/**
 * Label selectors (apimachinery: pkg/apis/meta/v1/helpers.go LabelSelectorAsSelector), and requirements on the text of
 * a value, which Calico's selectors have besides (projectcalico/calico:libcalico-go/lib/selector/parser/ast.go).
 */

import type { Labels } from './object.ts';

export type SelectorOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | TextOperator;

/** Of one value; the negated ones hold also where the label is not there. */
export type TextOperator =
  | 'Contains'
  | 'NotContains'
  | 'StartsWith'
  | 'NotStartsWith'
  | 'EndsWith'
  | 'NotEndsWith';

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
    default:
      return textHolds(requirement.operator, value, requirement.values[0] ?? '');
  }
}

function textHolds(operator: TextOperator, value: string | undefined, part: string): boolean {
  switch (operator) {
    case 'Contains':
      return value?.includes(part) === true;
    case 'NotContains':
      return value?.includes(part) !== true;
    case 'StartsWith':
      return value?.startsWith(part) === true;
    case 'NotStartsWith':
      return value?.startsWith(part) !== true;
    case 'EndsWith':
      return value?.endsWith(part) === true;
    case 'NotEndsWith':
      return value?.endsWith(part) !== true;
  }
}
