/** The command line in process, on manifests in a folder of its own. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandEntry } from '../../src/cli/command.ts';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import type { TraceAnswer } from '../../src/query/answer.ts';
import { fakeIo, folderWith } from './fake-io.ts';

const CLIENT = `apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: c, image: x}]}
`;
const SERVER = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: x, ports: [{containerPort: 8080}]}]}
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: shop
spec:
  selector:
    app: api
  ports:
  - port: 80
    targetPort: 8080
`;
const SHOP = { 'k8s/client.yaml': CLIENT, 'k8s/api.yaml': `${SERVER}---\n${SERVICE}` };
const BROKEN_SELECTOR = {
  ...SHOP,
  'k8s/api.yaml': `${SERVER}---\n${SERVICE.replace('    app: api', '    app: apy')}`,
};

/** Runs `k8snet …` in a folder with these files. */
async function k8snet(files: Readonly<Record<string, string>>, command: string, changes: Partial<Io> = {}) {
  const io = fakeIo(command.split(' '), { cwd: folderWith(files), ...changes });
  const code = await run(io);
  return { code, ...io.written };
}

test('a packet that arrives: the answer on stdout, nothing on stderr, 0', async () => {
  const { code, out, err } = await k8snet(SHOP, 'trace shop/client shop/svc/api:80');
  expect(out.split('\n')[0]).toBe('shop/client → shop/svc/api:80   reachable   connected, 1 backend');
  expect(out).not.toContain('\u001b');
  expect(err).toBe('');
  expect(code).toBe(0);
});

test('a Service without endpoints: 1, with the line that is wrong', async () => {
  const { code, out } = await k8snet(BROKEN_SELECTOR, 'trace shop/client shop/svc/api:80');
  expect(code).toBe(1);
  expect(out).toContain('no endpoints   connection refused\n');
  expect(out).toMatch(/ {2}k8s\/api\.yaml:18:\d+ +api +selector/);
  expect(out).toContain('│     app: apy\n');
});

test.each([
  { expected: 'no-endpoints', code: 0 },
  { expected: 'unreachable', code: 0 },
  { expected: 'refused', code: 0 },
  { expected: 'timeout', code: 1 },
])('--expect $expected exits $code, and -q prints nothing', async ({ expected, code }) => {
  const command = `trace shop/client shop/svc/api:80 -q --expect ${expected}`;
  expect(await k8snet(BROKEN_SELECTOR, command)).toEqual({ code, out: '', err: '' });
});

test('a URL alone is asked from the internet; anything else needs both ends', async () => {
  const url = await k8snet(SHOP, 'trace http://10.0.0.11:30080/ --brief');
  expect(url.out).toMatch(/^internet → http:\/\/10\.0\.0\.11:30080\/ /);
  expect(await k8snet(SHOP, 'trace svc/api')).toEqual({
    code: 2,
    out: '',
    err: "error: missing required argument 'to'\n",
  });
});

test('a word that nothing can be is a usage error, found before anything is read', async () => {
  const { code, out, err } = await k8snet({}, 'trace a b --expect conected');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe(
    'error: --expect conected: no result, disposition or symptom has that name\n  candidate: connected\n',
  );
});

test('-o json and jsonl hold the same answer', async () => {
  const question = 'trace shop/client shop/svc/api:80 -o';
  const json = await k8snet(SHOP, `${question} json`);
  const lines = await k8snet(SHOP, `${question} jsonl`);
  const answer = JSON.parse(json.out) as TraceAnswer;
  expect(answer).toMatchObject({ schema: 'k8snet/trace/1', result: 'reachable' });
  expect(lines.out).toBe(`${JSON.stringify(answer)}\n`);
});

test('a reference that fits nothing: the candidates, 2', async () => {
  const { code, out, err } = await k8snet(SHOP, 'trace shop/client shop/svc/apo:80');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: .*apo/);
  expect(err).toContain('shop/svc/api');
});

test('what is wrong with the input goes to stderr, and the rest is used', async () => {
  const files = { ...SHOP, 'k8s/broken.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: [\n' };
  const { code, out, err } = await k8snet(files, 'trace shop/client shop/svc/api:80');
  expect(code).toBe(0);
  expect(out).toContain('reachable');
  expect(err).toMatch(/^k8s\/broken\.yaml:\d+:\d+ {2}error {2}yaml-syntax {2}/);
  const quiet = await k8snet(files, 'trace shop/client shop/svc/api:80 -q');
  expect(quiet).toEqual({ code: 0, out: '', err: '' });
});

test('it is also told when the question cannot be asked', async () => {
  const files = { ...SHOP, 'k8s/broken.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: [\n' };
  const { code, err } = await k8snet(files, 'trace shop/nobody shop/svc/api:80');
  expect(code).toBe(2);
  expect(err.indexOf('yaml-syntax')).toBeGreaterThan(0);
  expect(err.indexOf('error: no pod')).toBeGreaterThan(err.indexOf('yaml-syntax'));
});

test('an empty folder says what was looked for', async () => {
  const { code, out, err } = await k8snet({ 'notes.md': 'x', 'values.yaml': 'a: 1\n' }, 'trace a b');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe(
    [
      'error: found no Pod, workload, Service or Node to trace through',
      '  looked in . (in folders for .yaml, .yml, .json)',
      '  found 1 file, 0 with an apiVersion',
      '  say where the manifests are: -f PATH, or manifests: in k8snet.yaml',
      '',
    ].join('\n'),
  );
});

