/** docs/checks.md and `explain RULE` say what the code does. */

import { expect, test } from 'vitest';
import { rulesPage } from '../../scripts/rules-page.ts';
import { ruleWords } from '../../src/checks/rule-words.ts';
import { RULES } from '../../src/checks/rules.ts';
import { explainWord } from '../../src/query/explain-word.ts';
import { wordRenderer } from '../../src/render/text/explain-word.ts';
import { problems, publishedSchema } from '../query/published-schema.ts';

test('docs/checks.md is made from the rules', async () => {
  await expect(rulesPage(RULES)).toMatchFileSnapshot('../../docs/checks.md');
});

test('explain RULE prints what, why, fix and the examples', () => {
  const answer = explainWord('service-target-port-missing', ruleWords());
  const text = wordRenderer.render(answer, { width: 80, color: 0, unicode: true, level: 'default' });
  expect(text).toMatch(/^service-target-port-missing {3}rule\n/);
  for (const part of ['  why ', '  fix ', '  severity ', '  bad:', '  good:', 'targetPort: https']) {
    expect(text).toContain(part);
  }
});

test('a word that is a rule and a diagnostic has both pages', () => {
  expect(explainWord('endpoints-port-name', ruleWords()).entries.map(({ sort }) => sort)).toEqual([
    'diagnostic',
    'rule',
  ]);
});

test.each(RULES)('the page of $name fits the schema', ({ name }) => {
  const { isClosedAnswer } = publishedSchema('explain-word');
  expect(problems(isClosedAnswer, explainWord(name, ruleWords()))).toEqual([]);
});
