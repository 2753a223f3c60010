import { expect, test } from 'vitest';
import { present } from '../../src/collections/present.ts';

test('a field without a value is not there; null, 0 and the empty text are values', () => {
  const fields: { readonly a: number; readonly b: string | undefined; readonly c: null; readonly d: string } =
    {
      a: 0,
      b: undefined,
      c: null,
      d: '',
    };
  const found: { readonly a: number; readonly b?: string } = present(fields);
  expect(Object.entries(found)).toEqual([
    ['a', 0],
    ['c', null],
    ['d', ''],
  ]);
});
