import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

export default defineConfig({
  // What scripts/bundle.mjs writes into the bundle of the command line.
  define: { __K8SNET_VERSION__: JSON.stringify(version) },
  test: {
    reporters: ['default', './test/reporter.ts'],
    setupFiles: ['./test/setup-console.ts', './test/setup-seed.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/kernel/**'],
          // The source is pure: no file leaves anything behind that another could see. Read anew for each file, it
          // would take two thirds of the time.
          isolate: false,
          // Tests of the built command start processes: on a busy machine one takes seconds.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        // One at a time and after all others: they load rules into the kernel and measure what it does.
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
    ],
  },
});
