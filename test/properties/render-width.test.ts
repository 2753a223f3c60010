/** Whatever an answer holds, no line is wider than the page; manifest lines in frames are. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StepAnswer, StepKind, TraceAnswer } from '../../src/query/answer.ts';
import { displayWidth } from '../../src/render/text/layout.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';
import { DISPOSITIONS } from '../../src/trace/disposition.ts';

const KINDS: Readonly<Record<StepKind, true>> = {
  resolve: true,
  originate: true,
  receive: true,
  match: true,
  translate: true,
  track: true,
  route: true,
  neighbor: true,
  bridge: true,
  encapsulate: true,
  decapsulate: true,
  policy: true,
  balance: true,
  'terminate-tls': true,
  'l7-route': true,
  'l7-rewrite': true,
  proxy: true,
  transmit: true,
  accept: true,
  end: true,
};

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((ip) => `[${ip}]:40000`),
  fc.ipV4().map((ip) => `${ip}:8080`),
);
const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,70}(#\d)?$/);
const text = fc
  .array(fc.oneof(address, name, fc.constantFrom('→', '⇒', '›', 'via', 'on link', 'x  y', '日本語', '…')), {
    maxLength: 8,
  })
  .map((words) => words.join(' '));
const where = fc.record(
  {
    in: name,
    out: name,
    rule: fc.oneof(text, fc.constant('3')),
    chain: fc.array(name, { maxLength: 3 }),
    table: fc.constantFrom('nat', 'filter'),
  },
  { requiredKeys: [] },
);
const source = fc.record({
  file: name,
  line: fc.integer({ min: 1, max: 3 }),
  column: fc.integer({ min: 1, max: 40 }),
  endLine: fc.integer({ min: 1, max: 3 }),
  endColumn: fc.integer({ min: 1, max: 80 }),
  object: name,
  path: name,
  label: text,
});
const step: fc.Arbitrary<StepAnswer> = fc.record({
  kind: fc.constantFrom(...(Object.keys(KINDS) as StepKind[])),
  text,
  where,
  because: fc.array(source, { maxLength: 2 }),
});
const hop = fc.record({
  place: fc.record({
    kind: fc.constantFrom('pod', 'node', 'resolver', 'external'),
    name,
    namespace: name,
    address,
  }),
  steps: fc.array(step, { maxLength: 4 }),
});
const hops = fc.array(hop, { maxLength: 4 });
const path = fc.record({
  weight: fc.constantFrom('1/1', '1/3', '1000/2001'),
  backends: fc.array(name, { maxLength: 4 }),
  disposition: fc.constantFrom(...DISPOSITIONS),
  symptom: fc.constantFrom('connected', 'not-permitted', 'unknown'),
  legs: fc.array(
    fc.record({
      purpose: fc.constantFrom('lookup', 'request', 'proxied'),
      hops,
      reply: fc.record({ disposition: fc.constantFrom('accepted', 'reply-lost'), hops }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  serverSees: fc.record({ peer: address }),
});
const answer = fc.record({
  schema: fc.constant('k8snet/trace/1'),
  tool: fc.constant({ name: 'k8snet', version: '0' }),
  question: fc.record({
    from: fc.record({ kind: fc.constant('pod'), name, namespace: name }),
    to: name,
    protocol: fc.constant('tcp'),
  }),
  profile: fc.constant({ cni: '', proxy: '', kubernetes: '' }),
  result: fc.constantFrom('reachable', 'unreachable', 'ambiguous', 'undetermined'),
  paths: fc.array(path, { maxLength: 3 }),
  diagnostics: fc.array(
    fc.record({
      severity: fc.constantFrom('error', 'warning', 'info'),
      code: fc.constant('unmodelled'),
      text,
      sources: fc.array(source, { maxLength: 3 }),
      help: fc.array(fc.record({ text, opens: fc.array(name, { maxLength: 2 }) }), { maxLength: 1 }),
    }),
    { maxLength: 3 },
  ),
  assumptions: fc.array(fc.record({ code: fc.constant('A_POD_IP'), text, decisive: fc.boolean() }), {
    maxLength: 3,
  }),
}) as fc.Arbitrary<TraceAnswer>;

const view = fc.record({
  width: fc.integer({ min: 64, max: 100 }),
  color: fc.constant(0 as const),
  unicode: fc.boolean(),
  level: fc.constantFrom('brief', 'default', 'verbose'),
  readLine: fc.constant(() => `  key: ${'v'.repeat(90)}`),
});

test('no line is wider than the page, and no line ends in blanks', () => {
  fc.assert(
    fc.property(answer, view, (given, page) => {
      const lines = traceRenderer.render(given, page).split('\n');
      const isFrame = (line: string) => /^ +\d* [│|]/.test(line);
      const tooWide = lines.filter((line) => !isFrame(line) && displayWidth(line) > page.width);
      expect(tooWide).toEqual([]);
      expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
      expect(lines.at(-1)).toBe('');
    }),
    { numRuns: 300 },
  );
});
