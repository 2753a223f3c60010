/** What people throw at the program by mistake, as the command line reads it: the message, and that the rest is used. */

import { closeSync, openSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { fakeIo, folderWith } from '../cli/fake-io.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: x}]}
`;
const GOOD = `${POD}---\n${POD.replace('name: a', 'name: b')}`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selector: {app: api}
  ports:
  - port: 80
`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
`;

const FAR = `---
apiVersion: v1
kind: Service
metadata: {name: far}
spec: {clusterIP: 203.0.113.77, ports: [{port: 80}]}
`;

/** `k8snet trace a b` in a folder with these files beside two good pods. */
async function trace(files: Readonly<Record<string, string>>, to = 'b', from = 'a') {
  const io = fakeIo(['trace', from, to], { cwd: folderWith({ 'good.yaml': GOOD, ...files }) });
  const code = await run(io);
  return { code, ...io.written };
}

/** The lines of a run's stderr without indentation and frames. */
function said(err: string): string {
  return err.replace(/\s+/g, ' ').trim();
}

describe('a broken document is named at its place, and the others are traced', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'a tab as indentation',
      'apiVersion: v1\nkind: Service\nmetadata:\n\tname: api\n',
      [
        'bad.yaml:4:1',
        'Tabs are not allowed as indentation',
        'line 4 begins with a tab; YAML is indented with spaces',
      ],
    ],
    [
      'a tab that the parser meets late',
      SERVICE.replace('  - port', '\t- port'),
      ['bad.yaml:6:9', 'line 7 begins with a tab; YAML is indented with spaces'],
    ],
    [
      'a word for a port',
      SERVICE.replace('80', '"eighty"'),
      ['bad.yaml:7:11', 'spec.ports[0].port: Invalid value: "eighty": must be an integer'],
    ],
    [
      'fewer than no replicas',
      DEPLOYMENT.replace('replicas: 1', 'replicas: -1'),
      ['bad.yaml:5:13', 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a list for a map',
      SERVICE.replace('{app: api}', '[app, api]'),
      ['bad.yaml:5:3', 'spec.selector: Invalid value: ["app","api"]: must be an object'],
    ],
    [
      'a map for a list',
      SERVICE.replace('  - port', '    port'),
      ['bad.yaml:6:3', 'spec.ports: Invalid value: {…}: must be an array'],
    ],
    [
      'a key twice',
      SERVICE.replace('  ports', '  selector: {app: web}\n  ports'),
      ['bad.yaml:6:3', 'the key "selector" is written twice; this one counts', 'first written here'],
    ],
    ['an alias bomb', bomb(), ['bad.yaml:8:8', 'aliases expand to more than 100000 values']],
    [
      'nesting 10,000 deep',
      `apiVersion: v1\nkind: Service\nspec: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`,
      ['bad.yaml:1:1', 'collections are nested more than 500 deep'],
    ],
    [
      'nesting 10,000 deep in block style',
      `apiVersion: v1\nkind: Service\nspec:\n${Array.from({ length: 10_000 }, (_, depth) => `${' '.repeat((depth + 1) % 3_000)}a:\n`).join('')}`,
      ['bad.yaml:'],
    ],
    ['a binary file', `PK\u0003\u0004\u0000\u0000apiVersion`, ['bad.yaml is no text: it has NUL bytes']],
    [
      'two pods with one address',
      live('c', '10.244.0.9') + live('d', '10.244.0.9'),
      ['Pods default/c and default/d have the same address 10.244.0.9; packets to it go to default/c'],
    ],
    [
      'a Service outside of every range',
      SERVICE + FAR,
      ['Service default/far has 203.0.113.77, outside of serviceCIDRs (10.96.0.0/12)', '--set serviceCIDRs='],
    ],
  ])('%s', async (_name, text, messages) => {
    const { code, out, err } = await trace({ 'bad.yaml': text });
    for (const message of messages) expect(said(err)).toContain(message);
    expect(out.split('\n')[0]).toContain('a → b');
    expect(code).toBe(0);
  });
});

test.each([
  [
    'without an apiVersion',
    'kind: Service\nmetadata: {name: api}\n',
    'good.yaml:11:7 warning missing-api-version',
  ],
  ['without a name', 'apiVersion: v1\nkind: Service\nspec: {}\n', 'good.yaml:11:1 error missing-name'],
  ['that is a list', '- apiVersion: v1\n  kind: Service\n', 'good.yaml:11:1 error not-an-object'],
])('`check` takes no document for good that looks like an object, one %s', async (_name, text, message) => {
  const folder = folderWith({ 'good.yaml': `${GOOD}---\n${text}` });
  const io = fakeIo(['check'], { cwd: folder });
  expect(await run(io)).toBe(2);
  expect(said(io.written.err)).toContain(message);
  const allowed = fakeIo(['check', '--allow-unreadable'], { cwd: folder });
  expect(await run(allowed)).toBe(0);
});

test('`check` finds a kind in the wrong group', async () => {
  const text = SERVICE.replace('v1', 'apps/v1');
  const io = fakeIo(['check'], { cwd: folderWith({ 'good.yaml': `${GOOD}---\n${text}` }) });
  expect(await run(io)).toBe(1);
  expect(said(io.written.out)).toContain('good.yaml:12:7 error manifest-rejected');
  expect(said(io.written.out)).toContain('no matches for kind "Service" in version "apps/v1"');
});

test.each([
  ['a list for a container', DEPLOYMENT.replace('containers: [{', 'containers: [[{a: b}], {')],
  [
    'a mapping for an annotation',
    'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, annotations: {ignore.k8snet/x: {a: b}}}\n',
  ],
  [
    'a list for an argument',
    DEPLOYMENT.replace(
      'image: x',
      'image: registry.k8s.io/ingress-nginx/controller:v1.11.0, args: [[{a: b}], {a: b}]',
    ),
  ],
  [
    'a mapping for a name to scale',
    `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {scaleTargetRef: {kind: {a: b}, name: {a: b}}}\n---\n${SERVICE}---\n${DEPLOYMENT.replace('replicas: 1', 'replicas: 0')}`,
  ],
  [
    'a mapping for a divisor',
    DEPLOYMENT.replace(
      'image: x',
      'image: x, env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: {a: b}}}}]',
    ),
  ],
])('`check` survives %s', async (_name, text) => {
  const io = fakeIo(['check', '-o', 'json'], { cwd: folderWith({ 'good.yaml': GOOD, 'bad.yaml': text }) });
  expect([0, 1]).toContain(await run(io));
  expect(io.written.err).toBe('');
});

test('a range that is too small for its pods', async () => {
  const { err } = await trace(
    {
      'many.yaml': DEPLOYMENT.replace('replicas: 1', 'replicas: 40'),
      'k8snet.yaml': 'podCIDRs: [10.9.0.0/28]\n',
    },
    'a',
  );
  expect(said(err)).toMatch(
    /no free address for \d+ pods: the pod range of node node-a \(10\.9\.0\.4\/30\), and of 1 more is full/,
  );
});

test.each<[string, readonly string[]]>([
  ['podCIDR: [10.9.0.0/24]\n', ['k8snet.yaml:1:1', 'podCIDR: unknown key', 'did you mean podCIDRs?']],
  [
    'podCIDRs: [10.9.0.0/24]\npodCIDRs: [10.8.0.0/24]\n',
    ['k8snet.yaml:2:1', 'the key "podCIDRs" is written twice; this one counts', 'k8snet.yaml:1:1'],
  ],
])('a profile that says %j', async (profile, messages) => {
  const { err } = await trace({ 'k8snet.yaml': profile });
  for (const message of messages) expect(said(err)).toContain(message);
});

test.each(['trace a b', 'check', 'matrix', 'explain'])(
  '%s: a profile that is no YAML is refused, not left out',
  async (line) => {
    const io = fakeIo(line.split(' '), {
      cwd: folderWith({ 'good.yaml': GOOD, 'k8snet.yaml': 'cni: {name: calico\n' }),
    });
    expect(await run(io)).toBe(2);
    expect(io.written.out).toBe('');
    expect(said(io.written.err)).toContain('error profile-invalid');
  },
);

test('`check` says that a profile has several documents', async () => {
  const profile = 'namespace: x\n---\nnamespace: y\n';
  const io = fakeIo(['check'], { cwd: folderWith({ 'good.yaml': GOOD, 'k8snet.yaml': profile }) });
  expect(await run(io)).toBe(0);
  expect(said(io.written.err)).toContain('a profile is one document; the others are left out');
});

test('a null selector selects nothing, and the answer says what it lacks', async () => {
  const { code, out } = await trace({ 'api.yaml': SERVICE.replace('{app: api}', 'null') }, 'svc/api');
  expect(code).toBe(1);
  expect(said(out)).toContain(
    'Service default/api has no selector, and no EndpointSlice or Endpoints object belongs to it',
  );
});

test('an address outside of every range leaves the cluster', async () => {
  const { out } = await trace({}, '198.18.7.7:443');
  expect(out.split('\n')[0]).toBe('default/a → 198.18.7.7:443   reachable   leaves the cluster');
});

describe('names that JavaScript knows', () => {
  test.each(['constructor', 'tostring', '__proto__', 'hasownproperty'])('%s', async (name) => {
    const label = `{${name}: ${name}, toString: constructor}`;
    const text = `${DEPLOYMENT}---\n${SERVICE}`
      .replaceAll('{name: api}', `{name: ${name}, namespace: ${name}, labels: ${label}}`)
      .replaceAll('{app: api}', label)
      .replace('- port: 80', '- port: 80\n    targetPort: 8080');
    const { code, out } = await trace({ 'odd.yaml': text }, `${name}/svc/${name}`, `${name}/deploy/${name}`);
    expect(out.split('\n')[0]).toContain('reachable');
    expect(code).toBe(0);
  });
});

describe('files', () => {
  test.each<[string, (folder: string) => void, string]>([
    [
      'a broken link',
      (folder) => symlinkSync('gone', join(folder, 'b.yaml')),
      'cannot read b.yaml: it is a link to nothing; it is left out',
    ],
    [
      'a link loop',
      (folder) => {
        symlinkSync('y.yaml', join(folder, 'x.yaml'));
        symlinkSync('x.yaml', join(folder, 'y.yaml'));
      },
      'cannot read x.yaml: its links go round in circles; it is left out',
    ],
    [
      'a socket',
      (folder) => void createServer().listen(join(folder, 'p.yaml')).unref(),
      'cannot read p.yaml: it is a pipe, socket or device; it is left out',
    ],
  ])(
    '%s in a folder is told, and the rest is used; `check` does not take it for good',
    async (_name, prepare, message) => {
      const cwd = folderWith({ 'good.yaml': GOOD });
      prepare(cwd);
      for (const path of ['.', '*.yaml']) {
        const io = fakeIo(['trace', 'a', 'b', '-f', path], { cwd });
        expect(await run(io)).toBe(0);
        if (path === '.') expect(said(io.written.err)).toContain(message);
      }
      const check = fakeIo(['check', '-o', 'json'], { cwd });
      expect(await run(check)).toBe(2);
      const { problems, summary } = JSON.parse(check.written.out);
      expect(problems.map(({ text }: { readonly text: string }) => text)).toContain(message);
      expect(summary.unreadable).toBeGreaterThan(0);
    },
  );

  test('a link loop that has no name of a manifest is nobody’s business', async () => {
    const cwd = folderWith({ 'good.yaml': GOOD });
    symlinkSync('b', join(cwd, 'a'));
    symlinkSync('a', join(cwd, 'b'));
    const io = fakeIo(['trace', 'a', 'b'], { cwd });
    expect(await run(io)).toBe(0);
    expect(io.written.err).toBe('');
  });

  test('a file with NUL bytes beside others: `check` does not take it for good', async () => {
    const io = fakeIo(['check'], { cwd: folderWith({ 'good.yaml': GOOD, 'bad.yaml': 'apiVersion\0' }) });
    expect(await run(io)).toBe(2);
  });

  test.each<[string, (folder: string) => void, string]>([
    [
      'more than 512 MiB',
      (folder) => {
        const path = join(folder, 'huge.yaml');
        closeSync(openSync(path, 'w'));
        truncateSync(path, 2 ** 29);
      },
      'error: huge.yaml is larger than 512 MiB; split it',
    ],
    [
      'a folder that goes round in circles is read once',
      (folder) => symlinkSync('.', join(folder, 'again')),
      '',
    ],
  ])('%s', async (_name, prepare, message) => {
    const cwd = folderWith({ 'good.yaml': GOOD });
    prepare(cwd);
    const io = fakeIo(['trace', 'a', 'b'], { cwd });
    expect(await run(io)).toBe(message === '' ? 0 : 2);
    expect(said(io.written.err)).toBe(message);
  });
});

/** Nine levels, each nine times the one before. */
function bomb(): string {
  const names = [...'abcdefgh'];
  const lines = names.map((name, index) => {
    const items = Array(9).fill(index === 0 ? '"lol"' : `*${names[index - 1]}`);
    return `${name}: &${name} [${items.join(', ')}]\n`;
  });
  return `apiVersion: v1\nkind: Service\n${lines.join('')}`;
}

function live(name: string, address: string): string {
  return `---\n${POD.replace('name: a', `name: ${name}`)}status: {podIP: ${address}, podIPs: [{ip: ${address}}]}\n`;
}
