/** Timing on noisy machines: what is compared takes turns, and medians are compared. */

import { spawnSync } from 'node:child_process';
import type { Goal } from './goals.ts';

/** Something to measure: returns when it is done. */
export interface Subject {
  readonly name: string;
  /** What an issue asks of its time. */
  readonly goal?: Goal;
  run(): void;
}

export interface Timing {
  readonly name: string;
  readonly goal?: Goal;
  /** Milliseconds. */
  readonly median: number;
  /** Median distance from the median, as a part of it: what a difference must exceed to mean something. */
  readonly noise: number;
}

/** Times the subjects in turns; after one turn that does not count, if there are several. */
export function takeTurns(subjects: readonly Subject[], rounds: number): readonly Timing[] {
  const times = subjects.map((): number[] => []);
  if (rounds > 1) for (const subject of subjects) subject.run();
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) times[index]?.push(timeOf(subject.run));
  }
  return subjects.map(({ name, goal }, index) => timing(name, times[index] ?? [], goal));
}

/** Milliseconds of one call. */
export function timeOf(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The figures of some measurements, in milliseconds. */
export function timing(name: string, times: readonly number[], goal?: Goal): Timing {
  const middle = median(times);
  const noise = median(times.map((time) => Math.abs(time - middle))) / middle;
  return { name, median: middle, noise, ...(goal === undefined ? {} : { goal }) };
}

/** The median of calls after as many that do not count. `ask` is told the number of the call. */
export function warm(
  name: string,
  ask: (call: number) => void,
  { calls = 100, goal }: { readonly calls?: number; readonly goal?: Goal } = {},
): Timing {
  const times = Array.from({ length: 2 * calls }, (_, call) => timeOf(() => ask(call))).slice(calls);
  return timing(`${name}, ${calls} warm calls`, times, goal);
}

/** A Node process that does nothing: what every start costs. */
export const BARE = nodeProcess('node -e 0', ['-e', '0']);

let bare: Timing | undefined;

/** What that process takes here: measured once, so ask before there is much in memory, which makes starts slow. */
export function bareNode(): Timing {
  bare ??= takeTurns([BARE], 9)[0];
  return bare as Timing;
}

/** A Node process as a subject. One that cannot answer (exit code above 1) is not measured. */
export function nodeProcess(name: string, argv: readonly string[]): Subject {
  return {
    name,
    run: () => {
      const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 2 ** 28 });
      if (status === null || status > 1) throw new Error(`${name}: exit ${status}: ${stderr}`);
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
