/** Each end of a path and each kind of step has its words, and they stay what they are. */

import { expect, test } from 'vitest';
import type { StepAnswer, StepKind } from '../../src/query/answer.ts';
import { DISPOSITION_WORDS, symptomWords, verbOf } from '../../src/render/text/words.ts';
import { DISPOSITIONS, isSuccess, symptomOf } from '../../src/trace/disposition.ts';
import { answer, golden, path, render } from './answers.ts';

test('line 1 of every disposition', async () => {
  const lines = DISPOSITIONS.map((disposition) => {
    const symptom = symptomOf(disposition, 'tcp', false);
    const success = isSuccess(disposition);
    const result =
      disposition === 'insufficient-info' ? 'undetermined' : success ? 'reachable' : 'unreachable';
    const backends: string[] = [];
    return render(answer({ result, paths: [path({ disposition, symptom, backends })] }), { level: 'brief' });
  });
  const words = lines.map((line) => line.trimEnd().split('   ').slice(1));
  expect(words.map(([result]) => result)).toEqual(
    DISPOSITIONS.map((disposition) => {
      if (disposition === 'insufficient-info') return 'undetermined';
      return isSuccess(disposition) ? 'reachable' : DISPOSITION_WORDS[disposition];
    }),
  );
  expect(new Set(lines).size).toBe(DISPOSITIONS.length);
  await expect(lines.join('')).toMatchFileSnapshot(golden('dispositions/expected.txt'));
});

test('failures that differ are told together', () => {
  const paths = [
    path({ disposition: 'no-route', symptom: 'network-unreachable' }),
    path({ disposition: 'dropped', symptom: 'timeout' }),
  ];
  expect(render(answer({ result: 'unreachable', paths }), { level: 'brief' })).toContain(
    'svc/stock:80   unreachable   network unreachable or timeout\n',
  );
});

test('what --strict refuses is undetermined', () => {
  expect(render(answer({ result: 'undetermined', paths: [path({})] }), { level: 'brief' })).toBe(
    'store/cart-0 → svc/stock:80   undetermined   rests on an assumption\n',
  );
});

test('UDP has its own symptoms', () => {
  expect(symptomWords(symptomOf('dropped', 'udp', false))).toBe('sent, no answer');
  expect(symptomWords(symptomOf('rejected', 'udp', true))).toBe('operation not permitted');
});

test.each([
  { kind: 'translate', changes: [{ field: 'dst', nat: 'dnat', from: 'a', to: 'b' }], verb: 'dnat' },
  { kind: 'translate', changes: [{ field: 'src', nat: 'snat', from: 'a', to: 'b' }], verb: 'snat' },
  {
    kind: 'translate',
    changes: [{ field: 'src', nat: 'masquerade', from: 'a', to: 'b' }],
    verb: 'masquerade',
  },
  { kind: 'translate', changes: [{ field: 'src', nat: 'reverse', from: 'a', to: 'b' }], verb: 'reverse' },
  { kind: 'translate', verb: 'nat' },
  { kind: 'match', where: { table: 'mangle' }, verb: 'mangle' },
  { kind: 'match', verb: 'filter' },
  { kind: 'end', verdict: 'drop', verb: 'drop' },
  { kind: 'end', verdict: 'reject', verb: 'reject' },
  { kind: 'end', verb: 'end' },
  { kind: 'originate', verb: 'send' },
  { kind: 'receive', verb: 'enter' },
  { kind: 'transmit', verb: 'leave' },
  { kind: 'encapsulate', verb: 'encap' },
  { kind: 'decapsulate', verb: 'decap' },
  { kind: 'track', verb: 'conntrack' },
] as const)('a $kind step is shown as $verb', ({ verb, ...step }) => {
  expect(verbOf({ text: '', ...step } satisfies StepAnswer)).toBe(verb);
});

test.each(['resolve', 'route', 'neighbor', 'bridge', 'policy', 'accept'] satisfies StepKind[])(
  'a %s step keeps its name',
  (kind) => {
    expect(verbOf({ kind, text: '' })).toBe(kind);
  },
);

test('equal assumptions are told once; the star belongs to the decisive one', () => {
  const assumptions = [
    { code: 'A_POD_IP', text: 'pod addresses', decisive: false },
    { code: 'A_POD_CIDR', text: 'pod addresses', decisive: false },
    { code: 'A_CNI', text: 'flannel vxlan wiring', decisive: true },
  ];
  expect(render(answer({ paths: [path({})], assumptions }))).toContain(
    '\nassumed  pod addresses, flannel vxlan wiring*   (* decides the result)\n',
  );
});
