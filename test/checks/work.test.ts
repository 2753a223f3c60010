/** How much work a check is: it depends on workloads, not on their replicas, and on distinct selectors. */

import { expect, test, vi } from 'vitest';
import { checkManifests } from '../../src/checks/check.ts';
import { checkInput } from '../../src/checks/check-input.ts';
import { RULES } from '../../src/checks/rules.ts';
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

test('rules whose kinds are not in the input are not run', () => {
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n';
  const snapshot = loadSnapshot({ files: [{ name: 'in.yaml', text }], profile: { flags: { set: [] } } });
  const ran = RULES.map((rule) => vi.spyOn(rule, 'run'));
  checkManifests(snapshot, DEFAULT_SETTINGS);
  const names = RULES.filter((_, index) => (ran[index]?.mock.calls.length ?? 0) > 0);
  vi.restoreAllMocks();
  expect(names.filter(({ kinds }) => kinds.length > 0).map(({ name }) => name)).toEqual([]);
  expect(RULES.filter(({ kinds }) => kinds.length > 0).length).toBeGreaterThan(RULES.length / 2);
});
