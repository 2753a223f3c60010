/** Traces of URLs as they are printed, at 80 columns. The first is the road in through an ingress controller of article example 8. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Level } from '../../src/render/renderer.ts';
import { displayWidth } from '../../src/render/text/layout.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';
import { lineText } from '../../src/source/file.ts';
import { ask } from '../query/ask.ts';

const FOLDER = 'fixtures/trace/shop-ingress/manifests/';

test.each<{ file: string; to: string; from?: string; level: Level }>([
  { file: 'api', to: 'https://shop.example.com/api/items', level: 'default' },
  { file: 'api.v', to: 'https://shop.example.com/api/items', level: 'verbose' },
  { file: 'api.brief', to: 'https://shop.example.com/api/items', level: 'brief' },
  { file: 'inside', from: 'shop/client', to: 'https://shop.example.com/api/items', level: 'default' },
  { file: 'redirect', to: 'http://shop.example.com/api', level: 'default' },
  { file: 'no-path', to: 'https://shop.example.com/nope', level: 'default' },
  { file: 'no-service', to: 'https://shop.example.com/gone', level: 'default' },
  { file: 'denied', to: 'https://office.example.com/admin/users', level: 'default' },
  { file: 'no-class', to: 'https://lost.example.com/', level: 'default' },
])('$file', async ({ file, from = 'internet', to, level }) => {
  const answer = ask('trace/shop-ingress', { from, to }, { cni: 'flannel' });
  const text = traceRenderer.render(shortened(answer), {
    width: 80,
    color: 0,
    unicode: true,
    level,
    readLine: (name, line) => lineText({ name, text: readFileSync(FOLDER + name, 'utf8') }, line),
  });
  const frames = /^ +\d* │/;
  expect(text.split('\n').filter((line) => displayWidth(line) > 80 && !frames.test(line))).toEqual([]);
  await expect(text).toMatchFileSnapshot(`../../fixtures/trace/shop-ingress/expected.${file}.txt`);
});

/** With file names as in the folder of the manifests. */
function shortened<Answer>(answer: Answer): Answer {
  return JSON.parse(JSON.stringify(answer).replaceAll(FOLDER, '')) as Answer;
}
