import { expect, test } from 'vitest';
import { traceExitCode } from '../../src/cli/exit-code.ts';
import type { TraceAnswer } from '../../src/query/answer.ts';
import { EXPECTATION_WORDS } from '../../src/query/expectation.ts';
import { answer, path } from '../render/answers.ts';

const refused = path({ disposition: 'no-endpoints', symptom: 'refused' });

function answered(result: TraceAnswer['result']): TraceAnswer {
  const paths = {
    reachable: [path({})],
    unreachable: [refused],
    ambiguous: [refused, path({})],
    undetermined: [refused],
  };
  return answer({ result, paths: paths[result] });
}

test.each([
  { result: 'reachable', options: {}, code: 0 },
  { result: 'unreachable', options: {}, code: 1 },
  { result: 'ambiguous', options: {}, code: 1 },
  { result: 'undetermined', options: {}, code: 2 },
  { result: 'reachable', options: { any: true }, code: 0 },
  { result: 'ambiguous', options: { any: true }, code: 0 },
  { result: 'unreachable', options: { any: true }, code: 1 },
  { result: 'undetermined', options: { any: true }, code: 2 },
  { result: 'unreachable', options: { expect: 'unreachable' }, code: 0 },
  { result: 'unreachable', options: { expect: 'no-endpoints' }, code: 0 },
  { result: 'unreachable', options: { expect: 'refused' }, code: 0 },
  { result: 'ambiguous', options: { expect: 'refused' }, code: 0 },
  { result: 'unreachable', options: { expect: 'timeout' }, code: 1 },
  { result: 'reachable', options: { expect: 'unreachable' }, code: 1 },
  { result: 'undetermined', options: { expect: 'undetermined' }, code: 0 },
  { result: 'undetermined', options: { expect: 'timeout' }, code: 2 },
  { result: 'undetermined', options: { expect: 'refused' }, code: 0 },
  { result: 'undetermined', options: { expect: 'refused', strict: true }, code: 2 },
  { result: 'undetermined', options: { expect: 'undetermined', strict: true }, code: 0 },
] as const)('$result with $options exits $code', ({ result, options, code }) => {
  expect(traceExitCode(answered(result), options)).toBe(code);
});

test('the words that can be expected are those of the schema', async () => {
  const { default: schema } = await import('../../schema/trace.schema.json', { with: { type: 'json' } });
  const known = [
    ...schema.properties.result.enum,
    ...schema.$defs.disposition.enum,
    ...(schema.$defs.symptom.anyOf[0]?.enum ?? []),
  ];
  expect(EXPECTATION_WORDS.filter((word) => !known.includes(word))).toEqual([]);
  expect(new Set(EXPECTATION_WORDS).size).toBe(EXPECTATION_WORDS.length);
});
