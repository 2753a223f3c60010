/** The entry of the bundle. */

import { processIo } from './io.ts';
import { run } from './run.ts';

void run(processIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
