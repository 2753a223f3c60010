/** `explain WORD` knows every kind and every CNI that docs/kinds.md and docs/cnis.md list, and says the same. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cniWords } from '../../src/query/catalogue/cnis.ts';
import { kindWords } from '../../src/query/catalogue/kinds.ts';
import { explainWord } from '../../src/query/explain-word.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isClosedAnswer } = publishedSchema('explain-word');
const ROW = /^\| (\w+) \| ([^|]*) \|/;

test('every kind of docs/kinds.md has its page, with the versions or groups', () => {
  const rows = readFileSync('docs/kinds.md', 'utf8')
    .split('\n')
    .flatMap((line) => ROW.exec(line)?.slice(1) ?? [])
    .flatMap((cell, index, all) => (index % 2 === 0 && cell !== 'kind' ? [[cell, all[index + 1]]] : []));
  expect(rows.length).toBeGreaterThan(40);
  const words = kindWords();
  for (const [kind = '', groups = ''] of rows) {
    const answer = explainWord(kind, words);
    expect(problems(isClosedAnswer, answer)).toEqual([]);
    const texts = answer.entries.flatMap(({ notes }) => notes.map(({ text }) => text)).join(' ');
    for (const part of groups.trim().split(', ')) expect(texts, kind).toContain(part);
  }
});

test('every CNI of docs/cnis.md has its page, with all backends and options', () => {
  const page = readFileSync('docs/cnis.md', 'utf8');
  const sections = page.split(/^## /m).slice(1);
  const words = cniWords();
  const names = sections.map((text) => text.slice(0, text.indexOf('\n')));
  for (const [index, name] of names.entries()) {
    if (['Not modelled', 'Presets'].includes(name)) continue;
    const answer = explainWord(name, words);
    expect(problems(isClosedAnswer, answer)).toEqual([]);
    const told = JSON.stringify(answer.entries);
    const rows = sections[index]?.match(/^\| [\w-]+ \|/gm) ?? [];
    for (const row of rows.map((each) => each.slice(2, -2))) {
      if (row !== 'backend' && row !== 'option') expect(told, `${name} ${row}`).toContain(row);
    }
  }
  expect(explainWord('weave', words).entries[0]?.means).toContain('not modelled');
});
