/** The runner as scripts call it: lines, counts and exit codes. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** 1/n as iptables-save prints it: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go computeProbability. */
const PROBABILITIES = {
  format: 'k8snet-kube-proxy-vectors/1',
  vectors: [
    { id: 'right', kind: 'probability', cases: [2, 4].map((n) => ({ n, expect: (1 / n).toFixed(10) })) },
    { id: 'wrong', kind: 'probability', cases: [{ n: 2, expect: '0.4000000000' }] },
    { id: 'later', kind: 'new', cases: [{}, {}, {}] },
  ],
};

const REQUESTS = [
  { id: 'deny/all', manifests: [], requests: [{ expect: 'deny' }, { expect: 'deny' }] },
  { id: 'deny/one', manifests: [], requests: [{ expect: 'deny' }] },
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8snet-vectors-'));
  writeFileSync(join(folder, 'probabilities.json'), JSON.stringify(PROBABILITIES));
  writeFileSync(join(folder, 'requests.json'), JSON.stringify(REQUESTS));
  writeFileSync(join(folder, 'unknown.json'), '{"cases": []}');
  writeFileSync(join(folder, 'broken.json'), '{');
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the runner with paths relative to the folder, as npm does: from the repository, INIT_CWD naming the folder. */
function vectors(...names: string[]): { status: number | null; stdout: string; stderr: string } {
  const argv = ['scripts/run-ts.mjs', 'test/vectors/main.ts', ...names];
  const env = { ...process.env, INIT_CWD: folder };
  return spawnSync(process.execPath, argv, { encoding: 'utf8', env, cwd: resolve('.') });
}

test('a failing expectation is named, a skipped case counts its rows', () => {
  const { status, stdout } = vectors('probabilities.json');
  expect(stdout.split('\n')).toEqual([
    'FAIL probabilities.json#wrong 1/2: expected text "0.4000000000", got text "0.5000000000"',
    'SKIP probabilities.json#later (3): no case of the kind new is modelled yet',
    '2 passed, 1 failed, 3 skipped',
    '',
  ]);
  expect(status).toBe(1);
});

test.each([
  { name: 'unknown.json', message: 'unknown.json: not the shape of any family of conformance files' },
  { name: 'broken.json', message: 'broken.json: not JSON: ' },
  { name: 'missing.json', message: 'missing.json: cannot be read: ENOENT' },
])('$name is refused', ({ name, message }) => {
  const { status, stdout, stderr } = vectors('requests.json', name);
  expect(stdout).toBe('');
  expect(stderr.startsWith(message)).toBe(true);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
