/** A file of 100 MB of which little is wanted: what is skipped costs no memory. Of the built command. */

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../cli/fake-io.ts';

const MEGABYTE = 1e6;
/** Megabytes: the text, held twice while it is decoded, and what is made of the rest. */
const HEAP = 384;

const SKIPPED = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
${"    - {name: field, type: string, description: 'what a definition says of a field'}\n".repeat(250)}---
`;

function wanted(name: string): string {
  return `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {containers: [{name: c, image: x}]}
${'# a comment\n'.repeat(1600)}---
`;
}

test('100 MB, of which 95 % are kinds that are skipped', { timeout: 120_000 }, () => {
  const cwd = folderWith({});
  const file = openSync(join(cwd, 'all.yaml'), 'w');
  let written = 0;
  for (let index = 0; written < 100 * MEGABYTE; index++) {
    written += writeSync(file, index % 20 === 0 ? wanted(`p${index / 20}`) : SKIPPED);
  }
  closeSync(file);
  const argv = [
    `--max-old-space-size=${HEAP}`,
    resolve('bin/k8snet.js'),
    'trace',
    'p0',
    'p1',
    '-f',
    'all.yaml',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^default\/p0 → p1 {3}reachable/);
  expect(status).toBe(0);
});
