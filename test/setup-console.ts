/** A test that writes to the console fails: nothing but the command line talks to a terminal, and only through its Io. */

import { afterEach, beforeEach, expect } from 'vitest';

const METHODS = ['debug', 'dir', 'error', 'info', 'log', 'table', 'trace', 'warn'] as const;
// biome-ignore lint/suspicious/noConsole: to watch it
const original = Object.fromEntries(METHODS.map((method) => [method, console[method]]));
let written: string[] = [];

beforeEach(() => {
  written = [];
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) =>
      void written.push(`console.${method}: ${values.map(String).join(' ')}`);
  }
});

afterEach(() => {
  Object.assign(console, original);
  expect(written, 'a test wrote to the console').toEqual([]);
});
