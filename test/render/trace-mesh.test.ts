/** Traces through sidecars as they are printed, at 80 columns: the hops of docs/semantics/istio.md 1.7, and what ends them. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Level } from '../../src/render/renderer.ts';
import { displayWidth } from '../../src/render/text/layout.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';
import { lineText } from '../../src/source/file.ts';
import { ask } from '../query/ask.ts';

interface Golden {
  readonly fixture: 'mesh' | 'ambient' | 'waypoint';
  readonly file: string;
  readonly to: string;
  readonly from?: string;
  readonly level: Level;
}

test.each<Golden>([
  { fixture: 'mesh', file: 'weights', to: 'http://reviews/api/items', level: 'default' },
  { fixture: 'mesh', file: 'weights.v', to: 'http://reviews/api/items', level: 'verbose' },
  { fixture: 'mesh', file: 'no-subset', to: 'http://reviews/v3', level: 'default' },
  { fixture: 'mesh', file: 'no-rule', to: 'http://reviews/nothing', level: 'default' },
  { fixture: 'mesh', file: 'fault', to: 'http://reviews/broken', level: 'default' },
  { fixture: 'mesh', file: 'denied', to: 'http://ratings/', level: 'default' },
  { fixture: 'mesh', file: 'strict', from: 'legacy/old', to: 'http://ratings.shop/', level: 'default' },
  { fixture: 'mesh', file: 'tcp', to: 'svc/db', level: 'default' },
  { fixture: 'ambient', file: 'hbone', to: 'http://reviews/', level: 'default' },
  { fixture: 'ambient', file: 'hbone-denied', to: 'http://ratings/', level: 'default' },
  { fixture: 'ambient', file: 'strict', from: 'legacy/client', to: 'http://details.shop/', level: 'default' },
  { fixture: 'waypoint', file: 'route', to: 'http://reviews/api', level: 'default' },
  { fixture: 'waypoint', file: 'refused', from: 'shop/other', to: 'http://reviews/api', level: 'default' },
])('$fixture $file', async ({ fixture, file, from = 'shop/web', to, level }) => {
  const folder = `fixtures/trace/${fixture}/manifests/`;
  const cni = fixture === 'mesh' ? 'flannel' : 'calico';
  const answer = ask(`trace/${fixture}`, { from, to }, { cni });
  const shortened = JSON.parse(JSON.stringify(answer).replaceAll(folder, '')) as typeof answer;
  const text = traceRenderer.render(shortened, {
    width: 80,
    color: 0,
    unicode: true,
    level,
    readLine: (name, line) => lineText({ name, text: readFileSync(folder + name, 'utf8') }, line),
  });
  const frames = /^ +\d* │/;
  expect(text.split('\n').filter((line) => displayWidth(line) > 80 && !frames.test(line))).toEqual([]);
  await expect(text).toMatchFileSnapshot(`../../fixtures/trace/${fixture}/expected.${file}.txt`);
});
