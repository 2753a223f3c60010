// `node scripts/try-node.mjs VERSION…`: the tests and the built command on other releases of Node (22, 24.1.0, …).
// npm's package `node` brings the binary; it is kept in npm's cache, not in this repository.

import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { ROOT } from './bundle.mjs';

const versions = process.argv.slice(2);
if (versions.length === 0) throw new Error('usage: node scripts/try-node.mjs VERSION…');
const failed = versions.filter((version) => !passes(version));
process.stdout.write(
  failed.length === 0 ? `passed on ${versions.join(', ')}\n` : `failed on ${failed.join(', ')}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

/** @param {string} version */
function passes(version) {
  const node = nodeOf(version);
  process.stdout.write(`\nNode ${run(node, ['--version'], 'pipe').stdout.trim()}\n`);
  const trace = ['bin/k8snet.js', 'trace', '-f', 'fixtures/trace/walk-s4/manifests', 'a1', 'svc/api'];
  return run(node, trace).status === 0 && run(node, ['node_modules/vitest/vitest.mjs', 'run']).status === 0;
}

/** The path of the binary. @param {string} version */
function nodeOf(version) {
  const asked = ['exec', '--yes', `--package=node@${version}`, '--', 'node', '-p', 'process.execPath'];
  const { status, stdout, stderr } = run('npm', asked, 'pipe');
  if (status !== 0) throw new Error(`no Node ${version}: ${stderr}`);
  return stdout.trim();
}

/**
 * Programs that the tests start as `node` are of that release, too.
 * @param {string} program
 * @param {readonly string[]} argv
 * @param {'inherit' | 'pipe'} stdio
 */
function run(program, argv, stdio = 'inherit') {
  const PATH = program === 'npm' ? process.env.PATH : `${dirname(program)}:${process.env.PATH}`;
  return spawnSync(program, argv, { cwd: ROOT, encoding: 'utf8', stdio, env: { ...process.env, PATH } });
}
