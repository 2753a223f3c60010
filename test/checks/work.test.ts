/** How much work a check is: it depends on workloads, not on their replicas, and on distinct selectors. */

import { expect, test } from 'vitest';
import { checkInput } from '../../src/checks/check-input.ts';
import { DEFAULT_SETTINGS } from '../../src/checks/settings.ts';
import { loadSnapshot } from '../../src/query/snapshot.ts';

function inputOf(replicas: number) {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web, tier: a}}
  template:
    metadata: {labels: {app: web, tier: a}}
    spec: {containers: [{name: c, image: x}]}
`;
  const snapshot = loadSnapshot({ files: [{ name: 'in.yaml', text }], profile: { flags: { set: [] } } });
  return checkInput(snapshot, DEFAULT_SETTINGS);
}

test('a workload is one group, however many pods it has', () => {
  expect(inputOf(300).groups.all).toHaveLength(inputOf(1).groups.all.length);
});

test('a selector is resolved once, in whatever order it is written', () => {
  const { groups } = inputOf(1);
  const pairs: readonly (readonly [string, string])[] = [
    ['app', 'web'],
    ['tier', 'a'],
  ];
  const first = groups.select('default', new Map(pairs));
  expect(first).toHaveLength(1);
  expect(groups.select('default', new Map(pairs.toReversed()))).toBe(first);
});
