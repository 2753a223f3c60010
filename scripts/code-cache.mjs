// `node scripts/code-cache.mjs BUNDLE OUTFILE`: what V8 makes of the bundle, for bin/start.js. Some commands are run, so
// that the functions that they need are compiled and kept; the others are compiled when they are called, as ever.

import { readFileSync, writeFileSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { ROOT } from './bundle.mjs';

const MANIFESTS = join(ROOT, 'fixtures', 'trace', 'shop', 'manifests');
const COMMANDS = [
  ['trace', 'shop/web', 'svc/api', '-f', MANIFESTS],
  ['trace', 'shop/web', 'svc/api-wrong-label', '-f', MANIFESTS],
  ['explain', 'cluster', '-f', MANIFESTS],
  ['--help'],
];

const [bundle = '', outfile = ''] = process.argv.slice(2);
const script = new Script(nodeModule.wrap(readFileSync(bundle, 'latin1')), { filename: bundle });
const run = script.runInThisContext();
process.stdout.write = process.stderr.write = () => true;
for (const command of COMMANDS) {
  process.argv = [process.execPath, bundle, ...command];
  process.exitCode = undefined;
  run({}, createRequire(bundle), { exports: {} }, bundle, dirname(bundle));
  while (process.exitCode === undefined) await new Promise(setImmediate);
}
writeFileSync(outfile, script.createCachedData());
process.exitCode = 0;
