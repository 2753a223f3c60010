import { expect, test } from 'vitest';
import { CLUSTER_FORMATS, TRACE_FORMATS, WORD_FORMATS } from '../../src/render/formats.ts';
import { answer, noEndpoints, view } from './answers.ts';

test.each([
  { formats: TRACE_FORMATS, more: ['tcpdump'] },
  { formats: CLUSTER_FORMATS, more: [] },
  { formats: WORD_FORMATS, more: [] },
])('every format loads the renderer of its name; text is the first', async ({ formats, more }) => {
  const loaded = await Promise.all(formats.map((format) => format.load()));
  expect(loaded.map((renderer) => renderer.format)).toEqual(['text', 'json', 'jsonl', ...more]);
  expect(formats.map((format) => format.name)).toEqual(['text', 'json', 'jsonl', ...more]);
});

test.each(['json', 'jsonl'])('%s is the answer itself', async (name) => {
  const renderer = await TRACE_FORMATS.find((format) => format.name === name)?.load();
  const text = renderer?.render(noEndpoints(), view()) ?? '';
  expect(JSON.parse(text)).toEqual(noEndpoints());
  expect(text.endsWith('}\n')).toBe(true);
  expect(text.split('\n').length === 2).toBe(name === 'jsonl');
});

test('json is indented by two', async () => {
  const renderer = await TRACE_FORMATS.find((format) => format.name === 'json')?.load();
  expect(renderer?.render(answer({}), view()).split('\n').slice(0, 2)).toEqual([
    '{',
    '  "schema": "k8snet/trace/1",',
  ]);
});
