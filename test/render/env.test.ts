/** `env` as people read it: golden files beside the manifests. */

import { expect, test } from 'vitest';
import { envQuestion } from '../../src/index.ts';
import { envRenderer } from '../../src/render/text/env.ts';
import { snapshotOf } from '../query/ask.ts';

test.each([
  { fixture: 'my-service', pod: 'told', level: 'default' },
  { fixture: 'my-service', pod: 'by-hand', level: 'default' },
  { fixture: 'sources', pod: 'shop/web-0', level: 'default' },
  { fixture: 'sources', pod: 'shop/web-0', level: 'verbose' },
] as const)('$pod of $fixture, $level', async ({ fixture, pod, level }) => {
  const answer = envQuestion(snapshotOf(`env/${fixture}`), { pod });
  const text = envRenderer.render(answer, { width: 80, color: 0, unicode: true, level });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const name = pod.replace('/', '-');
  await expect(text).toMatchFileSnapshot(`../../fixtures/env/${fixture}/expected.${name}.${level}.txt`);
});
