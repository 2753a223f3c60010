/** `k8snet test` in process: which files are read, with which manifests; exit codes and streams. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { fakeIo, folderWith } from './fake-io.ts';

const SHOP = readFileSync('fixtures/ci/shop/manifests/shop.yaml', 'utf8');
const HEAD = 'apiVersion: k8snet.dev/v1\nkind: Test\n';
const HOLDS = `${HEAD}manifests: k8s\nnamespace: shop\ntests:\n- {from: deploy/web, to: svc/api}\n`;
const FAILS = `${HEAD}manifests: ../k8s\nnamespace: shop\ntests:\n- {from: deploy/web, to: svc/api, expect: timeout}\n`;
const UNKNOWN = `${HEAD}manifests: k8s\ntests:\n- {from: deploy/nobody, to: svc/api}\n`;

async function k8snet(files: Readonly<Record<string, string>>, command: string) {
  const io = fakeIo(command.split(' '), { cwd: folderWith({ 'k8s/shop.yaml': SHOP, ...files }) });
  const code = await run(io);
  return { code, ...io.written };
}

test('every *.k8snet.yaml here and below, each with its own manifests; hidden folders are left out', async () => {
  const files = {
    'a.k8snet.yaml': HOLDS,
    'deep/b.k8snet.yml': FAILS,
    '.git/c.k8snet.yaml': 'not: read',
    'node_modules/x/d.k8snet.yaml': 'not: read',
    'other.yaml': FAILS,
  };
  const { code, out, err } = await k8snet(files, 'test');
  expect(err).toBe('');
  expect(code).toBe(1);
  expect(out.split('\n')[0]).toBe('2 tests in 2 files   1 fails   1 holds');
  expect(out).toContain('✗ deep/b.k8snet.yml:6:3  deploy/web → svc/api\n');
});

test.each([
  { files: { 'a.k8snet.yaml': HOLDS }, command: 'test', code: 0, first: '1 test in 1 file   holds' },
  { files: { 'x/t.yaml': FAILS }, command: 'test x/t.yaml', code: 1, first: '1 test in 1 file   1 fails' },
  {
    files: { 'a.k8snet.yaml': UNKNOWN },
    command: 'test',
    code: 2,
    first: '1 test in 1 file   1 cannot be answered',
  },
  // The command line wins over the file.
  {
    files: { 't.yaml': `${HEAD}manifests: nowhere\ntests:\n- {from: shop/deploy/web, to: shop/svc/api}` },
    command: 'test t.yaml -f k8s',
    code: 0,
    first: '1 test in 1 file   holds',
  },
])('$code: $command, $first', async ({ files, command, code, first }) => {
  const result = await k8snet(files, command);
  expect({ code: result.code, err: result.err }).toEqual({ code, err: '' });
  expect(result.out.split('\n')[0]).toBe(first);
  const quiet = await k8snet(files, `${command} -q`);
  expect(quiet).toEqual({ code, out: '', err: '' });
});

test.each([
  {
    files: {},
    command: 'test',
    err: 'error: no *.k8snet.yaml in .: name a test file, or write one (k8snet test --record)\n',
  },
  { files: {}, command: 'test t.yaml', err: 'error: no such test file or folder: t.yaml\n' },
  {
    files: { 't.yaml': `${HEAD}tests: []` },
    command: 'test t.yaml -f k8s',
    err: 'error: no tests in t.yaml\n',
  },
  {
    files: { 't.yaml': HOLDS.replace(': k8s\n', ': k9s\n') },
    command: 'test t.yaml',
    err: 'error: no such file or folder: k9s\n',
  },
])('2, and nothing on stdout: $command says $err', async ({ files, command, err }) => {
  expect(await k8snet(files, command)).toEqual({ code: 2, out: '', err });
});

test('a file that is partly wrong: its place on stderr, the rest is asked, 2', async () => {
  const broken = HOLDS.replace('tests:\n', 'tests:\n- {form: a, to: b}\n');
  const { code, out, err } = await k8snet({ 'a.k8snet.yaml': broken }, 'test');
  expect(code).toBe(2);
  expect(out.split('\n')[0]).toBe('1 test in 1 file   holds');
  expect(err).toMatch(/^a\.k8snet\.yaml:6:4 {2}error {2}test-invalid {2}tests\[0\]\.form: no such key\n/);
  expect(err).toContain('did you mean from?');
});

test('where nothing can be read, nothing seems to hold', async () => {
  const { code, out, err } = await k8snet({ 'a.k8snet.yaml': 'kind: Test\n' }, 'test');
  expect({ code, out }).toEqual({ code: 2, out: '0 tests in 0 files   nothing was asked\n' });
  expect(err.replaceAll(/\s+/g, ' ')).toContain('apiVersion: Invalid value: "": must be k8snet.dev/v1');
});

test('--record prints a test file that holds', async () => {
  const recorded = await k8snet({}, 'test --record -f k8s');
  expect({ code: recorded.code, err: recorded.err }).toEqual({ code: 0, err: '' });
  const again = await k8snet({ 'r.k8snet.yaml': recorded.out }, 'test -f k8s');
  expect(again.code).toBe(0);
});

test('JUnit and JSON go to stdout alone', async () => {
  const junit = await k8snet({ 'x/t.yaml': FAILS }, 'test x/t.yaml -o junit');
  expect(junit.out).toMatch(
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="k8snet test" tests="1" failures="1" errors="0">/,
  );
  const json = await k8snet({ 'x/t.yaml': FAILS }, 'test x/t.yaml -o json');
  expect(JSON.parse(json.out)).toMatchObject({ schema: 'k8snet/test/1', summary: { failed: 1 } });
});
