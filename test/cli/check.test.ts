/** `k8snet check` in process: streams, exit codes, text. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { fakeIo, folderWith } from './fake-io.ts';

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
    - port: 80
      targetPort: http
`;
const POD = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080, name: web}]}]}
`;
const BROKEN = { 'web.yaml': SERVICE, 'pod.yaml': POD };
const SOUND = { 'web.yaml': SERVICE.replace('targetPort: http', 'targetPort: web'), 'pod.yaml': POD };

async function check(files: Readonly<Record<string, string>>, flags = '', changes: Partial<Io> = {}) {
  const io = fakeIo(['check', ...flags.split(' ').filter((flag) => flag !== '')], {
    cwd: folderWith(files),
    ...changes,
  });
  const code = await run(io);
  return { code, ...io.written };
}

test('an error: 1, with the place first, a code frame and help', async () => {
  const { code, out, err } = await check(BROKEN);
  expect(code).toBe(1);
  expect(err).toBe('');
  await expect(out).toMatchFileSnapshot('../../fixtures/cli/check/expected.txt');
});

test('nothing to say: one line, 0', async () => {
  expect(await check(SOUND)).toEqual({ code: 0, out: 'no findings in 2 objects from 2 files\n', err: '' });
});

test.each([
  ['--fail-on never', 0],
  ['--exit-zero', 0],
  ['-q', 1],
  ['--precision certain --fail-on info', 1],
  ['--set check.rules.service-target-port-missing=off', 0],
  ['--set check.rules.service-target-port-missing=warning', 0],
  ['--set check.rules.service-target-port-missing=warning --fail-on warning', 1],
  ['--set check.failOn=never', 0],
  ['--set check.rules.service-target-port-mising=off', 2],
  ['--set check.rule.x=off', 2],
  ['--fail-on fatal', 2],
])('%s: %i', async (flags, code) => {
  expect((await check(BROKEN, flags)).code).toBe(code);
});

test('half of the input broken: findings for the rest, 2 unless allowed', async () => {
  const files = { ...BROKEN, 'bad.yaml': 'apiVersion: v1\nkind: [\n' };
  const { code, out, err } = await check(files);
  expect(code).toBe(2);
  expect(out).toContain('service-target-port-missing');
  expect(out).toContain('1 document could not be read');
  expect(err).toContain('bad.yaml:');
  expect((await check(files, '--allow-unreadable')).code).toBe(1);
});

test('no object at all: 2, unless allowed', async () => {
  const files = { 'readme.txt': 'nothing' };
  const { code, err } = await check(files);
  expect(code).toBe(2);
  expect(err).toContain('no Kubernetes object found');
  expect((await check(files, '--allow-empty')).code).toBe(0);
});

test('-o json: one document of the schema, empty lists where there is nothing', async () => {
  const { out } = await check(SOUND, '-o json');
  expect(JSON.parse(out)).toMatchObject({ schema: 'k8snet/check/1', findings: [], ignored: [] });
});

test('a baseline: written, then nothing is told, then it is pruned', async () => {
  const cwd = folderWith(BROKEN);
  const step = async (flags: string) => {
    const io = fakeIo(['check', ...flags.split(' ')], { cwd });
    return { code: await run(io), ...io.written };
  };
  expect(await step('--write-baseline')).toMatchObject({
    code: 0,
    err: 'note: wrote 1 finding to .k8snet-baseline.json\n',
  });
  const known = await step('--baseline .k8snet-baseline.json');
  expect(known).toMatchObject({ code: 0, out: 'no findings (1 ignored) in 2 objects from 2 files\n' });
  writeFileSync(join(cwd, 'web.yaml'), SOUND['web.yaml']);
  expect((await step('--baseline .k8snet-baseline.json --prune-baseline')).out).toContain('mended');
  expect(readFileSync(join(cwd, '.k8snet-baseline.json'), 'utf8')).toContain('"findings": []');
  expect((await step('--baseline other.json')).code).toBe(2);
});

test('--fix writes the file and tells how many', async () => {
  const cwd = folderWith(BROKEN);
  const io = fakeIo(['check', '--fix'], { cwd });
  expect(await run(io)).toBe(0);
  expect(io.written.err).toBe('note: mended 1 finding in 1 file\n');
  expect(readFileSync(join(cwd, 'web.yaml'), 'utf8')).toBe(SOUND['web.yaml']);
});

test('--fix of standard input is refused', async () => {
  const io = fakeIo(['check', '--fix', '-f', '-'], { readStdin: async () => `${SERVICE}---\n${POD}` });
  expect(await run(io)).toBe(2);
});
