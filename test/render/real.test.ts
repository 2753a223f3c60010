/** Real answers of fixtures at every level, width and spelling. What they say is asserted beside the text. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TraceAnswer, TraceQuestion } from '../../src/index.ts';
import type { View } from '../../src/render/renderer.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';
import { lineText } from '../../src/source/file.ts';
import type { Disposition } from '../../src/trace/disposition.ts';
import { ask } from '../query/ask.ts';

interface Case {
  readonly fixture: string;
  readonly question: Pick<TraceQuestion, 'from' | 'to'> & Partial<TraceQuestion>;
  readonly cni?: string;
  readonly disposition: Disposition;
  /** The packet at the last step of the first path: source and destination. */
  readonly last: readonly [src: string, dst: string];
}

const CASES: readonly Case[] = [
  {
    fixture: 'walk-s4',
    question: { from: 'a1', to: 'svc/api' },
    cni: 'flannel',
    disposition: 'accepted',
    last: ['10.244.1.5:40000', '10.244.2.7:8080'],
  },
  {
    fixture: 'from-outside',
    question: { from: 'internet', to: 'shop/svc/web', node: 'node-a' },
    disposition: 'accepted',
    last: ['10.244.1.0:61000', '10.244.2.7:8080'],
  },
  {
    fixture: 'shop',
    question: { from: 'shop/web', to: 'http://apii' },
    disposition: 'name-not-found',
    last: ['', ''],
  },
  {
    fixture: 'my-service-endpoints',
    question: { from: 'client', to: 'svc/my-service', dns: false },
    disposition: 'no-endpoints',
    last: ['10.244.1.88:40000', '10.104.210.4:80'],
  },
  {
    fixture: 'denied-dns',
    question: { from: 'shop/web-0', to: 'svc/api' },
    disposition: 'name-unavailable',
    last: ['10.244.2.58:40000', '10.244.1.11:53'],
  },
  {
    fixture: 'denied',
    question: { from: 'shop/web-0', to: 'shop/db-0:5432' },
    disposition: 'denied-ingress',
    last: ['10.244.1.58:40000', '10.244.2.76:5432'],
  },
];

interface Look {
  readonly file: string;
  readonly view: Partial<View>;
  readonly detail?: 'rules';
}

const LOOKS: readonly Look[] = [
  { file: 'expected.brief.txt', view: { level: 'brief' } },
  { file: 'expected.txt', view: {} },
  { file: 'expected.100.txt', view: { width: 100 } },
  { file: 'expected.ascii.txt', view: { unicode: false } },
  { file: 'expected.ansi.txt', view: { color: 1 } },
  { file: 'expected.v.txt', view: { level: 'verbose' } },
  { file: 'expected.vv.txt', view: { level: 'verbose' }, detail: 'rules' },
  {
    file: 'expected.vv.100.ascii.txt',
    view: { level: 'verbose', width: 100, unicode: false },
    detail: 'rules',
  },
];

/** Each level in each width and spelling: one file for a width and spelling, levels in the order of their options. */
const LEVELS: readonly Look[] = [
  { file: '--brief', view: { level: 'brief' } },
  { file: '', view: {} },
  { file: '-v', view: { level: 'verbose' } },
  { file: '-vv', view: { level: 'verbose' }, detail: 'rules' },
];
const SPELLINGS = [
  { file: 'expected.levels.ansi.txt', view: { color: 1 } },
  { file: 'expected.levels.ascii.txt', view: { unicode: false } },
  { file: 'expected.levels.100.ansi.txt', view: { width: 100, color: 1 } },
  { file: 'expected.levels.100.ascii.txt', view: { width: 100, unicode: false } },
] as const satisfies readonly Look[];

function asked({ fixture, question, cni }: Case, detail?: 'rules'): TraceAnswer {
  const options = cni === undefined ? {} : { cni };
  return ask(`trace/${fixture}`, { ...question, ...(detail === undefined ? {} : { detail }) }, options);
}

function printed(answer: TraceAnswer, changes: Partial<View>): string {
  const readLine = (name: string, line: number) => lineText({ name, text: readFileSync(name, 'utf8') }, line);
  return traceRenderer.render(answer, {
    width: 80,
    color: 0,
    unicode: true,
    level: 'default',
    readLine,
    ...changes,
  });
}

