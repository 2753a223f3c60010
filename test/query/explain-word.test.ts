/** The catalogue: every word of an answer has a page, and docs/dispositions.md says the same. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DIAGNOSTIC_CODES } from '../../src/diagnostics/codes.ts';
import { ASSUMPTION_PAGES } from '../../src/query/catalogue/assumptions.ts';
import { DISPOSITION_PAGES } from '../../src/query/catalogue/dispositions.ts';
import { REASON_PAGES } from '../../src/query/catalogue/reasons.ts';
import { STEP_PAGES } from '../../src/query/catalogue/steps.ts';
import { RESULT_PAGES, SYMPTOM_PAGES } from '../../src/query/catalogue/symptoms.ts';
import { explainedWords, explainWord, type WordSort } from '../../src/query/explain-word.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { verbOf } from '../../src/render/text/words.ts';
import { DISPOSITIONS, isSuccess, symptomOf } from '../../src/trace/disposition.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isClosedAnswer } = publishedSchema('explain-word');

test.each(explainedWords())('%s has a page that fits the schema', (word) => {
  const answer = explainWord(word);
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  for (const { means, notes } of answer.entries) {
    expect(means).not.toBe('');
    expect(notes.filter(({ text }) => text === '' || text === undefined)).toEqual([]);
  }
});

test.each<{ word: string; sorts: readonly WordSort[] }>([
  { word: 'reachable', sorts: ['result'] },
  { word: 'no-endpoints', sorts: ['disposition'] },
  { word: 'name-not-found', sorts: ['disposition', 'symptom', 'diagnostic'] },
  { word: 'no-such-service', sorts: ['reason', 'diagnostic'] },
  { word: 'timeout', sorts: ['symptom'] },
  { word: 'http-404', sorts: ['symptom'] },
  { word: 'translate', sorts: ['step'] },
  { word: 'masquerade', sorts: ['step'] },
  { word: 'a_cni', sorts: ['assumption'] },
  { word: 'yaml-syntax', sorts: ['diagnostic'] },
])('$word', ({ word, sorts }) => {
  expect(explainWord(word).entries.map(({ sort }) => sort)).toEqual(sorts);
});

test('every code of a diagnostic has advice', () => {
  for (const code of Object.keys(DIAGNOSTIC_CODES)) {
    const entry = explainWord(code).entries.find(({ sort }) => sort === 'diagnostic');
    expect(entry?.notes[0]?.text, code).toEqual(expect.any(String));
  }
});

test('an unknown word: what may have been meant', () => {
  const ask = () => explainWord('no-endpoint');
  expect(ask).toThrow(UsageError);
  expect(ask).toThrow('nothing to explain is called "no-endpoint"');
  try {
    ask();
  } catch (error) {
    expect((error as UsageError).candidates).toEqual(['no-endpoints']);
  }
});

test.each(DISPOSITIONS)('the symptoms on the page.of %s are those that it gives', (disposition) => {
  const { tcp, udp } = DISPOSITION_PAGES[disposition];
  // A proxy says it by its status.
  if (tcp.startsWith('http-')) expect(symptomOf(disposition, 'tcp', false)).toBe('unknown');
  else expect(tcp).toBe(symptomOf(disposition, 'tcp', false));
  if (udp !== '') expect(udp).toContain(symptomOf(disposition, 'udp', false));
  if (udp !== '') expect(udp).toContain(symptomOf(disposition, 'udp', true));
});

test.each(Object.entries(STEP_PAGES))('%s is printed as its page says', (kind, { verbs }) => {
  expect(verbs).toContain(
    verbOf({ kind: kind as keyof typeof STEP_PAGES, text: '' })
      .replace('filter', 'filter')
      .replace(/^nat$/, verbs[0] ?? ''),
  );
});

describe('docs/dispositions.md', () => {
  const docs = readFileSync('docs/dispositions.md', 'utf8').replaceAll('`', '');

  test.each(DISPOSITIONS)('%s', (disposition) => {
    const { given, tcp, udp } = DISPOSITION_PAGES[disposition];
    const cells = [disposition, isSuccess(disposition) ? 'yes' : '', given, tcp, udp];
    expect(docs).toContain(row(cells));
  });

  test.each(Object.entries(REASON_PAGES))('%s', (reason, { of, means }) => {
    expect(docs).toContain(row([reason, of.join(', '), means]));
  });

  test.each(Object.entries({ ...RESULT_PAGES, ...SYMPTOM_PAGES }))('%s', (word, means) => {
    expect(docs).toContain(row([word, means]));
  });

  test.each(Object.entries(STEP_PAGES))('%s', (kind, { verbs, means, from }) => {
    expect(docs).toContain(row([kind, verbs.join(', '), means, from]));
  });

  test.each(Object.entries(ASSUMPTION_PAGES))('%s', (code, { invented, replacedBy = '–' }) => {
    expect(docs).toContain(row([code, invented, replacedBy]));
  });
});

/** A row of a Markdown table. */
function row(cells: readonly string[]): string {
  return `\n${['', ...cells, '']
    .map((cell) => (cell === '' ? '' : ` ${cell} `))
    .join('|')
    .replaceAll('||', '| |')}\n`;
}
