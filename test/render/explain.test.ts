/** `explain` as text: real answers, caps, width. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';
import { explainCluster } from '../../src/query/explain-cluster.ts';
import { explainWord } from '../../src/query/explain-word.ts';
import type { View } from '../../src/render/renderer.ts';
import { clusterRenderer } from '../../src/render/text/explain-cluster.ts';
import { wordRenderer } from '../../src/render/text/explain-word.ts';
import { snapshotOf } from '../query/ask.ts';
import { view } from './answers.ts';

const LOOKS: readonly { readonly file: string; readonly changes: Partial<View> }[] = [
  { file: 'expected.brief.txt', changes: { level: 'brief' } },
  { file: 'expected.txt', changes: {} },
  { file: 'expected.100.ascii.txt', changes: { width: 100, unicode: false } },
  { file: 'expected.v.txt', changes: { level: 'verbose' } },
];

test.each(LOOKS)('explain cluster: $file', async ({ file, changes }) => {
  const text = clusterRenderer.render(explainCluster(snapshotOf('trace/from-outside')), view(changes));
  await expect(text).toMatchFileSnapshot(`../../fixtures/render/explain-cluster/${file}`);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(changes.width ?? 80);
});

describe('a big cluster', () => {
  const text = [1, 2, 3]
    .map(
      (number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: a-workload-with-quite-a-long-name-${number}, namespace: a-namespace-with-a-long-name}
spec:
  replicas: 20
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: x}]}}
`,
    )
    .join('---\n');
  const files = [{ name: 'some/folder/of/a/repository/deployments.yaml', text }];
  const answer = explainCluster(loadSnapshot({ files, profile: { flags: { set: [] } } }));

  test('has a line for each workload, and -v one for each pod', () => {
    const grouped = clusterRenderer.render(answer, view());
    expect(grouped).toContain('\npods  62\n');
    expect(grouped.split('\n').filter((line) => line.includes('20 pods'))).toHaveLength(3);
    const all = clusterRenderer.render(answer, view({ level: 'verbose' }));
    expect(all.split('\n').filter((line) => /#\d/.test(line))).toHaveLength(62);
  });

  test.each([64, 80, 100])('no line is wider than %i columns', (width) => {
    for (const level of ['default', 'verbose'] as const) {
      const lines = clusterRenderer.render(answer, view({ width, level })).split('\n');
      expect(lines.filter((line) => line.length > width)).toEqual([]);
    }
  });
});

test('explain WORD: a page', () => {
  expect(wordRenderer.render(explainWord('no-such-service'), view())).toBe(
    [
      'no-such-service   reason',
      '  the name is that of a Service which is not in its namespace',
      '  of    name-not-found',
      '  next  Check the spelling and the namespace: from another namespace it is',
      '        NAME.NAMESPACE.',
      '',
      'no-such-service   diagnostic',
      '  The name or reference means a Service that is not in the manifests.',
      '  next  See the reason of the same name.',
      '',
    ].join('\n'),
  );
});
