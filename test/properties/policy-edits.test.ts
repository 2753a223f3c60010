/** The edits that an answer offers: made to the text, each opens its path and exactly what it lists. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { loadSnapshot, type Snapshot, traceQuestion } from '../../src/index.ts';
import { isEmpty, printPorts, subtractPorts } from '../../src/net/port-set.ts';
import { allowedPorts } from '../../src/policy/allowed-ports.ts';
import { partyOfPod } from '../../src/policy/party.ts';
import type { HelpAnswer } from '../../src/query/answer.ts';

vi.setConfig({ testTimeout: 60_000 });

const APPS = ['web', 'api', 'db'] as const;
const selector = fc.oneof(
  fc.constant({}),
  fc.constantFrom(...APPS, 'cart').map((app) => ({ matchLabels: { app } })),
);
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  fc.constant({ ipBlock: { cidr: '192.0.2.0/24' } }),
);
const rule = (peersKey: string) =>
  fc.record(
    {
      [peersKey]: fc.array(peer, { minLength: 1, maxLength: 2 }),
      ports: fc.constantFrom([{ port: 80 }], [{ port: 81 }], [{ port: 80, protocol: 'UDP' }]),
    },
    { requiredKeys: [] },
  );
const policy = fc.oneof(
  fc.record({
    podSelector: selector,
    policyTypes: fc.constant(['Ingress']),
    ingress: fc.array(rule('from'), { maxLength: 2 }),
  }),
  fc.record({
    podSelector: selector,
    policyTypes: fc.constantFrom(['Egress'], ['Ingress', 'Egress']),
    egress: fc.array(rule('to'), { maxLength: 2 }),
  }),
);

function objectsOf(specs: readonly object[]): readonly object[] {
  const pods = APPS.map((app) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: app, namespace: 'shop', labels: { app } },
    spec: { containers: [{ name: 'main', image: 'x', ports: [{ containerPort: 80 }] }] },
  }));
  const policies = specs.map((spec, index) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `p${index}`, namespace: 'shop' },
    spec,
  }));
  return [...pods, ...policies];
}

type Form = 'yaml' | 'yaml of Windows' | 'yaml list' | 'json' | 'json list';

/** As people write it, as one List, as JSON documents, and as `kubectl get -o json` prints it. */
function written(objects: readonly object[], form: Form): string {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  switch (form) {
    case 'yaml':
      return objects.map((object) => yamlOf(object)).join('---\n');
    case 'yaml of Windows':
      return written(objects, 'yaml').replaceAll('\n', '\r\n');
    case 'yaml list':
      return yamlOf(list);
    case 'json':
      return objects.map((object) => `${JSON.stringify(object)}\n`).join('---\n');
    case 'json list':
      return `${JSON.stringify(list, null, 2)}\n`;
  }
}

/** Block style. */
function yamlOf(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${indent}${JSON.stringify(value)}\n`;
  if (Object.keys(value).length === 0) return `${indent}${Array.isArray(value) ? '[]' : '{}'}\n`;
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}- ${yamlOf(item, `${indent}  `).trimStart()}`).join('');
  }
  return Object.entries(value)
    .map(([key, part]) =>
      typeof part === 'object' && part !== null && Object.keys(part).length > 0
        ? `${indent}${key}:\n${yamlOf(part, Array.isArray(part) ? indent : `${indent}  `)}`
        : `${indent}${key}: ${yamlOf(part).trimStart()}`,
    )
    .join('');
}

function load(text: string): Snapshot {
  return loadSnapshot({ files: [{ name: 'all.yaml', text }], profile: { flags: { set: [] } } });
}

/** The text with the edits made, the last of the text first, by line and column as an editor would. */
function edited(text: string, { edit, also = [] }: HelpAnswer): string {
  if (edit === undefined) throw new Error('an advice without an edit');
  const offset = (row: number, col: number) =>
    text
      .split('\n')
      .slice(0, row - 1)
      .reduce((sum, each) => sum + each.length + 1, 0) +
    col -
    1;
  return [edit, ...also]
    .map(({ source: { line, column, endLine, endColumn }, insert, replace }) => ({
      start: offset(line, column),
      end: offset(endLine, endColumn),
      put: insert ?? replace ?? '',
    }))
    .sort((a, b) => b.start - a.start)
    .reduce((sum, { start, end, put }) => sum.slice(0, start) + put + sum.slice(end), text);
}

/** What pods may do to each other in `after` and not in `before`, as answers write it. */
function opened(before: Snapshot, after: Snapshot): readonly string[] {
  const party = (app: string) => {
    const pod = after.cluster.podByKey.get(`shop/${app}`);
    if (pod === undefined) throw new Error(app);
    return partyOfPod(after.cluster, pod);
  };
  return APPS.flatMap((from) =>
    APPS.flatMap((to) => {
      const pair = { from: party(from), to: party(to) };
      const more = subtractPorts(allowedPorts(after.policies, pair), allowedPorts(before.policies, pair));
      if (isEmpty(more)) return [];
      const ports = printPorts(more);
      return [`shop/${from} → shop/${to}:${/^TCP [\d,-]+$/.test(ports) ? ports.slice(4) : ports}`];
    }),
  );
}

const forms = fc.constantFrom<Form>('yaml', 'yaml of Windows', 'yaml list', 'json', 'json list');

test('an offered edit opens the path, and opens and closes exactly the listed connections', () => {
  const offered = { one: 0, both: 0 };
  fc.assert(
    fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), forms, (specs, form) => {
      const text = written(objectsOf(specs), form);
      const before = load(text);
      const question = { from: 'shop/web', to: 'shop/db:80', dns: false };
      const answer = traceQuestion(before, question);
      if (answer.paths[0]?.disposition.startsWith('denied-') !== true) return;
      const help = answer.diagnostics[0]?.help?.[0];
      if (help === undefined) return;
      offered[help.text.startsWith('both ends') ? 'both' : 'one']++;
      const changed = edited(text, help);
      if (form === 'yaml of Windows') expect(changed).not.toMatch(/[^\r]\n/);
      const after = load(changed);
      expect(after.diagnostics).toEqual([]);
      expect(traceQuestion(after, question).result).toBe('reachable');
      expect([...(help.opens ?? [])].sort()).toEqual([...opened(before, after)].map(starred).sort());
      const closes = (help.closes ?? []).filter((line) => !line.startsWith('outside'));
      expect([...closes].sort()).toEqual([...opened(after, before)].map(starred).sort());
    }),
    { numRuns: 150 },
  );
  expect(offered.one).toBeGreaterThan(20);
  expect(offered.both).toBeGreaterThan(10);
});

function starred(line: string): string {
  return line.replace(/:All$/, ':*');
}
