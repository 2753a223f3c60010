/** Every rule's own examples: the bad one has a finding of it, the good one none. */

import { describe, expect, test } from 'vitest';
import type { RuleExample } from '../../src/checks/rule.ts';
import { RULES } from '../../src/checks/rules.ts';
import { problems, publishedSchema } from '../query/published-schema.ts';
import { check } from './check-text.ts';

const { isClosedAnswer } = publishedSchema('check');

describe.each(RULES)('$name', (rule) => {
  const answerTo = ({ manifests, set = [] }: RuleExample) =>
    check(manifests, { set: [...set, `check.rules.${rule.name}=on`] });
  const own = (example: RuleExample) => answerTo(example).findings.filter((each) => each.rule === rule.name);

  test('its bad example has a finding, at a line of the file', () => {
    const [finding] = own(rule.examples.bad);
    expect(finding).toBeDefined();
    expect(finding?.file).toBe('in.yaml');
    expect(finding?.message).toContain(finding?.object ?? '');
    expect(problems(isClosedAnswer, answerTo(rule.examples.bad))).toEqual([]);
  });

  test('its good example has none', () => {
    expect(own(rule.examples.good)).toEqual([]);
  });

  test('it is told in whole sentences', () => {
    expect([rule.what, rule.why].filter((text) => !/^[A-Z].*\.$/s.test(text))).toEqual([]);
    expect(rule.fix).toMatch(/^[a-z].*[^.]$/s);
    expect(rule.name).toMatch(/^[a-z]+(-[a-z][a-z0-9]*)+$/);
  });
});

test('no two rules have the same name', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
});
