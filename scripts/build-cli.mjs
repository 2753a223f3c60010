// The command line as one minified CommonJS file: it starts faster than modules (docs/adr/0002-one-bundle.md).
// It takes its place in one step: npx builds a linked package anew, perhaps while another k8snet runs.

import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, ROOT } from './bundle.mjs';

const outfile = join(ROOT, 'build', `k8snet-${process.pid}.cjs`);
const alias = { yaml: './scripts/lazy-yaml.mjs' };
bundle({ entry: 'src/cli/main.ts', outfile, minify: true, alias });
mkdirSync(join(ROOT, 'dist'), { recursive: true });
renameSync(outfile, join(ROOT, 'dist', 'k8snet.cjs'));
