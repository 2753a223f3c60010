/** The formats of the matrix, of fixtures: golden files. */

import { describe, expect, test } from 'vitest';
import { matrixQuestion } from '../../src/query/matrix/matrix.ts';
import { MATRIX_FORMATS } from '../../src/render/formats.ts';
import type { View } from '../../src/render/renderer.ts';
import { snapshotOf } from '../query/ask.ts';

const VIEW: View = { width: 80, color: 0, unicode: true, level: 'default' };
const TEXTS = MATRIX_FORMATS.filter(({ name }) => !name.startsWith('json'));

describe.each(TEXTS)('$name', ({ name, load }) => {
  test.each(['allow-frontend', 'own-node'])('of the fixture %s', async (fixture) => {
    const answer = matrixQuestion(snapshotOf(fixture), { exposure: true });
    const text = (await load()).render(answer, VIEW);
    await expect(text).toMatchFileSnapshot(`../../fixtures/${fixture}/expected.matrix.${name}.txt`);
  });
});
