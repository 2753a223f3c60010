/** The exact matrix, as blocks: rows of both directions, and how they meet. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Snapshot } from '../src/index.ts';
import { type PolicyMatrix, policyMatrix } from '../src/policy/matrix/matrix.ts';
import { atMost, bytesAtMost, type Goal, megabytes, timesAtMost } from './goals.ts';
import { loadShape } from './load.ts';
import { takeTurns, timeOf, timing } from './measure.ts';
import { print, printGoal, printTimings } from './report.ts';
import { SHAPES, type Shape } from './shapes.ts';

/** Of the largest clusters a few tell enough. */
const WARM_CALLS: Readonly<Partial<Record<Shape['name'], number>>> = { large: 3, worst: 3 };

/** A goal in milliseconds is the median of warm calls; one in seconds holds for the first, which compiles the policies. */
const WARM_GOALS: Readonly<Partial<Record<Shape['name'], Goal>>> = { medium: atMost(150) };
const FIRST_GOALS: Readonly<Partial<Record<Shape['name'], Goal>>> = {
  large: atMost(2000),
  worst: atMost(15_000),
};

/** Bytes that the matrix of the largest cluster may add to what is loaded. */
const MEMORY_GOAL = bytesAtMost(500e6);

/** The first matrix, which compiles the policies, what it adds to the loaded cluster, and later ones. */
export function measureMatrix({ name }: Shape, snapshot: Snapshot): void {
  const before = memory();
  let made: Made | undefined;
  const first = timeOf(() => {
    made = make(snapshot);
  });
  const peak = process.memoryUsage().rss - before.rss;
  const kept = memory().heapUsed - before.heapUsed;
  const sizes = `${made?.matrix.universe.hostsAt} classes, ${made?.matrix.work.rows} rows, ${made?.blocks} blocks`;
  const times = Array.from({ length: WARM_CALLS[name] ?? 20 }, () => timeOf(() => void make(snapshot)));
  printTimings([
    timing(`first matrix: ${sizes}`, [first], FIRST_GOALS[name]),
    timing('matrix, warm', times, WARM_GOALS[name]),
  ]);
  print(
    `  it keeps ${megabytes(kept)}; the process grew by ${megabytes(Math.max(peak, kept))} while it was made`,
  );
  if (name === 'large') printGoal(MEMORY_GOAL, Math.max(peak, kept));
}

/** Twice the pods of the same classes. */
export function doubling(): void {
  const { medium } = SHAPES;
  const subjects = [1, 2].map((times) => {
    const replicas = times * medium.replicas;
    const snapshot = loadShape({ ...medium, replicas });
    const { universe } = make(snapshot).matrix;
    return {
      name: `matrix: ${medium.workloads * replicas} pods of ${universe.hostsAt} classes`,
      run: () => void make(snapshot),
      ...(times === 1 ? {} : { goal: timesAtMost(2.2) }),
    };
  });
  print('doubling the pods of medium');
  printTimings(takeTurns(subjects, 9));
}

interface Made {
  readonly matrix: PolicyMatrix;
  readonly blocks: number;
}

function make({ cluster, policies: index }: Snapshot): Made {
  const matrix = policyMatrix({
    cluster,
    pods: cluster.pods,
    index,
    settings: index.settings,
    family: 4,
    hostNetwork: 'nodes',
  });
  let blocks = 0;
  for (const _ of matrix.blocks()) blocks++;
  return { matrix, blocks };
}

/** What is in use once all is collected that nobody holds. */
function memory(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage();
}
