/** bin/start.js: the bundle runs whatever became of its code cache. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'k8snet-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An installed package with one program, and a code cache of the given bytes under the name that fits it. */
function installed(name: string, program: string, cache?: Buffer): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'dist'), { recursive: true });
  cpSync('bin', join(root, 'bin'), { recursive: true });
  copyFileSync('package.json', join(root, 'package.json'));
  const build = '0123456789abcdef';
  const { version, platform, arch } = process;
  writeFileSync(join(root, 'dist', 'k8snet.cjs'), `${program}\n//${build}\n`);
  if (cache !== undefined) {
    writeFileSync(join(root, 'dist', `k8snet-${build}-${version}-${platform}-${arch}.cache`), cache);
  }
  return join(root, 'bin', 'k8snet.js');
}

function run(bin: string, ...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const PROGRAM = `console.log(require('node:path').basename(__filename), process.argv[2]); process.exitCode = 1;`;
const EXPECTED = { status: 1, stdout: 'k8snet.cjs x\n', stderr: '' };

describe('the program runs', () => {
  test('without a cache', () => {
    expect(run(installed('none', PROGRAM), 'x')).toEqual(EXPECTED);
  });

  test('with a cache that is none', () => {
    expect(run(installed('broken', PROGRAM, Buffer.from('no cache')), 'x')).toEqual(EXPECTED);
  });

  test('with the cache that the build makes', () => {
    const bundle = join(folder, 'bundle.cjs');
    const program = `${PROGRAM}\n//0123456789abcdef\n`;
    writeFileSync(bundle, program);
    const cache = join(folder, 'bundle.cache');
    const made = run('scripts/code-cache.mjs', bundle, cache);
    expect(made).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(run(installed('made', PROGRAM, readFileSync(cache)), 'x')).toEqual(EXPECTED);
  });
});

test('--version loads no program', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(run(installed('version', 'throw new Error()'), '--version').stdout).toBe(`${version}\n`);
});
