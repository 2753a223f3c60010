// Runs a TypeScript program of this repository: `node scripts/run-ts.mjs FILE [ARGUMENT…]`.
// Node 20 cannot run TypeScript, so the program is bundled to build/ first; several may run at once.

import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { bundle, ROOT } from './bundle.mjs';

const [entry, ...rest] = process.argv.slice(2);
const outfile = join(ROOT, 'build', `${basename(entry, '.ts')}-${process.pid}.cjs`);
bundle({ entry, outfile });
process.argv = [process.execPath, outfile, ...rest];
process.setSourceMapsEnabled(true);
try {
  createRequire(import.meta.url)(outfile);
} finally {
  rmSync(outfile);
}
