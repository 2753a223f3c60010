/** Traces through sidecars as they are printed, at 80 columns: the hops of docs/semantics/istio.md 1.7, and what ends them. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Level } from '../../src/render/renderer.ts';
import { displayWidth } from '../../src/render/text/layout.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';
import { lineText } from '../../src/source/file.ts';
import { ask } from '../query/ask.ts';

const FOLDER = 'fixtures/trace/mesh/manifests/';

test.each<{ file: string; to: string; from?: string; level: Level }>([
  { file: 'weights', to: 'http://reviews/api/items', level: 'default' },
  { file: 'weights.v', to: 'http://reviews/api/items', level: 'verbose' },
  { file: 'no-subset', to: 'http://reviews/v3', level: 'default' },
  { file: 'no-rule', to: 'http://reviews/nothing', level: 'default' },
  { file: 'fault', to: 'http://reviews/broken', level: 'default' },
  { file: 'denied', to: 'http://ratings/', level: 'default' },
  { file: 'strict', from: 'legacy/old', to: 'http://ratings.shop/', level: 'default' },
  { file: 'tcp', to: 'svc/db', level: 'default' },
])('$file', async ({ file, from = 'shop/web', to, level }) => {
  const answer = ask('trace/mesh', { from, to }, { cni: 'flannel' });
  const shortened = JSON.parse(JSON.stringify(answer).replaceAll(FOLDER, '')) as typeof answer;
  const text = traceRenderer.render(shortened, {
    width: 80,
    color: 0,
    unicode: true,
    level,
    readLine: (name, line) => lineText({ name, text: readFileSync(FOLDER + name, 'utf8') }, line),
  });
  const frames = /^ +\d* │/;
  expect(text.split('\n').filter((line) => displayWidth(line) > 80 && !frames.test(line))).toEqual([]);
  await expect(text).toMatchFileSnapshot(`../../fixtures/trace/mesh/expected.${file}.txt`);
});
