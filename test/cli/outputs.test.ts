/** `-o FORMAT=FILE`, several times; what GitHub Actions gets by itself. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { fakeIo, folderWith } from './fake-io.ts';

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

async function k8snet(
  command: string,
  env: Readonly<Record<string, string>> = {},
  files = { 'k8s/a.yaml': BROKEN },
) {
  const cwd = folderWith(files);
  const io = fakeIo(command.split(' '), { cwd, env });
  const code = await run(io);
  return { code, cwd, ...io.written };
}

test('text on stdout, SARIF and JUnit in files', async () => {
  const { code, out, err, cwd } = await k8snet(
    'check -f k8s -o text -o sarif=out.sarif -o junit=out.xml --color always',
  );
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out).toContain('service-target-port-missing');
  expect(JSON.parse(readFileSync(join(cwd, 'out.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
  expect(readFileSync(join(cwd, 'out.xml'), 'utf8')).toMatch(/^<\?xml [^\u001b]*$/);
});

test.each(['sarif', 'junit', 'github', 'gitlab', 'markdown', 'json'])(
  'stdout holds nothing but the report: %s',
  async (format) => {
    const files = { 'k8s/a.yaml': BROKEN, 'k8s/b.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: [\n' };
    const { code, out, err } = await k8snet(`check -f k8s -o ${format}`, {}, files);
    expect(code).toBe(2);
    expect(err).toContain('yaml-syntax');
    const starts = {
      sarif: '{',
      junit: '<?xml',
      github: '::error ',
      gitlab: '[',
      markdown: '### k8snet',
      json: '{',
    };
    expect(out.startsWith(starts[format as keyof typeof starts])).toBe(true);
    const quiet = await k8snet(`check -f k8s -q -o ${format}=report`);
    expect({ code: quiet.code, out: quiet.out, err: quiet.err }).toEqual({ code: 1, out: '', err: '' });
    expect(existsSync(join(quiet.cwd, 'report'))).toBe(true);
  },
);

test.each([
  { command: 'check -f k8s -o sarf', err: 'error: -o sarf: no such format\n  candidate: sarif\n' },
  {
    command: 'check -f k8s -o json -o sarif',
    err: 'error: only one format can be on stdout: json, sarif\n  candidate: -o sarif=FILE\n',
  },
  { command: 'check -f k8s -o sarif=', err: 'error: -o sarif=: name a file behind the =\n' },
  { command: 'check -f k8s -o sarif=no/such/folder/x', err: 'error: cannot write no/such/folder/x: ENOENT' },
  { command: 'test -o junitt', err: 'error: -o junitt: no such format\n  candidate: junit\n' },
  { command: 'diff k8s k8s -o md', err: 'error: -o md: no such format\n' },
])('2, and nothing on stdout: $command', async ({ command, err }) => {
  const result = await k8snet(command);
  expect({ code: result.code, out: result.out }).toEqual({ code: 2, out: '' });
  expect(result.err.startsWith(err)).toBe(true);
});

test('in GitHub Actions the text has annotations beside it, and the job a summary', async () => {
  const env = { GITHUB_ACTIONS: 'true' };
  const { out } = await k8snet('check -f k8s', env);
  expect(out).toMatch(/^k8s\/a\.yaml:4:\d+ {2}error/);
  expect(out).toMatch(/^::error file=k8s\/a\.yaml,line=4,.*title=service-target-port-missing::/m);
  expect((await k8snet('check -f k8s --no-ci-annotations', env)).out).not.toContain('::error');
  expect((await k8snet('check -f k8s -o text', env)).out).not.toContain('::error');
  const folder = folderWith({ 'summary.md': 'before\n' });
  await k8snet('check -f k8s', { ...env, GITHUB_STEP_SUMMARY: join(folder, 'summary.md') });
  expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toMatch(/^before\n### k8snet: 1 error/);
  const other = folderWith({});
  await k8snet('check -f k8s -o json', { ...env, GITHUB_STEP_SUMMARY: join(other, 'summary.md') });
  expect(existsSync(join(other, 'summary.md'))).toBe(false);
});

test('test and diff take several outputs too', async () => {
  const { code, cwd, out } = await k8snet('diff k8s k8s -o text -o markdown=d.md -o json=d.json');
  expect({ code, out }).toEqual({ code: 0, out: 'k8s → k8s   no difference\n' });
  expect(readFileSync(join(cwd, 'd.md'), 'utf8')).toMatch(/^### k8snet: no difference\n/);
  expect(JSON.parse(readFileSync(join(cwd, 'd.json'), 'utf8'))).toMatchObject({ added: [] });
});
