/** Timing on noisy machines: what is compared takes turns, and medians are compared. */

import { spawnSync } from 'node:child_process';

/** Something to measure: returns when it is done. */
export interface Subject {
  readonly name: string;
  run(): void;
}

export interface Timing {
  readonly name: string;
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
  return subjects.map(({ name }, index) => timing(name, times[index] ?? []));
}

/** Milliseconds of one call. */
export function timeOf(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The figures of some measurements, in milliseconds. */
export function timing(name: string, times: readonly number[]): Timing {
  const middle = median(times);
  return { name, median: middle, noise: median(times.map((time) => Math.abs(time - middle))) / middle };
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

/** One line a subject: its time, its ratio to the first one, and the noise. */
export function printTimings(timings: readonly Timing[]): void {
  const base = timings[0]?.median ?? Number.NaN;
  for (const { name, median: time, noise } of timings) {
    const ratio = `${(time / base).toFixed(2)} x`;
    print(`  ${name.padEnd(66)} ${shown(time).padStart(9)} ms ${ratio.padStart(9)}   ± ${percent(noise)}`);
  }
}

/** A line of the report. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function shown(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 10 ? 2 : 0);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
