/** Fields that place pods, as written, and what the API server says of wrong ones. */

import { expect, test } from 'vitest';
import { printDiagnostics, readOne, readTexts } from './objects.ts';

const pod = (spec: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: c, image: i}]\n${spec}`;

test('a pod that says nothing has none of them', () => {
  const { spec } = readOne('Pod', pod('')).body.template;
  expect(Object.keys(spec)).not.toContain('affinity');
  expect(Object.keys(spec)).not.toContain('tolerations');
  expect(Object.keys(spec)).not.toContain('topologySpread');
});

test('tolerations: Equal is the default operator', () => {
  const { spec } = readOne(
    'Pod',
    pod(
      '  tolerations: [{key: a, value: b, effect: NoExecute, tolerationSeconds: 300}, {operator: Exists}]\n',
    ),
  ).body.template;
  expect(spec.tolerations).toEqual([
    { key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute' },
    { key: '', operator: 'Exists', value: '' },
  ]);
});

test('wrong tolerations tolerate nothing', () => {
  const set = readTexts([
    pod(
      '  tolerations: [{key: a, operator: In}, {value: b}, {key: a, effect: noschedule}, {key: a, operator: Exists, value: b}]\n',
    ),
  ]);
  expect(printDiagnostics(set.diagnostics)).toEqual([
    '6:36 spec.tolerations[0].operator: Unsupported value: "In": supported values: "Equal", "Exists"',
    '6:41 spec.tolerations[1].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    '6:70 spec.tolerations[2].effect: Unsupported value: "noschedule": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    '6:102 spec.tolerations[3].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\'',
  ]);
  expect(set.ofKind('Pod')[0]?.body.template.spec.tolerations).toHaveLength(1);
});

test('topology spread: defaults, and what is refused', () => {
  const set = readTexts([
    pod(`  topologySpreadConstraints:
  - {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}
  - {maxSkew: 0, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}
  - {maxSkew: 1, whenUnsatisfiable: Never}
  - {topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}
`),
  ]);
  expect(set.ofKind('Pod')[0]?.body.template.spec.topologySpread).toEqual([
    {
      topologyKey: 'zone',
      maxSkew: 2,
      whenUnsatisfiable: 'DoNotSchedule',
      minDomains: 1,
      matchLabelKeys: [],
      nodeAffinityPolicy: 'Honor',
      nodeTaintsPolicy: 'Ignore',
      path: ['spec', 'topologySpreadConstraints', 0],
    },
  ]);
  expect(set.diagnostics.map(({ text }) => text)).toEqual([
    'spec.topologySpreadConstraints[1].maxSkew: Invalid value: 0: must be greater than zero',
    'spec.topologySpreadConstraints[2].topologyKey: Required value: can not be empty',
    'spec.topologySpreadConstraints[2].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
    'spec.topologySpreadConstraints[3].maxSkew: Invalid value: 0: must be greater than zero',
  ]);
});

test('a pod affinity term needs a topology key', () => {
  const set = readTexts([
    pod(
      '  affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {}}]}}\n',
    ),
  ]);
  expect(set.diagnostics.map(({ text }) => text)).toEqual([
    'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
  ]);
});

test('taints of a node', () => {
  const set = readTexts([
    'apiVersion: v1\nkind: Node\nmetadata: {name: node-a}\nspec: {taints: [{key: a, effect: NoSchedule}, {key: b, effect: Never}, {value: c, effect: NoExecute}]}\n',
  ]);
  expect(set.ofKind('Node')[0]?.body.taints).toEqual([
    { key: 'a', value: '', effect: 'NoSchedule', path: ['spec', 'taints', 0] },
  ]);
  expect(set.diagnostics.map(({ text }) => text)).toEqual([
    'spec.taints[1].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    'spec.taints[2].key: Required value',
  ]);
});