test('objects of other kinds alone are named', async () => {
  const { code, err } = await k8snet({ 'a.yaml': 'apiVersion: example.com/v1\nkind: Widget\n' }, 'trace a b');
  expect(code).toBe(2);
  expect(err).toContain('  found 1 file, 1 with an apiVersion; 1 object of other kinds: Widget\n');
});

test.each([
  { command: 'trace a b -f gone', err: 'error: no such file or folder: gone\n' },
  { command: 'trace a b --profile gone.yaml', err: 'error: no such profile: gone.yaml\n' },
])('$command is a usage error', async ({ command, err }) => {
  expect(await k8snet({}, command)).toEqual({ code: 2, out: '', err });
});

test('manifests on standard input', async () => {
  const text = `${CLIENT}---\n${SERVER}---\n${SERVICE}`;
  const { code, out } = await k8snet({}, 'trace shop/client shop/svc/api:80 -f -', {
    readStdin: async () => text,
  });
  expect(code).toBe(0);
  expect(out).toContain('reachable');
});

test('the profile of the folder says where the manifests are, also from beside it', async () => {
  const profile = 'apiVersion: k8snet.dev/v1\nkind: Profile\nnamespace: shop\nmanifests: [k8s]\n';
  const noise = { 'other/x.yaml': 'apiVersion: v1\nkind: [\n' };
  const here = await k8snet({ ...SHOP, ...noise, 'k8snet.yaml': profile }, 'trace client svc/api');
  expect(here).toMatchObject({ code: 0, err: '' });
  const moved = Object.fromEntries(Object.entries(SHOP).map(([name, text]) => [`app/${name}`, text]));
  const files = { ...moved, ...noise, 'app/p.yaml': profile };
  const beside = await k8snet(files, 'trace client svc/api --profile app/p.yaml');
  expect(beside).toMatchObject({ code: 0, err: '' });
});

test.each([
  {
    command: 'trace shop/client shop/svc/api --set proxyy.mode=x',
    place: '--set',
    help: 'did you mean proxy?',
  },
  { command: 'trace shop/client shop/svc/api --proxy iptable', place: '--proxy', help: 'iptables' },
])('a profile that means something else is not answered: $command', async ({ command, place, help }) => {
  const { code, out, err } = await k8snet(SHOP, command);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.startsWith(`${place}  error  profile-invalid  `)).toBe(true);
  expect(err).toContain(help);
  expect((await k8snet(SHOP, `${command} -q`)).err).toBe(err);
});

test('a terminal has its width and colours, up to 100 columns', async () => {
  const folder = folderWith(SHOP);
  const wide = { isTty: true, columns: 200 };
  const argv = ['trace', 'shop/client', 'shop/svc/api:80'];
  const io = fakeIo(argv, { cwd: folder, stdout: wide, env: { TERM: 'xterm' } });
  await run(io);
  expect(io.written.out).toContain('\u001b[32mreachable\u001b[39m');
  const plain = fakeIo(argv, { cwd: folder, stdout: wide, env: { TERM: 'xterm', NO_COLOR: '1' } });
  await run(plain);
  expect(plain.written.out).not.toContain('\u001b');
  const widest = Math.max(...plain.written.out.split('\n').map((line) => line.length));
  expect(widest).toBeGreaterThan(80);
  expect(widest).toBeLessThanOrEqual(100);
});

test('--ascii', async () => {
  const { out } = await k8snet(SHOP, 'trace shop/client shop/svc/api:80 --ascii -v');
  expect(out).toMatch(/^[\x20-\x7e\n]+$/);
});

test('the same input gives the same bytes, wherever the folder stands', async () => {
  const command = 'trace shop/client shop/svc/api:80 -v';
  const [first, second] = [await k8snet(SHOP, command), await k8snet(SHOP, command)];
  expect(first).toEqual(second);
});

test('a bug is called one, with its stage and without a stack', async () => {
  const broken: CommandEntry = {
    name: 'trace',
    summary: '',
    load: async () => ({
      description: '',
      arguments: [{ name: '[words...]', text: '' }],
      options: [],
      help: '',
      run: async (_io, _parsed, { enter }) => {
        enter('reading manifests');
        throw new TypeError('x is not a function');
      },
    }),
  };
  const cwd = folderWith(SHOP);
  const io = fakeIo(['trace', 'a', 'b'], { cwd });
  expect(await run(io, [broken])).toBe(2);
  expect(io.written.out).toBe('');
  expect(io.written.err).toContain('this is a bug in k8snet');
  expect(io.written.err).toContain('while reading manifests: x is not a function');
  expect(io.written.err).not.toContain('run.test.ts');
  const debug = fakeIo(['trace', 'a', 'b'], { cwd, env: { K8SNET_DEBUG: '1' } });
  await run(debug, [broken]);
  expect(debug.written.err).toContain('run.test.ts');
});

test('a folder named like a manifest is a folder', async () => {
  const cwd = folderWith(SHOP);
  mkdirSync(join(cwd, 'k8s', 'odd.yaml'));
  const io = fakeIo(['trace', 'shop/client', 'shop/svc/api:80'], { cwd });
  expect(await run(io)).toBe(0);
});
