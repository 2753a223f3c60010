/** `k8snet diff` in process: folders, git revisions, exit codes and streams. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { fakeIo, folderWith } from './fake-io.ts';

const SHOP = readFileSync('fixtures/ci/shop/manifests/shop.yaml', 'utf8');
const NEXT = readFileSync('fixtures/ci/shop-next/manifests/shop.yaml', 'utf8');
const IMAGE = SHOP.replace('image: postgres', 'image: postgres:16');

async function k8snet(cwd: string, command: string) {
  const io = fakeIo(command.split(' '), { cwd });
  const code = await run(io);
  return { code, ...io.written };
}

test.each(['a broken', 'broken a'])(
  'diff %s: a side of which nothing can be read is none that lost everything',
  async (sides) => {
    const cwd = folderWith({ 'a/shop.yaml': SHOP, 'broken/x.yaml': 'apiVersion: v1\nkind: [Service\n' });
    const { code, out, err } = await k8snet(cwd, `diff ${sides}`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('broken/x.yaml:');
    expect(err).toContain('nothing of broken could be read');
  },
);

test('what is wrong with a folder is told, the rest is compared', async () => {
  const cwd = folderWith({ 'a/shop.yaml': SHOP, 'b/shop.yaml': SHOP });
  symlinkSync('nowhere', join(cwd, 'b', 'gone.yaml'));
  const { code, err } = await k8snet(cwd, 'diff a b');
  expect(code).toBe(0);
  expect(err).toContain('b/gone.yaml');
});

/** A repository with a commit for each set of files; the last set is not committed. */
function repository(...commits: readonly Readonly<Record<string, string>>[]): string {
  const cwd = folderWith({});
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', cwd, '-c', 'user.name=n', '-c', 'user.email=e', ...args], { stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  for (const [index, files] of commits.entries()) {
    rmSync(join(cwd, 'k8s'), { recursive: true, force: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
    if (index === commits.length - 1) break;
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', `${index}`);
    git('tag', `v${index}`);
  }
  return cwd;
}

test.each([
  { command: 'diff a a', code: 0, first: 'a → a   no difference' },
  { command: 'diff a same', code: 0, first: 'a → same   no difference' },
  { command: 'diff a/shop.yaml b/shop.yaml --fail-on never', code: 0, first: 'a/shop.yaml → b/shop.yaml   ' },
  { command: 'diff a b', code: 1, first: 'a → b   ' },
  { command: 'diff a b --fail-on lost-connections', code: 1, first: 'a → b   ' },
  { command: 'diff a b --fail-on new-exposure,lost-connections', code: 1, first: 'a → b   ' },
  { command: 'diff a b --aspect routes --fail-on lost-connections', code: 0, first: 'a → b   ' },
  { command: 'diff empty a --fail-on lost-connections', code: 0, first: 'empty → a   ' },
])('$code: $command', async ({ command, code, first }) => {
  const cwd = folderWith({
    'a/shop.yaml': SHOP,
    'b/shop.yaml': NEXT,
    'same/x.yaml': IMAGE,
    'empty/readme.yaml': 'nothing: here',
  });
  const result = await k8snet(cwd, command);
  expect({ code: result.code, err: result.err }).toEqual({ code, err: '' });
  expect(result.out.startsWith(first)).toBe(true);
  expect(await k8snet(cwd, `${command} -q`)).toEqual({ code, out: '', err: '' });
});

test.each([
  { command: 'diff a nowhere', err: 'error: no such file or folder: nowhere\n' },
  { command: 'diff - -', err: 'error: only one side can be standard input\n' },
  {
    command: 'diff a empty --aspect route',
    err: 'error: --aspect route: no such word\n  candidates:\n    connections\n',
  },
  {
    command: 'diff a a --fail-on lost',
    err: 'error: --fail-on lost: no such word\n  candidates:\n    any\n',
  },
  { command: 'diff empty empty', err: 'error: no Kubernetes object on either side: empty, empty\n' },
  { command: 'diff main..HEAD -f a', err: 'error: this folder is in no git repository' },
])('2, and nothing on stdout: $command', async ({ command, err }) => {
  const cwd = folderWith({ 'a/shop.yaml': SHOP, 'empty/readme.yaml': 'nothing: here' });
  const result = await k8snet(cwd, command);
  expect({ code: result.code, out: result.out }).toEqual({ code: 2, out: '' });
  expect(result.err.startsWith(err)).toBe(true);
});

test('revisions: a range, one against another, one against the files as they are now', async () => {
  const cwd = repository({ 'k8s/a.yaml': SHOP }, { 'k8s/b.yaml': NEXT }, { 'k8s/b.yaml': SHOP });
  const range = await k8snet(cwd, 'diff v0..v1 -f k8s');
  expect({ code: range.code, err: range.err }).toEqual({ code: 1, err: '' });
  expect(range.out.split('\n')[0]).toMatch(/^v0 → v1 {3}\d+ changes/);
  expect(range.out).toContain('k8s/b.yaml:62:19  service/shop/api changed: spec.ports[0].port');
  expect((await k8snet(cwd, 'diff v0 v1 -f k8s')).out).toBe(range.out);
  expect((await k8snet(cwd, 'diff v0...v1 -f k8s')).out).toBe(range.out);
  // The longer name may break the line elsewhere.
  const words = (text: string) => text.replaceAll(/\s+/g, ' ');
  const open = await k8snet(cwd, 'diff v0.. -f k8s');
  expect(words(open.out)).toBe(words(range.out.replace('v0 → v1', 'v0 → HEAD')));
  const now = await k8snet(cwd, 'diff v0 -f k8s');
  expect(now).toEqual({ code: 0, out: 'v0 → working tree   no difference\n', err: '' });
});

test('revisions of a folder below, with the profile of each', async () => {
  const profile = (cni: string) =>
    `apiVersion: k8snet.dev/v1\nkind: Profile\nmanifests: [k8s]\ncni: {name: ${cni}}\n`;
  const netpol = readFileSync('fixtures/ci/shop/manifests/netpol.yaml', 'utf8');
  const files = { 'sub/k8s/a.yaml': SHOP, 'sub/k8s/n.yaml': netpol };
  const cwd = repository(
    { ...files, 'sub/k8snet.yaml': profile('calico') },
    { ...files, 'sub/k8snet.yaml': profile('flannel') },
    {},
  );
  const { code, out, err } = await k8snet(join(cwd, 'sub'), 'diff v0..v1 --fail-on lost-connections');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  // Plain flannel enforces no policy.
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(/\+ [^~+]* → shop\/sts\/db All/);
});

test('a path that only one revision has; links; names that git quotes', async () => {
  const cwd = repository({ 'other/x.yaml': SHOP }, { 'k8s/ä "b".yaml': SHOP }, { 'k8s/ä "b".yaml': SHOP });
  const added = await k8snet(cwd, 'diff v0..v1 -f k8s --fail-on lost-connections');
  expect({ code: added.code, err: added.err }).toEqual({ code: 0, err: '' });
  expect(added.out).toContain('k8s/ä "b".yaml:6:1  deployment/shop/web added');
  symlinkSync('ä "b".yaml', join(cwd, 'k8s', 'link.yaml'));
  execFileSync('git', ['-C', cwd, 'add', '-A']);
  execFileSync('git', ['-C', cwd, '-c', 'user.name=n', '-c', 'user.email=e', 'commit', '-qm', 'x']);
  expect((await k8snet(cwd, 'diff v1..HEAD -f k8s')).code).toBe(0);
});

test.each([
  { command: 'diff v0..nope -f k8s', err: 'error: there is no revision nope in this repository\n' },
  { command: 'diff nope -f k8s', err: 'error: there is no revision nope in this repository\n' },
  {
    command: 'diff --fail-on any -- --help..v0',
    err: 'error: there is no revision --help in this repository\n',
  },
  { command: 'diff v0..v1 -f nowhere', err: 'error: no such file or folder on either side: nowhere\n' },
  {
    command: 'diff v0 v1',
    err: 'error: no such file or folder: v0 (a revision is asked with: v0..HEAD -f PATH)\n',
  },
])('2: $command', async ({ command, err }) => {
  const cwd = repository({ 'k8s/a.yaml': SHOP }, { 'k8s/a.yaml': NEXT }, {});
  expect(await k8snet(cwd, command)).toEqual({ code: 2, out: '', err });
});

test('a broken document of one side is told, and the rest is compared', async () => {
  const cwd = folderWith({
    'a/shop.yaml': SHOP,
    'b/shop.yaml': `${SHOP}---\napiVersion: v1\nkind: Pod\nmetadata: {name: [`,
  });
  const { code, out, err } = await k8snet(cwd, 'diff a b');
  expect({ code, out }).toEqual({ code: 0, out: 'a → b   no difference\n' });
  expect(err).toMatch(/^b\/shop\.yaml:\d+:\d+ {2}error {2}yaml-syntax/);
});

test('a change that comes from the profile alone names its line', async () => {
  const profile = (cni: string) =>
    `apiVersion: k8snet.dev/v1\nkind: Profile\ncni:\n  name: ${cni}\nproxy: {mode: iptables}\n`;
  const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
`;
  const cwd = folderWith({
    'a/shop.yaml': `${SHOP}\n---\n${POLICY}`,
    'a/k8snet.yaml': profile('calico'),
    'b/shop.yaml': `${SHOP}\n---\n${POLICY}`,
    'b/k8snet.yaml': profile('flannel'),
  });
  const { code, out } = await k8snet(cwd, 'diff a b -o json');
  expect(code).toBe(1);
  const { added, changed, removed, objects } = JSON.parse(out);
  const changes = [...added, ...changed, ...removed];
  expect(objects).toEqual([]);
  expect(changes.length).toBeGreaterThan(0);
  for (const { because, aspect } of changes) {
    if (aspect === 'findings') continue;
    expect(because).toMatchObject([
      { file: 'b/k8snet.yaml', line: 4, object: 'profile', path: 'cni.name', change: 'changed', side: 'new' },
    ]);
  }
  expect((await k8snet(cwd, 'diff a b')).out).toContain('b/k8snet.yaml:4');
});
