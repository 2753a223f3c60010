/** Reads label selectors as objects write them. */

import {
  type Fields,
  readEnum,
  readMapping,
  readMappings,
  readStringMap,
  readStrings,
  requireString,
} from './fields.ts';
import type { LabelSelector, SelectorOperator, SelectorRequirement } from './selector.ts';

const OPERATORS: readonly SelectorOperator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A metav1.LabelSelector; undefined when the field is absent. */
export function readSelector(fields: Fields, key: string): LabelSelector | undefined {
  const selector = readMapping(fields, key);
  if (selector === undefined) return undefined;
  return {
    matchLabels: readStringMap(selector, 'matchLabels'),
    matchExpressions: readMappings(selector, 'matchExpressions').flatMap(readRequirement),
  };
}

function readRequirement(fields: Fields): readonly SelectorRequirement[] {
  const key = requireString(fields, 'key');
  const operator = readEnum(fields, 'operator', OPERATORS);
  if (key === undefined || operator === undefined) return [];
  return [{ key, operator, values: readStrings(fields, 'values') }];
}
