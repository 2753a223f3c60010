// One CommonJS file out of a TypeScript program: for the command line, and for the repository's own programs.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @type {{ version: string }} */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** What stands for a name that the sources only declare. */
export const DEFINED = { __K8SNET_VERSION__: JSON.stringify(version) };

/**
 * @param {{ entry: string, outfile: string, minify?: boolean, alias?: Record<string, string> }} parts paths relative
 * to the repository; `alias`: what takes the place of a package.
 */
export function bundle({ entry, outfile, minify = false, alias = {} }) {
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify,
    sourcemap: minify ? false : 'inline',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
    define: DEFINED,
    alias,
  });
}
