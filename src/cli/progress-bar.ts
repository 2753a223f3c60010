/** A bar on the error stream for work that takes long, where a terminal shows it. */

import type { Io } from './io.ts';

export interface ProgressBar {
  /** Says how far the work is. */
  show(done: number, total: number): void;
  /** Takes the bar away. */
  clear(): void;
}

/** Work that ends sooner gets no bar. Milliseconds. */
const PATIENCE = 1000;
const BETWEEN = 100;
const CELLS = 30;

/** @param now milliseconds of a clock. */
export function progressBar({ stderr, err }: Pick<Io, 'stderr' | 'err'>, now: () => number): ProgressBar {
  const start = now();
  let last = start + PATIENCE - BETWEEN;
  let isShown = false;
  return {
    show(done, total) {
      if (!stderr.isTty || now() - last < BETWEEN) return;
      last = now();
      isShown = true;
      const part = total === 0 ? 1 : done / total;
      const filled = Math.round(part * CELLS);
      err(`\r[${'#'.repeat(filled)}${'-'.repeat(CELLS - filled)}] ${Math.floor(part * 100)} %`);
    },
    clear() {
      if (isShown) err(`\r${' '.repeat(CELLS + 8)}\r`);
    },
  };
}
