/** What is published: the package's content, and that it runs alone; the action, the GitLab template and the hooks, step by step. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve('.');
/** The repository as somebody has it who ran `npm ci`: what is built is only the command line. */
let built = '';

beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'k8snet-ship-'));
  for (const name of ['bin', 'schema', 'package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    cpSync(join(ROOT, name), join(built, name), { recursive: true });
  const define = { __K8SNET_VERSION__: '"0.0.0"' };
  const outfile = join(built, 'dist', 'k8snet.cjs');
  const alias = { 'node:child_process': './scripts/no-child-process.mjs' };
  buildSync({
    entryPoints: ['src/cli/main.ts'],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    define,
    alias,
  });
  writeFileSync(join(built, 'dist', 'k8snet-x-v20.0.0-linux-x64.cache'), 'what V8 made on this machine');
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

const SHOP = join(ROOT, 'fixtures/ci/shop/manifests');
const BROKEN = `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { selector: { app: api }, ports: [{ port: 80, targetPort: web }] }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop, labels: { app: api } }
spec: { containers: [{ name: api, image: x, ports: [{ name: http, containerPort: 8080 }] }] }
`;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'k8snet-ship-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A repository whose second commit breaks the Service of the first. */
function repository(): string {
  const cwd = folder();
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', cwd, '-c', 'user.name=n', '-c', 'user.email=e', ...args], { stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  mkdirSync(join(cwd, 'k8s'));
  writeFileSync(join(cwd, 'k8s/a.yaml'), BROKEN.replace('targetPort: web', 'targetPort: http'));
  git('add', '-A');
  git('commit', '-qm', 'good');
  git('checkout', '-qb', 'change');
  writeFileSync(join(cwd, 'k8s/a.yaml'), BROKEN);
  git('commit', '-qam', 'bad');
  return cwd;
}

describe('the package', () => {
  test('holds what it needs and nothing else', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: built,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ files }] = JSON.parse(listed) as [{ readonly files: readonly { readonly path: string }[] }];
    const paths = files.map(({ path }) => path).sort();
    const schemas = readdirSync('schema').map((name) => `schema/${name}`);
    expect(paths).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'bin/k8snet.js',
        'bin/package.json',
        'bin/start.js',
        'dist/k8snet.cjs',
        'package.json',
        ...schemas,
      ].sort(),
    );
  });

  test('its command runs in an empty folder, without any other package', () => {
    const cwd = folder();
    const args = ['pack', '--ignore-scripts', '--pack-destination', cwd, '--silent'];
    const name = execFileSync('npm', args, { cwd: built, encoding: 'utf8' }).trim();
    execFileSync('tar', ['xzf', name], { cwd });
    const program = join(cwd, 'package', 'bin', 'k8snet.js');
    const run = (...words: readonly string[]) =>
      spawnSync(process.execPath, [program, ...words], { cwd, encoding: 'utf8' });
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { status, stdout, stderr } = run('trace', 'shop/deploy/web', 'shop/svc/api', '-f', SHOP, '--brief');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/reachable/);
  });

  test('is a plugin of kubectl', () => {
    const bin = folder();
    symlinkSync(join(built, 'bin/k8snet.js'), join(bin, 'kubectl-k8snet'));
    const { bin: names } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly bin: object };
    expect(Object.keys(names)).toEqual(['k8snet', 'kubectl-k8snet']);
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` };
    const args = ['explain', 'no-endpoints'];
    const plain = spawnSync('kubectl-k8snet', args, { env, encoding: 'utf8' });
    expect(plain.status).toBe(0);
    const kubectl = spawnSync('kubectl', ['k8snet', ...args], { env, encoding: 'utf8' });
    // Where kubectl is not installed, its name for the plugin is all that can be tried.
    if (kubectl.error === undefined) expect(kubectl.stdout).toBe(plain.stdout);
  });
});

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly name: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

/** Runs a step of action.yml as the runner would, with these inputs. */
function step(name: string, cwd: string, inputs: Readonly<Record<string, string>>) {
  const action = parse(readFileSync('action.yml', 'utf8')) as Action;
  const found = action.runs.steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  const value = (key: string) => inputs[key] ?? action.inputs[key]?.default ?? `no input ${key}`;
  const own = Object.entries(found.env ?? {}).map(([key, text]) => [
    key,
    text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => value(input)),
  ]);
  const temp = folder();
  const env = {
    PATH: process.env['PATH'],
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION_PATH: built,
    GITHUB_STEP_SUMMARY: join(temp, 'summary.md'),
    RUNNER_TEMP: temp,
    ...Object.fromEntries(own),
  };
  const result = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', found.run], {
    cwd,
    env,
    encoding: 'utf8',
  });
  const summary = existsSync(env.GITHUB_STEP_SUMMARY) ? readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8') : '';
  return { code: result.status, out: result.stdout, err: result.stderr, summary };
}

describe('the GitHub Action', () => {
  test('its install step leaves a build alone', () => {
    expect(step('Install k8snet', folder(), {})).toMatchObject({ code: 0, out: '', err: '' });
  });

  test('check: annotations, the text, the summary, the SARIF file', () => {
    const cwd = repository();
    const { code, out, summary } = step('Check', cwd, { paths: 'k8s/\n', args: '--cni=calico\n' });
    expect(code).toBe(1);
    expect(out).toMatch(/^::error file=k8s\/a\.yaml,line=4,/);
    expect(out).toMatch(/\nk8s\/a\.yaml:4:\d+ {2}error {2}service-target-port-missing\n/);
    expect(summary).toMatch(/^### k8snet: 1 error/);
    expect(JSON.parse(readFileSync(join(cwd, 'k8snet.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(step('Check', cwd, { paths: 'k8s/', 'fail-on': 'never' }).code).toBe(0);
    expect(step('Check', cwd, { paths: 'nowhere' })).toMatchObject({
      code: 2,
      err: 'error: no such file or folder: nowhere\n',
    });
  });

  test('test: each file and folder that is named', () => {
    const cwd = repository();
    const head = 'apiVersion: k8snet.dev/v1\nkind: Test\nmanifests: k8s\ntests:\n';
    writeFileSync(join(cwd, 'a.k8snet.yaml'), `${head}- {lookup: api.shop, expect: shop/svc/api}\n`);
    const { code, out } = step('Test', cwd, { tests: 'a.k8snet.yaml\n' });
    expect({ code, out }).toEqual({ code: 0, out: '1 test in 1 file   holds\n' });
  });

  test('compare: the text, and Markdown in the summary', () => {
    const cwd = repository();
    const inputs = { paths: 'k8s/', base: 'main' };
    const { code, out, summary } = step('Compare', cwd, inputs);
    expect(code).toBe(0);
    expect(out).toMatch(/^main → HEAD {3}\d+ changes {3}1 connection lost/);
    expect(summary).toMatch(/^### k8snet: \d+ changes: 1 connection lost/);
    expect(step('Compare', cwd, { ...inputs, 'diff-fail-on': 'new-exposure,lost-connections' }).code).toBe(1);
  });

  test('no input is put into a script', () => {
    const action = parse(readFileSync('action.yml', 'utf8')) as Action;
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });
});

interface GitlabJob {
  readonly script: readonly string[];
  readonly variables?: Readonly<Record<string, string | number>>;
  readonly artifacts: {
    readonly reports?: Readonly<Record<string, string>>;
    readonly paths?: readonly string[];
  };
}

test('the GitLab template: its scripts run, and write what its artifacts name', () => {
  const jobs = parse(readFileSync('templates/gitlab-ci.yml', 'utf8')) as Readonly<Record<string, GitlabJob>>;
  const cwd = repository();
  for (const [name, code] of [
    ['k8snet-check', 1],
    ['k8snet-diff', 0],
  ] as const) {
    const job = jobs[name] as GitlabJob;
    const script = job.script
      .join('\n')
      .replace('npx --yes "k8snet@$K8SNET_VERSION"', `node ${built}/bin/k8snet.js`);
    const env = Object.fromEntries(
      Object.entries({
        ...jobs['.k8snet']?.variables,
        ...job.variables,
        CI_MERGE_REQUEST_DIFF_BASE_SHA: 'main',
        K8SNET_PATHS: 'k8s',
        PATH: process.env['PATH'] ?? '',
      }).map(([key, value]) => [key, String(value)]),
    );
    const { status, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-ec', script], {
      cwd,
      env,
      encoding: 'utf8',
    });
    expect({ name, status, stderr }).toEqual({ name, status: code, stderr: '' });
    const written = [...Object.values(job.artifacts.reports ?? {}), ...(job.artifacts.paths ?? [])];
    expect(written.filter((file) => !existsSync(join(cwd, file)))).toEqual([]);
  }
});

test('the pre-commit hooks: their entries are commands of the package that run without file names', () => {
  const hooks = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as readonly {
    readonly id: string;
    readonly entry: string;
    readonly language: string;
    readonly pass_filenames: boolean;
  }[];
  const cwd = repository();
  writeFileSync(
    join(cwd, 'a.k8snet.yaml'),
    'apiVersion: k8snet.dev/v1\nkind: Test\nmanifests: k8s\ntests:\n- {lookup: api.shop}\n',
  );
  const codes = hooks.map(({ id, entry, language, pass_filenames: passes }) => {
    expect({ language, passes }).toEqual({ language: 'node', passes: false });
    const [, ...args] = entry.split(' ');
    return [id, spawnSync(process.execPath, [join(built, 'bin/k8snet.js'), ...args], { cwd }).status];
  });
  expect(codes).toEqual([
    ['k8snet', 1],
    ['k8snet-test', 0],
  ]);
});
