/** The lines of the benchmark. */

import { type Goal, judge } from './goals.ts';
import { bareNode, type Timing } from './measure.ts';

/** One line a subject: its time, its ratio to the first one, and the noise; below it, what is asked of it. */
export function printTimings(timings: readonly Timing[]): void {
  const base = timings[0]?.median ?? Number.NaN;
  for (const { name, median, noise, goal } of timings) {
    const ratio = `${(median / base).toFixed(2)} x`;
    print(`  ${name.padEnd(66)} ${shown(median).padStart(9)} ms ${ratio.padStart(9)}   ± ${percent(noise)}`);
    if (goal !== undefined) printGoal(goal, goal.kind === 'ratio' ? median / base : median);
  }
}

/** What is asked of a figure, and whether it holds. @param figure in the unit of the goal */
export function printGoal(goal: Goal, figure: number): void {
  print(`    ${judge(goal, figure, bareNode().median)}`);
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
