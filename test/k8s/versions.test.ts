/** Versions of known kinds that today's API server does not serve: read, and noted once each. */

import { expect, test } from 'vitest';
import { printDiagnostics, readTexts } from './objects.ts';

const object = (apiVersion: string, kind: string, name = 'a') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {template: {spec: {containers: [{name: c}]}}}\n`;

test('one note for each version, at the first object', () => {
  const set = readTexts([
    object('apps/v1', 'Deployment'),
    object('extensions/v1beta1', 'Deployment', 'b'),
    object('extensions/v1beta1', 'DaemonSet'),
    object('apps/v1beta2', 'StatefulSet'),
  ]);
  expect(set.objects).toHaveLength(4);
  expect(set.diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
    'info deprecated-version',
    'info deprecated-version',
  ]);
  expect(printDiagnostics(set.diagnostics)).toEqual([
    '1:13 extensions/v1beta1 is no longer served: a Deployment, and 1 more of extensions/v1beta1, read as apps/v1',
    '1:13 apps/v1beta2 is no longer served: a StatefulSet, read as apps/v1',
  ]);
  expect(set.diagnostics[0]?.help).toEqual([{ text: 'write apiVersion: apps/v1', applicability: 'likely' }]);
});

test('a version that never was is said to be unknown', () => {
  const set = readTexts([object('apps/v3', 'Deployment')]);
  expect(set.ofKind('Deployment')).toHaveLength(1);
  expect(printDiagnostics(set.diagnostics)).toEqual([
    '1:13 apps/v3 is not a known version: a Deployment, read as apps/v1',
  ]);
});

test('there are no more notes than a reader can take', () => {
  const set = readTexts(Array.from({ length: 50 }, (_, index) => object(`apps/v${index + 2}`, 'Deployment')));
  expect(set.diagnostics.filter(({ code }) => code === 'deprecated-version')).toHaveLength(10);
});
