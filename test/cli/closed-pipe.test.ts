/** The real program in a real pipe. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderWith } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'k8snet-bundle-'));
const program = join(folder, 'k8snet.cjs');

beforeAll(() => {
  const define = { __K8SNET_VERSION__: '"0.0.0"' };
  const entryPoints = ['src/cli/main.ts'];
  buildSync({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'cjs', define });
});
afterAll(() => rmSync(folder, { recursive: true }));

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: x}]}\n';

/** Runs a shell line in which $K8SNET is the program. */
function shell(line: string, cwd: string): { code: number | null; out: string; err: string } {
  const K8SNET = `${process.execPath} ${program}`;
  const env = { ...process.env, K8SNET };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

test('a reader that has left is no error: silence, and the exit code of the answer', () => {
  const cwd = folderWith({ 'a.yaml': POD });
  const line = 'exec 3>&1; { $K8SNET trace web web:80 -v; echo "code $?" >&3; } | true';
  expect(shell(line, cwd)).toEqual({ code: 0, out: 'code 0\n', err: '' });
});

test('standard input in a pipe, the answer in another', () => {
  const cwd = folderWith({ 'sub/a.yaml': POD });
  const line = 'cat sub/a.yaml | $K8SNET trace web web:80 -f - -o json | grep -c \'"result": "reachable"\'';
  expect(shell(line, cwd)).toEqual({ code: 0, out: '1\n', err: '' });
});

test('an answer that is larger than a pipe holds arrives whole', () => {
  const names = Array.from({ length: 40 }, (_, index) => `api-${index}`);
  const pods = names.map((name) => POD.replace('{name: web}', `{name: ${name}, labels: {app: api}}`));
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}, ports: [{port: 80}]}\n';
  const cwd = folderWith({ 'k8s/a.yaml': [POD, service, ...pods].join('---\n') });
  const command = '$K8SNET trace web svc/api -f k8s -o json';
  const { code, out, err } = shell(
    `${command} > all; ${command} | (sleep 0.3; cmp - all) && wc -c < all`,
    cwd,
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(Number(out)).toBeGreaterThan(65536);
});

test.skipIf(process.platform !== 'linux')('an answer that cannot be written is an error', () => {
  const cwd = folderWith({ 'a.yaml': POD });
  const { code, err } = shell('$K8SNET trace web web:80 > /dev/full', cwd);
  expect(code).toBe(2);
  expect(err).toMatch(/^error: cannot write the answer: ENOSPC.*\n$/);
});
