/** The completion of each shell, by sourcing it there; the words, by asking for them. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { fakeIo } from './fake-io.ts';

const SHOP = resolve('fixtures/trace/shop');
const folder = mkdtempSync(join(tmpdir(), 'k8snet-completion-'));

beforeAll(() => {
  const define = { __K8SNET_VERSION__: '"0.0.0"' };
  const outfile = join(folder, 'k8snet.cjs');
  buildSync({
    entryPoints: ['src/cli/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define,
  });
  writeFileSync(join(folder, 'k8snet'), `#!/bin/sh\nexec '${process.execPath}' '${outfile}' "$@"\n`);
  chmodSync(join(folder, 'k8snet'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function words(line: string, cwd = SHOP): Promise<readonly string[]> {
  const io = fakeIo(['complete', '--', ...line.split(' ')], { cwd });
  expect(await run(io)).toBe(0);
  expect(io.written.err).toBe('');
  return io.written.out.split('\n').slice(0, -1);
}

test.each([
  {
    line: '',
    found: ['trace', 'dns', 'env', 'explain', 'matrix', 'diff', 'test', 'rules', 'check', 'completion'],
  },
  { line: 'dns ', found: ['lookup', 'records', 'config'] },
  { line: 'dns config --as', found: ['--ascii'] },
  { line: 'dns config shop/d', found: ['shop/deploy/api', 'shop/deploy/web'] },
  { line: 'tr', found: ['trace'] },
  { line: 'trace --no', found: ['--node', '--no-dns'] },
  { line: 'trace --color a', found: ['auto', 'always'] },
  { line: 'trace -f x', found: [] },
  { line: 'trace shop/d', found: ['shop/deploy/api', 'shop/deploy/web'] },
  { line: 'trace shop/deploy/web shop/svc/o', found: ['shop/svc/old-db'] },
  { line: 'explain no-end', found: ['no-endpoints'] },
  { line: 'completion ', found: ['bash', 'zsh', 'fish'] },
  { line: 'nothing x', found: [] },
])('$line: $found', async ({ line, found }) => {
  expect(await words(line)).toEqual(found);
});

test('without manifests there is nothing to say but internet and what every cluster has', async () => {
  expect(await words('trace int', folder)).toEqual(['internet']);
});

/** What the shell prints for a script, with k8snet on its PATH; its errors fail the test. */
function printedBy(shell: string, argv: readonly string[], lines: readonly string[]): readonly string[] {
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder };
  const script = lines.join('\n');
  const { stdout, stderr } = spawnSync(shell, [...argv, script], { cwd: SHOP, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').slice(0, -1);
}

/** Why a test of the shell is skipped; undefined where the shell can be started. */
function missing(shell: string): string | undefined {
  const { error } = spawnSync(shell, ['-c', 'true']);
  return error === undefined ? undefined : `no ${shell} on this machine: install it to try its completion`;
}

test('bash', () => {
  const show = `_k8snet; echo "\${COMPREPLY[*]}"`;
  const found = printedBy(
    'bash',
    ['-c'],
    [
      'source <(k8snet completion bash)',
      `COMP_WORDS=(k8snet trace shop/deploy/w) COMP_CWORD=2; ${show}`,
      `COMP_WORDS=(k8snet trace shop/deploy/web --bri) COMP_CWORD=3; ${show}`,
      'complete -p k8snet',
    ],
  );
  expect(found).toEqual(['shop/deploy/web', '--brief', 'complete -o default -F _k8snet k8snet']);
});

// zsh gives `words` and CURRENT (1 is the command), and takes matches by compadd (zshcompsys(1)).
test('zsh', (context) => {
  const reason = missing('zsh');
  if (reason !== undefined) context.skip(reason);
  const found = printedBy(
    'zsh',
    ['-f', '-c'],
    [
      'autoload -Uz compinit && compinit -u -D',
      'source <(k8snet completion zsh)',
      'compadd() { shift; print -r -- "$*"; }',
      '_files() { print files; }',
      'words=(k8snet trace shop/deploy/w) CURRENT=3; _k8snet',
      'words=(k8snet trace shop/deploy/web --bri) CURRENT=4; _k8snet',
      'words=(k8snet "") CURRENT=2; _k8snet',
      'words=(k8snet trace -f x) CURRENT=4; _k8snet',
      'print -r -- $_comps[k8snet]',
    ],
  );
  expect(found).toEqual([
    'shop/deploy/web',
    '--brief',
    expect.stringMatching(/^trace dns .*completion$/),
    'files',
    '_k8snet',
  ]);
});

test('fish', (context) => {
  const reason = missing('fish');
  if (reason !== undefined) context.skip(reason);
  const found = printedBy(
    'fish',
    ['--no-config', '-c'],
    [
      'k8snet completion fish | source',
      "complete -C 'k8snet trace shop/deploy/w'",
      "complete -C 'k8snet trace shop/deploy/web --bri'",
      "complete -C 'k8snet tr'",
    ],
  );
  expect(found).toEqual(['shop/deploy/web', '--brief', 'trace']);
});
