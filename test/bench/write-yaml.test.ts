/** The benchmark measures files that say what its objects say: a broken one would be read in another way. */

import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinition } from '../../bench/crds.ts';
import { asYaml, clusterObjects } from '../../bench/generate.ts';
import { xorshift } from '../../bench/random.ts';
import { SHAPES } from '../../bench/shapes.ts';

test('every object is a document of its own, with every value', () => {
  const random = xorshift(7);
  const definitions = [0, 1].map((index) => customResourceDefinition(index, random));
  const objects = [...definitions, ...clusterObjects(SHAPES.shop)];
  const documents = parseAllDocuments(asYaml(objects));
  expect('empty' in documents ? [] : documents.flatMap(({ errors }) => errors)).toEqual([]);
  expect(documents.map((document) => document.toJS())).toEqual(objects);
});
