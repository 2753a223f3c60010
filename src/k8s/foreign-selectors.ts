/**
 * Selectors of kinds that are not modelled, read only as far as to say which pods an object may touch.
 * What is written in a way that is not read here is `unknown`: it may select any pod.
 */

import { isMapping } from '../source/document.ts';
import type { LabelSelector, SelectorOperator, SelectorRequirement } from './selector.ts';

export type MaybeSelector = LabelSelector | 'unknown';

/** Selects every pod. */
export const EVERY_POD: LabelSelector = { matchLabels: new Map(), matchExpressions: [] };

const OPERATORS: readonly SelectorOperator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A metav1.LabelSelector as it is written; an absent one selects every pod. */
export function labelSelectorFrom(raw: unknown): MaybeSelector {
  if (raw === undefined || raw === null) return EVERY_POD;
  if (!isMapping(raw)) return 'unknown';
  const labels = Object.entries(isMapping(raw['matchLabels']) ? raw['matchLabels'] : {});
  const expressions: readonly unknown[] = Array.isArray(raw['matchExpressions'])
    ? raw['matchExpressions']
    : [];
  if (labels.some(([, value]) => isCollection(value))) return 'unknown';
  const matchExpressions = expressions.flatMap((each) => requirementFrom(each) ?? []);
  if (matchExpressions.length < expressions.length) return 'unknown';
  return { matchLabels: new Map(labels.map(([key, value]) => [key, String(value ?? '')])), matchExpressions };
}

function requirementFrom(raw: unknown): SelectorRequirement | undefined {
  if (!isMapping(raw)) return undefined;
  const key = raw['key'];
  const values: readonly unknown[] = Array.isArray(raw['values']) ? raw['values'] : [];
  const operator = OPERATORS.find((each) => each === raw['operator']);
  if (typeof key !== 'string' || operator === undefined || values.some(isCollection)) return undefined;
  return { key, operator, values: values.map(String) };
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
