/** Output of any size goes out in chunks: neither the whole text nor all its lines are ever in memory. */

import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writeLines } from '../../src/cli/io.ts';

const LINES = 50_000;
const LINE = 'x'.repeat(99);
/** 64 KiB, and the line that fills it. */
const MOST = 2 ** 16 + LINE.length + 1;

test('each chunk is on its way before the lines of the next one are made', async () => {
  let made = 0;
  let bytes = 0;
  const chunks: number[] = [];
  const ahead: number[] = [];
  function* lines() {
    for (; made < LINES; made++) yield LINE;
  }
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk.length);
      bytes += chunk.length;
      ahead.push((made + 1) * (LINE.length + 1) - bytes);
      setImmediate(done);
    },
  });
  await writeLines(stream, lines());
  expect(bytes).toBe(LINES * (LINE.length + 1));
  expect(Math.max(...chunks)).toBeLessThanOrEqual(MOST);
  expect(chunks.length).toBeLessThanOrEqual(Math.ceil(bytes / 2 ** 16) + 1);
  expect(Math.max(...ahead)).toBeLessThanOrEqual(LINE.length + 1);
});

test('a reader that has gone is written nothing more', async () => {
  let made = 0;
  function* lines() {
    for (; made < LINES; made++) yield LINE;
  }
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  stream.on('error', () => undefined);
  await writeLines(stream, lines());
  expect(made).toBeLessThan(MOST / LINE.length);
});