describe.each(CASES)('$fixture: $question.from to $question.to', (one) => {
  test('ends as it should, with this packet', () => {
    const [path] = asked(one).paths;
    const step = path?.legs.at(-1)?.hops.at(-1)?.steps.at(-1);
    expect(path?.disposition).toBe(one.disposition);
    expect([step?.packet?.src ?? '', step?.packet?.dst ?? '']).toEqual(one.last);
  });

  test.each(LOOKS)('$file', async ({ file, view, detail }) => {
    const text = printed(asked(one, detail), view);
    await expect(text).toMatchFileSnapshot(`../../fixtures/trace/${one.fixture}/${file}`);
    const plain = text.replaceAll(/\u001b\[\d+m/g, '');
    const isFrame = (line: string) => /^ +\d* [|│]/.test(line);
    const wide = plain.split('\n').filter((line) => line.length > (view.width ?? 80) && !isFrame(line));
    expect(wide).toEqual([]);
    if (view.unicode === false) expect(plain).toMatch(/^[\x20-\x7e\n]+$/);
    expect(text.includes('\u001b')).toBe(view.color === 1);
  });

  test('the levels tell more and more; line 1 is the same at each', () => {
    const texts = LOOKS.filter(({ view }) => !('width' in view) && view.unicode !== false && !view.color).map(
      ({ view, detail }) => printed(asked(one, detail), view),
    );
    expect(new Set(texts.map((text) => text.split('\n')[0])).size).toBe(1);
    const lengths = texts.map((text) => text.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  });
});

describe.each(CASES.filter(({ fixture }) => fixture === 'walk-s4' || fixture === 'denied'))(
  '$fixture at each level',
  (one) => {
    test.each(SPELLINGS)('$file', async ({ file, view }) => {
      const texts = LEVELS.map(({ file: option, view: level, detail }) => {
        const text = printed(asked(one, detail), { ...level, ...view });
        return `${`$ k8snet trace ${option}`.trimEnd()}\n${text}`;
      });
      const all = texts.join('\n');
      await expect(all).toMatchFileSnapshot(`../../fixtures/trace/${one.fixture}/${file}`);
      expect(all.includes('\u001b')).toBe('color' in view);
    });
  },
);

describe('-vv', () => {
  const answer = ask('trace/walk-s4', { from: 'a1', to: 'svc/api', dns: false, detail: 'rules' });
  const steps = answer.paths
    .flatMap(({ legs }) => legs.flatMap(({ hops }) => hops))
    .flatMap((hop) => hop.steps);
  const dnat = steps.find(({ changes }) => changes?.[0]?.nat === 'dnat');

  test('names each rule that was tried, and the first condition that does not hold', () => {
    expect(dnat?.detail?.tried?.map(({ matched, chain }) => [matched, chain.slice(0, 9)])).toEqual([
      [true, 'PREROUTIN'],
      [true, 'KUBE-SERV'],
      [false, 'KUBE-SVC-'],
      [true, 'KUBE-SVC-'],
      [false, 'KUBE-SEP-'],
      [true, 'KUBE-SEP-'],
    ]);
    expect(dnat?.detail?.tried?.[2]).toMatchObject({
      position: 1,
      rule: expect.stringMatching(/^-A KUBE-SVC-\w+ .* ! -s 10\.244\.0\.0\/16 -j KUBE-MARK-MASQ$/),
      why: '! -s 10.244.0.0/16: the packet comes from 10.244.1.5:40000',
      because: [{ file: 'fixtures/trace/walk-s4/manifests/app.yaml', line: 38 }],
    });
    expect(dnat?.detail?.tried?.filter(({ matched, why }) => matched === (why !== undefined))).toEqual([]);
  });

  test('nobody else pays for it: no rules in the answer', () => {
    expect(JSON.stringify(ask('trace/walk-s4', { from: 'a1', to: 'svc/api' }))).not.toContain('"tried"');
  });
});

/** The other modes of kube-proxy: a Service across nodes, and a node port from outside. */
const MODES = [
  { mode: 'nftables', fixture: 'walk-s4', question: { from: 'a1', to: 'svc/api' }, decides: 'endpoint-' },
  {
    mode: 'ipvs',
    fixture: 'walk-s4',
    question: { from: 'a1', to: 'svc/api' },
    decides: 'TCP 10.96.0.50:80 rr',
  },
  {
    mode: 'nftables',
    fixture: 'from-outside',
    question: { from: 'internet', to: 'node/node-a:30080' },
    decides: 'endpoint-',
  },
  {
    mode: 'ipvs',
    fixture: 'from-outside',
    question: { from: 'internet', to: 'node/node-a:30080' },
    decides: 'TCP 10.0.0.11:30080 rr',
  },
] as const;

describe.each(MODES)('$fixture in $mode mode', ({ mode, fixture, question, decides }) => {
  const answer = () => ask(`trace/${fixture}`, question, { cni: 'flannel', set: [`proxy.mode=${mode}`] });

  test.each([
    { level: 'default', name: '' },
    { level: 'verbose', name: '.v' },
  ] as const)('$level', async ({ level, name }) => {
    const text = printed(answer(), { level });
    expect(text.split('\n')[0]).toContain('reachable');
    if (level === 'verbose') expect(text).toContain(decides);
    expect(text).not.toContain('KUBE-SVC');
    await expect(text).toMatchFileSnapshot(`../../fixtures/trace/${fixture}/expected.${mode}${name}.txt`);
  });
});
