/** Baselines: what is known is not told again, and no more than that. */

import { expect, test } from 'vitest';
import { type Baseline, printBaseline, readBaseline } from '../../src/checks/baseline.ts';
import type { CheckAnswer } from '../../src/checks/finding.ts';
import { check, told } from './check-text.ts';

const service = (name: string, port = 'http') => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: web}
  ports:
    - {name: a, port: 80, targetPort: ${port}}
    - {name: b, port: 81, targetPort: web}
`;
const POD = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080, name: web}]}]}
`;

function baselineOf({ findings }: CheckAnswer): Baseline {
  const baseline = readBaseline('known.json', printBaseline(findings));
  if ('problem' in baseline) throw new Error(baseline.problem);
  return baseline;
}

test('what is known is ignored, what is new is told, what is mended is listed', () => {
  const before = check(`${service('one')}---\n${service('two')}---\n${POD}`);
  expect(told(before)).toHaveLength(2);
  const baseline = baselineOf(before);
  const after = check(`${service('two')}---\n${service('three')}---\n${POD}`, { settings: { baseline } });
  expect(told(after)).toEqual(['service-target-port-missing Service default/three spec.ports[0].targetPort']);
  expect(after.ignored.map(({ object, ignored }) => [object, ignored])).toEqual([
    ['Service default/two', { by: 'baseline', reason: 'known in known.json' }],
  ]);
  expect(after.gone?.map(({ object }) => object)).toEqual(['Service default/one']);
});

test('an entry hides one finding, not all that look alike', () => {
  const before = check(`${service('one')}---\n${POD}`);
  const [finding] = before.findings;
  const twice = { name: 'b', entries: [finding, finding].flatMap((each) => each ?? []) };
  expect(check(`${service('one')}---\n${POD}`, { settings: { baseline: twice } }).gone).toHaveLength(1);
});

test('another name that nobody declares is another finding', () => {
  const baseline = baselineOf(check(`${service('one')}---\n${POD}`));
  const after = check(`${service('one', 'grpc')}---\n${POD}`, { settings: { baseline } });
  expect(told(after)).toHaveLength(1);
  expect(after.gone).toHaveLength(1);
});

test('one finding a line, in order', () => {
  const { findings } = check(`${service('two')}---\n${service('one')}---\n${POD}`);
  const lines = printBaseline(findings).split('\n');
  expect(lines[0]).toBe('{');
  expect(lines.slice(3, 5).map((line) => JSON.parse(line.replace(/,$/, '')).object)).toEqual([
    'Service default/one',
    'Service default/two',
  ]);
  expect(printBaseline([])).toBe('{\n  "schema": "k8snet/baseline/1",\n  "findings": []\n}\n');
});

test.each([
  ['no JSON', '{', 'is no JSON'],
  ['no list', '{"schema": "k8snet/baseline/1", "findings": 5}', 'its findings are no list'],
  ['no findings', '{"schema": "k8snet/baseline/1"}', 'its findings are no list'],
  [
    'an entry that is none',
    '{"schema": "k8snet/baseline/1", "findings": [5]}',
    'a fingerprint of another version',
  ],
  ['something else', '[]', 'is no baseline of this version'],
  ['a later version', '{"schema": "k8snet/baseline/2"}', 'k8snet/baseline/2'],
  ['a later fingerprint', '{"schema": "k8snet/baseline/1", "findings": [{"fingerprint": "v2:00"}]}', 'v2:00'],
])('%s is refused', (_what, text, problem) => {
  expect(readBaseline('b.json', text)).toMatchObject({ problem: expect.stringContaining(problem) });
});
