/** Label selectors as kubectl takes them (`kubectl get -l`). */

import type { LabelSelector, SelectorRequirement, TextOperator } from '../k8s/selector.ts';

/** `app=web,tier in (a,b),!legacy`; empty for a selector of everything. */
export function printSelector({ matchLabels, matchExpressions }: LabelSelector): string {
  return [
    ...[...matchLabels].map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(printRequirement),
  ].join(',');
}

const TEXT_WORDS: Readonly<Record<TextOperator, string>> = {
  Contains: 'contains',
  NotContains: 'without',
  StartsWith: 'starts with',
  NotStartsWith: 'not starting with',
  EndsWith: 'ends with',
  NotEndsWith: 'not ending with',
};

/** One requirement; a value that must be there is `key=value`. */
function printRequirement({ key, operator, values }: SelectorRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return `${key} ${TEXT_WORDS[operator]} ${values[0]}`;
  }
}
