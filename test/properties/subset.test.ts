/** Our own reader of manifests against the values that were written, and against the `yaml` package. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitDocuments } from '../../src/source/split.ts';
import { parseSubset } from '../../src/source/subset/parse.ts';
import { compareWithPackage } from '../source/oracle.ts';
import { plain } from '../source/read.ts';

/** A value and one way to write it: what follows `key:` or `-`, with the line end. */
interface Written {
  readonly value: unknown;
  /** @param indent of the lines below. */
  write(indent: string): string;
}

const WORDS = [
  'web',
  'a b',
  'http://x:80',
  'true',
  '017',
  '0x1F',
  'null',
  '1.5',
  '-',
  'x: y',
  '# c',
  'é',
  '',
  'y',
  "it's",
  '{a',
  '%',
  'a  b',
];
const text = fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 8 }));
const ends = fc.constantFrom('\n', '\n# c\n', '\n\n  # c');

/** JSON's strings are double-quoted scalars. */
const doubleQuoted = text.map((value): Written => ({ value, write: () => ` ${JSON.stringify(value)}` }));
const singleQuoted = fc
  .constantFrom(...WORDS)
  .map((value): Written => ({ value, write: () => ` '${value.replaceAll("'", "''")}'` }));
const plainWord = fc.constantFrom<[string, unknown]>(
  ['web', 'web'],
  ['a-b/c:1', 'a-b/c:1'],
  ['80', 80],
  ['yes', true],
  ['~', null],
  ['x # y', 'x'],
  ['a#b c', 'a#b c'],
);
const plainScalar = plainWord.map(([word, value]): Written => ({ value, write: () => ` ${word}` }));
const nothing = fc.constant<Written>({ value: null, write: () => '' });
const lines = fc.array(fc.constantFrom('', 'x', 'y: z', '  inset', '# no comment', '- a'), {
  minLength: 1,
  maxLength: 4,
});
const literal = fc.tuple(lines, fc.constantFrom('', '-')).map(([inner, chomp]): Written => {
  const content = ['first', ...inner, 'last'];
  return {
    value: content.join('\n') + (chomp === '-' ? '' : '\n'),
    write: (indent) =>
      ` |${chomp}${content.map((line) => (line === '' ? '\n' : `\n${indent}  ${line}`)).join('')}`,
  };
});
const folded = fc.array(fc.constantFrom('a', 'b c', 'd'), { minLength: 1, maxLength: 4 }).map(
  (content): Written => ({
    value: content.join(' '),
    write: (indent) => ` ${content.join(`\n${indent} `)}`,
  }),
);
const scalar = fc.oneof(doubleQuoted, singleQuoted, plainScalar, nothing, literal, folded);

const keys = fc.constantFrom('name', 'app.io/x', '"q: r"', "'s t'", 'a b', '__proto__', '90');
const keyText = (key: string) => key.replaceAll(/["']/g, '');
const comment = fc.constantFrom('', '', '', '# c\n', '\n');

const node: fc.Memo<Written> = fc.memo((depth) =>
  depth <= 1 ? scalar : fc.oneof({ weight: 3, arbitrary: scalar }, mapping(depth), list(depth), flow),
);
const entries = (depth: number) =>
  fc.uniqueArray(fc.tuple(keys, node(depth - 1), comment), {
    minLength: 1,
    maxLength: 4,
    selector: ([key]) => keyText(key),
  });
const mapping: fc.Memo<Written> = fc.memo((depth) =>
  fc.tuple(entries(depth), fc.constantFrom(' ', '  ', '    ')).map(
    ([pairs, step]): Written => ({
      value: Object.fromEntries(pairs.map(([key, { value }]) => [keyText(key), value])),
      write: (indent) => {
        const inner = indent + step;
        return pairs
          .map(([key, child, before]) => `\n${before}${inner}${key}:${child.write(inner)}`)
          .join('');
      },
    }),
  ),
);
const list: fc.Memo<Written> = fc.memo((depth) =>
  fc.array(node(depth - 1), { minLength: 1, maxLength: 3 }).map(
    (items): Written => ({
      value: items.map(({ value }) => value),
      write: (indent) => items.map((item) => `\n${indent}  -${item.write(`${indent}  `)}`).join(''),
    }),
  ),
);
const flow = fc
  .dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text)), { maxKeys: 3 })
  .chain((value) =>
    fc.constantFrom(0, 1, 3).map(
      (step): Written => ({
        value,
        write: (indent) => ` ${JSON.stringify(value, null, step).replaceAll('\n', `\n${indent} `)}`,
      }),
    ),
  );

const documents = fc.tuple(mapping(4), ends, fc.boolean()).map(([{ value, write }, end, isWindows]) => {
  const written = `${write('').slice(1)}${end}`;
  return { value, text: isWindows ? written.replaceAll('\n', '\r\n') : written };
});

test('what is written is read, as the package reads it', () => {
  let read = 0;
  fc.assert(
    fc.property(documents, ({ text: source, value }) => {
      const { differences } = compareWithPackage('text', source);
      expect(differences).toEqual([]);
      const [span] = splitDocuments(source);
      const parsed = span === undefined ? undefined : parseSubset(source, span);
      if (parsed === undefined) return;
      read += 1;
      expect(plain(parsed.value)).toEqual(plain(value));
    }),
    { numRuns: 400 },
  );
  expect(read).toBeGreaterThan(300);
});

/** Cuts, copies and marks at any place: most are wrong YAML then, some another document. */
const change = fc.tuple(
  fc.nat(),
  fc.nat(12),
  fc.constantFrom(
    '',
    '\n',
    '  ',
    '\t',
    ': ',
    '- ',
    '"',
    "'",
    '#',
    ' #',
    '|',
    '>-\n',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!',
    '\r',
    '\\',
    '? ',
    '\uFEFF',
    '<<: ',
  ),
);

test('a changed document is left to the package, or read as the package reads it', () => {
  fc.assert(
    fc.property(documents, fc.array(change, { minLength: 1, maxLength: 3 }), ({ text: source }, changes) => {
      let changed = source;
      for (const [place, length, mark] of changes) {
        const at = place % (changed.length + 1);
        changed = changed.slice(0, at) + mark + changed.slice(at + (mark === '' ? length : 0));
      }
      expect(compareWithPackage(JSON.stringify(changed), changed).differences).toEqual([]);
    }),
    { numRuns: 800 },
  );
});
