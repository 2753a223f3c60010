import { expect, test } from 'vitest';
import { FORMATS } from '../../src/render/formats.ts';
import { answer, noEndpoints, view } from './answers.ts';

test('every format loads the renderer of its name; text is the first', async () => {
  const loaded = await Promise.all(FORMATS.map((format) => format.load()));
  expect(loaded.map((renderer) => renderer.format)).toEqual(['text', 'json', 'jsonl']);
  expect(FORMATS.map((format) => format.name)).toEqual(['text', 'json', 'jsonl']);
});

test.each(['json', 'jsonl'])('%s is the answer itself', async (name) => {
  const renderer = await FORMATS.find((format) => format.name === name)?.load();
  const text = renderer?.render(noEndpoints(), view()) ?? '';
  expect(JSON.parse(text)).toEqual(noEndpoints());
  expect(text.endsWith('}\n')).toBe(true);
  expect(text.split('\n').length === 2).toBe(name === 'jsonl');
});

test('json is indented by two', async () => {
  const renderer = await FORMATS.find((format) => format.name === 'json')?.load();
  expect(renderer?.render(answer({}), view()).split('\n').slice(0, 2)).toEqual([
    '{',
    '  "schema": "k8snet/trace/1",',
  ]);
});
