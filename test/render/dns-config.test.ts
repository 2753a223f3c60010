/** `dns config` as people read it: golden files beside the manifests. */

import { expect, test } from 'vitest';
import { dnsConfigQuestion } from '../../src/index.ts';
import { dnsConfigRenderer } from '../../src/render/text/dns-config.ts';
import { snapshotOf } from '../query/ask.ts';

const FIXTURE = 'dns/pod-files';

test.each([
  { pod: 'plain', level: 'default' },
  { pod: 'named', level: 'verbose' },
  { pod: 'on-host', level: 'default' },
  { pod: 'too-long', level: 'default' },
] as const)('$pod, $level', async ({ pod, level }) => {
  const answer = dnsConfigQuestion(snapshotOf(FIXTURE), `shop/${pod}`);
  const text = dnsConfigRenderer.render(answer, { width: 80, color: 0, unicode: true, level });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  await expect(text).toMatchFileSnapshot(`../../fixtures/${FIXTURE}/expected.${pod}.txt`);
});

test('--brief is line 1', () => {
  const answer = dnsConfigQuestion(snapshotOf(FIXTURE), 'shop/named');
  expect(dnsConfigRenderer.render(answer, { width: 80, color: 0, unicode: true, level: 'brief' })).toBe(
    'shop/named   ClusterFirst   asks 10.96.0.10, 9.9.9.9, 4 search domains\n',
  );
});
