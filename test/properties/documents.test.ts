import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain, read } from '../source/read.ts';

/** Texts of the characters that mean something to YAML. */
const yamlish = fc.string({
  unit: fc.constantFrom(
    ...'-:{}[],&*!|>\'"%@#?~<. \t\n\r',
    'a',
    '0',
    '---\n',
    '\n...\n',
    '\uFEFF',
    '{{',
    'é',
  ),
  maxLength: 60,
});

test('no text makes reading throw, and what cannot be read is reported once', () => {
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), (text) => {
      const source = read(text);
      let end = 0;
      for (const document of source.documents) {
        expect(document.span.start).toBeGreaterThanOrEqual(end);
        end = document.span.end;
        const before = source.problems.length;
        const { value } = document;
        const errors = source.problems.slice(before).filter(({ severity }) => severity === 'error');
        expect(errors.length).toBe(value === undefined ? 1 : 0);
        const { start, end: last } = document.locate(['a', 0, 'b']);
        expect(start).toBeGreaterThanOrEqual(document.span.start);
        expect(last).toBeLessThanOrEqual(end);
      }
    }),
    { numRuns: 500 },
  );
});

test('a JSON text has the value that JSON.parse gives it, read as JSON and read as YAML', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const expected = plain(JSON.parse(text));
      expect(read(text).values()).toEqual([expected]);
      expect(read(`${text} # so this is not JSON`).values()).toEqual([expected]);
    }),
    { numRuns: 200 },
  );
});

test('every field of a JSON text is where its text says the same', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const text = JSON.stringify(value, null, 2);
      for (const source of [text, `${text} # not JSON`]) {
        const document = read(source).documents[0];
        for (const key of Object.keys(value)) {
          const span = document?.locate([key], 'value');
          expect(plain(JSON.parse(source.slice(span?.start, span?.end)))).toEqual(
            plain(JSON.parse(JSON.stringify(value[key]))),
          );
        }
      }
    }),
    { numRuns: 200 },
  );
});
