/** The built program: what each option does to exit code and streams. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'k8snet-built-'));
const program = join(folder, 'k8snet.cjs');

beforeAll(() => {
  const define = { __K8SNET_VERSION__: '"0.0.0"' };
  const entryPoints = ['src/cli/main.ts'];
  buildSync({
    entryPoints,
    outfile: program,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    define,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

function k8snet(command: string) {
  const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...command.split(' ')], {
    env,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

const GOOD = 'trace a1 svc/api -f fixtures/trace/walk-s4/manifests';
const DUMP = '-f fixtures/dns/story/manifests';
const STORY = `--from shop/web ${DUMP}`;
const BAD = 'trace shop/web svc/api-wrong-label -f fixtures/trace/shop/manifests';

test('dns records with nothing to show: exit code 1, and an empty list', () => {
  const result = k8snet(`dns records nothing.example ${DUMP}`);
  expect({ code: result.code, err: result.err }).toEqual({ code: 1, err: '' });
});

describe('exit codes: the answer on stdout, nothing on stderr', () => {
  test.each([
    { command: GOOD, code: 0 },
    { command: `${GOOD} --expect reachable`, code: 0 },
    { command: `${GOOD} --expect accepted`, code: 0 },
    { command: `${GOOD} --expect connected`, code: 0 },
    { command: `${GOOD} --expect no-endpoints`, code: 1 },
    { command: `${GOOD} --expect unreachable`, code: 1 },
    { command: BAD, code: 1 },
    { command: `${BAD} --expect no-endpoints`, code: 0 },
    { command: `${BAD} --expect refused`, code: 0 },
    { command: `${BAD} --expect reachable`, code: 1 },
    { command: `${BAD} --any`, code: 1 },
    { command: `dns lookup api ${STORY}`, code: 0 },
    { command: `dns lookup orders ${STORY}`, code: 0 },
    { command: `dns lookup api ${STORY} -o json`, code: 0 },
    { command: `dns lookup api.shop.svc.cluster.local. --as dig --type A -o dig ${STORY}`, code: 0 },
    { command: `dns lookup apii ${STORY}`, code: 1 },
    { command: `dns lookup api ${STORY} --type TXT`, code: 1 },
    { command: `dns records ${DUMP}`, code: 0 },
    { command: `dns records api.shop ${DUMP} -o json`, code: 0 },
    { command: `dns config shop/web ${DUMP}`, code: 0 },
    { command: `env shop/web ${DUMP}`, code: 0 },
    { command: 'explain -f fixtures/trace/shop/manifests', code: 0 },
    { command: 'explain no-endpoints', code: 0 },
    { command: 'test fixtures/ci/shop/holds.k8snet.yaml', code: 0 },
    { command: 'test fixtures/ci/shop/netassert-v2.yaml -f fixtures/ci/shop/manifests', code: 0 },
    { command: 'test --record -f fixtures/ci/shop/manifests', code: 0 },
    { command: 'diff fixtures/ci/shop/manifests fixtures/ci/shop/manifests', code: 0 },
    { command: 'diff fixtures/ci/shop/manifests fixtures/ci/shop-next/manifests', code: 1 },
    { command: 'diff fixtures/ci/shop/manifests fixtures/ci/shop-next/manifests --fail-on never', code: 0 },
    { command: 'diff HEAD..HEAD -f fixtures/ci/shop/manifests', code: 0 },
    { command: 'check -f fixtures/trace/walk-s4/manifests -o sarif', code: 0 },
    { command: 'check -f fixtures/trace/walk-s4/manifests -o gitlab --fail-on never', code: 0 },
    { command: '--version', code: 0 },
    { command: '--help', code: 0 },
    { command: 'help explain', code: 0 },
  ])('$code: k8snet $command', ({ command, code }) => {
    const result = k8snet(command);
    expect({ code: result.code, err: result.err }).toEqual({ code, err: '' });
    expect(result.out.length).toBeGreaterThan(5);
  });

  test.each([
    { command: `${GOOD} --expect conected`, err: 'error: --expect conected: ' },
    { command: `dns lookup api --from shop/nobody ${DUMP}`, err: 'error: no pod or workload' },
    { command: `dns lookup api --as nslookupp ${STORY}`, err: 'error: ' },
    { command: `dns lookup api --type AAA ${STORY}`, err: 'error: ' },
    { command: `dns lookup ${STORY}`, err: "error: missing required argument 'name'" },
    { command: `dns config shop/nobody ${DUMP}`, err: 'error: no pod' },
    { command: `${GOOD} -q --brief`, err: "error: option '-q, --quiet' cannot be used" },
    { command: 'trace nobody svc/api -f fixtures/trace/walk-s4/manifests', err: 'error: no pod or workload' },
    { command: 'trace a1 -f fixtures/trace/walk-s4/manifests', err: "error: missing required argument 'to'" },
    { command: `${GOOD} --node node-a`, err: 'error: --node says where a packet from outside enters' },
    {
      command: 'trace internet shop/svc/web -f fixtures/trace/from-outside/manifests --node node-x',
      err: 'error: no node fits --node node-x',
    },
    {
      command: 'explain no-endpoint',
      err: 'error: nothing to explain is called "no-endpoint"\n  candidates:\n    no-endpoints\n',
    },
    {
      command: 'test fixtures/ci/shop/nothing.yaml',
      err: 'error: no such test file or folder: fixtures/ci/shop/nothing.yaml\n',
    },
    { command: 'diff no..HEAD -f fixtures', err: 'error: there is no revision no in this repository\n' },
    { command: 'diff fixtures/ci/shop nowhere', err: 'error: no such file or folder: nowhere\n' },
    {
      command: 'check -f fixtures/ci/shop/manifests -o sarf',
      err: 'error: -o sarf: no such format\n  candidate: sarif\n',
    },
    { command: 'explain -f fixtures/render', err: 'error: found no Pod, workload, Service or Node' },
  ])('2, and nothing on stdout: k8snet $command', ({ command, err }) => {
    const result = k8snet(command);
    expect({ code: result.code, out: result.out }).toEqual({ code: 2, out: '' });
    expect(result.err.startsWith(err)).toBe(true);
  });
});

describe('levels and looks', () => {
  test('-q prints nothing', () => {
    expect(k8snet(`${GOOD} -q`)).toEqual({ code: 0, out: '', err: '' });
    expect(k8snet(`${BAD} -q`)).toEqual({ code: 1, out: '', err: '' });
  });

  test('--brief prints line 1', () => {
    expect(k8snet(`${GOOD} --brief`).out).toBe('default/a1 → svc/api   reachable   connected, 1 backend\n');
  });

  test('-v tells more, -vv the rules that did not match', () => {
    const [plain, verbose, rules] = ['', ' -v', ' -vv'].map((level) => k8snet(GOOD + level).out.split('\n'));
    expect(verbose?.length).toBeGreaterThan(plain?.length ?? 0);
    expect(rules?.filter((line) => /^ {15}no {3}-A /.test(line)).length).toBeGreaterThan(3);
    expect(verbose?.filter((line) => /^ {15}no {3}-A /.test(line))).toEqual([]);
  });

  test('--ascii and --color', () => {
    expect(k8snet(`${GOOD} --ascii -vv`).out).toMatch(/^[\x20-\x7e\n]+$/);
    expect(k8snet(`${GOOD} --color always`).out).toContain('\u001b[32mreachable\u001b[39m');
    expect(k8snet(`${GOOD} --color never`).out).toBe(k8snet(GOOD).out);
    expect(k8snet('explain -f fixtures/trace/shop/manifests --ascii').out).toMatch(/^[\x20-\x7e\n]+$/);
  });

  test('-o json and jsonl: one document, one line', () => {
    const answer: unknown = JSON.parse(k8snet(`${GOOD} -o json`).out);
    expect(k8snet(`${GOOD} -o jsonl`).out).toBe(`${JSON.stringify(answer)}\n`);
    const lines = k8snet('explain -f fixtures/trace/shop/manifests -o jsonl').out.split('\n');
    expect(lines.map((line) => line.length > 0)).toEqual([true, false]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ schema: 'k8snet/explain-cluster/1' });
  });

  test('-4 and -6', () => {
    expect(k8snet(`${GOOD} -4 --brief`).out).toBe(k8snet(`${GOOD} --brief`).out);
    expect(k8snet(`${GOOD} -6 --brief`)).toMatchObject({ code: 1 });
  });

  test('--strict refuses where an assumption decides', () => {
    const outside = 'trace shop/web http://nobody.example.com/ -f fixtures/trace/shop/manifests --brief';
    expect(k8snet(outside)).toMatchObject({ code: 1 });
    expect(k8snet(`${outside} --strict`)).toMatchObject({ code: 2 });
    expect(k8snet(`${outside} --strict`).out).toContain('undetermined   rests on an assumption');
  });
});

describe('--node', () => {
  const outside = '-f fixtures/trace/from-outside/manifests --brief';

  test.each([
    { question: 'internet shop/svc/web --node node-a', code: 0 },
    { question: 'http://198.51.100.7/ --node node-b', code: 0 },
    { question: 'internet 198.51.100.8:80 --node node-b', code: 0 },
    { question: 'internet shop/svc/web-local --node node-b', code: 0 },
    { question: 'internet shop/svc/web-local --node node-a --expect no-local-endpoint', code: 0 },
    { question: 'internet shop/svc/web-local --node node-a', code: 1 },
    { question: 'internet node/node-a:30080', code: 0 },
    { question: 'internet node/node-a:30080 --node node-b', code: 2 },
  ])('$question exits $code', ({ question, code }) => {
    expect(k8snet(`trace ${question} ${outside}`).code).toBe(code);
  });

  test('who the server sees depends on the traffic policy', () => {
    const peer = (question: string) => {
      const { out } = k8snet(`trace internet ${question} -f fixtures/trace/from-outside/manifests -o json`);
      const { paths } = JSON.parse(out) as { paths: { serverSees: { peer: string } }[] };
      return paths.map(({ serverSees }) => serverSees.peer);
    };
    expect(peer('shop/svc/web --node node-a')).toEqual(['10.244.1.0']);
    expect(peer('shop/svc/web-local --node node-b')).toEqual(['203.0.113.9']);
  });
});
