/** Many files of one object each. */

import { asYaml, clusterObjects } from './generate.ts';
import { bytesAtMost, megabytes } from './goals.ts';
import { load } from './load.ts';
import { timeOf } from './measure.ts';
import { print, printGoal } from './report.ts';
import { SHAPES } from './shapes.ts';

const OBJECTS = 35_000;

export function smallObjects(): void {
  const objects = clusterObjects(SHAPES.large).slice(0, OBJECTS);
  const files = objects.map((object, index) => ({ name: `${index}.yaml`, text: asYaml([object]) }));
  const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
  print(`small-objects: ${objects.length} files, ${megabytes(bytes)} of YAML`);
  const time = timeOf(() => load(files));
  const most = process.resourceUsage().maxRSS * 1024;
  print(`  loaded in ${(time / 1000).toFixed(1)} s, at most ${megabytes(most)} of memory`);
  printGoal(bytesAtMost(1e9), most);
}
