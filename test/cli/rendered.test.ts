/** `--helm` and `-k`: with the real programs, and what is said where they are not installed. */

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { fakeIo, folderWith } from './fake-io.ts';
import { unpackPrograms } from './programs.ts';

const isInstalled = (program: string) =>
  spawnSync(program, ['version'], { stdio: 'ignore' }).error === undefined;
const shop = readFileSync('fixtures/ci/shop/manifests/shop.yaml', 'utf8');
const FILES = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'chart/values.yaml': 'port: 80\n',
  'other.yaml': 'port: 81\n',
  'chart/templates/service.yaml': `apiVersion: v1
kind: Service
metadata: {name: api, namespace: {{ .Release.Namespace }}}
spec: {selector: {app: api}, ports: [{port: {{ .Values.port }}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: {{ .Release.Namespace }}, labels: {app: api}}
spec: {containers: [{name: api, image: x, ports: [{containerPort: 80}]}]}
`,
  'overlay/kustomization.yaml': 'namespace: prod\nresources: [shop.yaml]\n',
  'overlay/shop.yaml': shop,
};

let programs: string | undefined;
const before = process.env['PATH'];

beforeAll(() => {
  programs = unpackPrograms();
  if (programs !== undefined) process.env['PATH'] = `${programs}${delimiter}${before}`;
}, 60_000);
afterAll(() => {
  process.env['PATH'] = before;
  if (programs !== undefined) rmSync(programs, { recursive: true, force: true });
});

async function k8snet(command: string, changes: Partial<Io> = {}) {
  const io = fakeIo(command.split(' '), { cwd: folderWith(FILES), ...changes });
  const code = await run(io);
  return { code, ...io.written };
}

test('--helm: a chart with its values, in a namespace', async ({ skip }) => {
  skip(!isInstalled('helm'), 'helm is not installed');
  const plain = await k8snet('trace api svc/api:80 --helm chart -n shop --brief');
  expect({ code: plain.code, err: plain.err }).toEqual({ code: 0, err: '' });
  const ports = await k8snet('trace api svc/api:81 --helm chart --values other.yaml -n shop --brief');
  expect(ports.err).toBe('');
  const refused = await k8snet('check --helm nowhere');
  expect({ code: refused.code, out: refused.out }).toEqual({ code: 2, out: '' });
  expect(refused.err).toMatch(/^error: --helm nowhere: helm refuses\n {2}/);
});

test('-k: a kustomization', async ({ skip }) => {
  skip(!isInstalled('kubectl'), 'kubectl is not installed');
  const { code, out, err } = await k8snet('trace deploy/web svc/api -k overlay -n prod --brief');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^prod\/web#1 → svc\/api {3}reachable/);
});

test.each([
  {
    command: 'check --helm chart',
    err: 'error: --helm chart needs helm, which is not installed\n  candidate: helm template chart chart | k8snet … -f -\n',
  },
  {
    command: 'check -k overlay',
    err: 'error: -k overlay needs kustomize or kubectl, which are not installed\n  candidate: kubectl kustomize overlay | k8snet … -f -\n',
  },
  {
    command: 'check --values other.yaml',
    err: 'error: --values belongs to --helm: name the chart\n  candidate: --helm CHART\n',
  },
])('2, without the programs: $command', async ({ command, err }) => {
  expect(await k8snet(command, { run: () => ({ kind: 'missing' }) })).toEqual({ code: 2, out: '', err });
});

test('what is rendered stands beside -f, and its places name it', async () => {
  const text =
    'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: no}, ports: [{port: 80}]}\n';
  const asked: string[] = [];
  const { out } = await k8snet('check --helm chart -f overlay/shop.yaml -n shop --kubernetes 1.34', {
    run: (program, args) => {
      asked.push([program, ...args].join(' '));
      return { kind: 'done', status: 0, out: Buffer.from(text), err: '' };
    },
  });
  expect(asked).toEqual(['helm template chart chart --namespace shop --kube-version 1.34']);
  expect(out).toContain('helm:chart:');
});
