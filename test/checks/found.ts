/** Findings of one rule, for tests of what it tells apart. */

import { check } from './check-text.ts';

/** The findings of a rule, which is switched on, as `object path`. @param set `KEY=VALUE` of the profile. */
export function found(rule: string, text: string, set: readonly string[] = []): readonly string[] {
  return check(text, { set: [...set, `check.rules.${rule}=on`] })
    .findings.filter((each) => each.rule === rule)
    .map(({ object, path }) => `${object} ${path}`);
}
