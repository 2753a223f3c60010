/** `check` beside the load alone: of about a thousand objects, and of the medium cluster. */

import { checkManifests, readCheckSettings } from '../src/index.ts';
import { asYaml, clusterObjects } from './generate.ts';
import { atMost, timesAtMost } from './goals.ts';
import { file, load } from './load.ts';
import { takeTurns } from './measure.ts';
import { print, printGoal, printTimings } from './report.ts';
import { type Manifest, namespaceOf, SHAPES } from './shapes.ts';

export function checks(): void {
  const medium = clusterObjects(SHAPES.medium);
  const some = new Set(Array.from({ length: 22 }, (_, index) => namespaceOf(SHAPES.medium, index)));
  const part = medium.filter(({ metadata }) =>
    some.has((metadata as { readonly namespace?: string }).namespace ?? ''),
  );
  const small = checked(part);
  printGoal(timesAtMost(2.5, 'the load'), small.both / small.load);
  const large = checked(medium);
  printGoal(atMost(1000), large.both - large.load);
}

/** Milliseconds of the load alone, and with the check. */
function checked(objects: readonly Manifest[]): { readonly load: number; readonly both: number } {
  const files = [file(asYaml(objects))];
  let found = 0;
  const check = () => {
    const snapshot = load(files);
    const { findings } = checkManifests(snapshot, readCheckSettings(snapshot.profile));
    found = findings.length;
  };
  const timings = takeTurns(
    [
      { name: 'load alone', run: () => void load(files) },
      { name: 'load and check', run: check },
    ],
    3,
  );
  print(`check: ${objects.length} objects, ${found} findings`);
  printTimings(timings);
  const [alone = Number.NaN, both = Number.NaN] = timings.map(({ median }) => median);
  return { load: alone, both };
}
