// The command line as one minified CommonJS file: it starts faster than modules (docs/adr/0002-one-bundle.md), and
// fastest with what V8 made of it before (docs/adr/0005-code-cache.md).
// Files take their places in one step: npx builds a linked package anew, perhaps while another k8snet runs.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, ROOT } from './bundle.mjs';

const dist = join(ROOT, 'dist');
const outfile = join(ROOT, 'build', `k8snet-${process.pid}.cjs`);
const alias = { yaml: './scripts/lazy-yaml.mjs', 'node:child_process': './scripts/no-child-process.mjs' };
bundle({ entry: 'src/cli/main.ts', outfile, minify: true, alias });
// The last line names the build; a cache of another one is not for this bundle (V8 itself compares lengths only).
const build = createHash('sha256').update(readFileSync(outfile)).digest('hex').slice(0, 16);
appendFileSync(outfile, `//${build}\n`);
mkdirSync(dist, { recursive: true });
keepCompiled();
renameSync(outfile, join(dist, 'k8snet.cjs'));

/** Makes the code cache of this Node. Without one k8snet works, and starts a little later. */
function keepCompiled() {
  const { version, platform, arch } = process;
  const name = `k8snet-${build}-${version}-${platform}-${arch}.cache`;
  const compiler = join(ROOT, 'scripts', 'code-cache.mjs');
  const { status } = spawnSync(process.execPath, [compiler, outfile, `${outfile}.cache`], {
    stdio: 'inherit',
  });
  for (const file of readdirSync(dist))
    if (/^k8snet-.*\.cache$/.test(file)) rmSync(join(dist, file), { force: true });
  if (status === 0) renameSync(`${outfile}.cache`, join(dist, name));
}
