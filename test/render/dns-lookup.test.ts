/**
 * Look-ups and the zone as people read them: golden files beside the manifests. What they must say is asserted beside
 * the text: questions and their order are those of glibc (docs/semantics/dns.md D16).
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dnsLookupQuestion, dnsRecordsQuestion } from '../../src/index.ts';
import { digRenderer } from '../../src/render/dig.ts';
import type { View } from '../../src/render/renderer.ts';
import { dnsLookupRenderer } from '../../src/render/text/dns-lookup.ts';
import { zoneFileRenderer } from '../../src/render/text/dns-records.ts';
import { lineText } from '../../src/source/file.ts';
import { snapshotOf } from '../query/ask.ts';

const FIXTURE = 'dns/story';
const golden = (file: string) => `../../fixtures/${FIXTURE}/expected.${file}.txt`;
const snapshot = snapshotOf(FIXTURE, { cni: 'flannel' });
const VIEW: View = {
  width: 80,
  color: 0,
  unicode: true,
  level: 'default',
  readLine: (name, line) => lineText({ name, text: readFileSync(name, 'utf8') }, line),
};

interface Story {
  readonly file: string;
  readonly name: string;
  /** What the text must have, in this order. */
  readonly tells: readonly string[];
  readonly changes?: Partial<View>;
}

const STORIES: readonly Story[] = [
  { file: 'hit', name: 'api', tells: ['10.96.0.50', 'api.shop.svc.cluster.local', 'shop.yaml:1'] },
  // Four dots are fewer than ndots:5, so the search list goes first.
  {
    file: 'search-waste',
    name: 'api.shop.svc.cluster.local',
    tells: ['10.96.0.50', '6 wasted', 'api.shop.svc.cluster.local.shop.svc.cluster.local', 'NXDOMAIN'],
  },
  { file: 'no-such-name', name: 'apii', tells: ['NXDOMAIN', 'api'] },
  { file: 'other-namespace', name: 'ledger', tells: ['NXDOMAIN', 'billing', 'ledger.billing'] },
  {
    file: 'alias-chain',
    name: 'orders',
    tells: ['10.96.0.50', 'backend.shop.svc', 'api.shop.svc', '10.96.0.50'],
  },
  { file: 'hit.verbose', name: 'api', tells: ['10.96.0.50', 'AAAA', 'SOA'], changes: { level: 'verbose' } },
];

describe('dns lookup', () => {
  test.each(STORIES)('$file', async ({ file, name, tells, changes }) => {
    const answer = dnsLookupQuestion(snapshot, { name, from: 'shop/web' });
    const text = dnsLookupRenderer.render(answer, { ...VIEW, ...changes });
    let from = 0;
    for (const word of tells) {
      const at = text.indexOf(word, from);
      expect(at, `${word} in\n${text}`).toBeGreaterThanOrEqual(0);
      from = at;
    }
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    await expect(text).toMatchFileSnapshot(golden(`lookup.${file}`));
  });

  test('--brief is line 1', () => {
    const answer = dnsLookupQuestion(snapshot, { name: 'api', from: 'shop/web' });
    const text = dnsLookupRenderer.render(answer, VIEW);
    expect(dnsLookupRenderer.render(answer, { ...VIEW, level: 'brief' })).toBe(`${text.split('\n')[0]}\n`);
  });

  test('-o dig: sections and flags as dig prints them', async () => {
    const answer = dnsLookupQuestion(snapshot, {
      name: '_http._tcp.api.shop.svc.cluster.local.',
      from: 'shop/web',
      resolver: 'dig',
      type: 'SRV',
    });
    const text = digRenderer.render(answer, VIEW);
    expect(text).toMatch(/^;; ->>HEADER<<- opcode: QUERY, status: NOERROR/m);
    expect(text).toMatch(
      /^_http\._tcp\.api\.shop\.svc\.cluster\.local\.\s+30\s+IN\s+SRV\s+0 100 80 api\.shop/m,
    );
    expect(text).toMatch(/^api\.shop\.svc\.cluster\.local\.\s+30\s+IN\s+A\s+10\.96\.0\.50$/m);
    await expect(text).toMatchFileSnapshot(golden('lookup.dig'));
  });
});

describe('dns records', () => {
  const lines = (pattern?: string) =>
    zoneFileRenderer.render(dnsRecordsQuestion(snapshot, pattern), VIEW).trimEnd().split('\n');

  test('the whole zone', async () => {
    const text = lines();
    expect(text.some((line) => /^orders\.shop\S* .*CNAME\s+backend\.shop/.test(line))).toBe(true);
    await expect(`${text.join('\n')}\n`).toMatchFileSnapshot(golden('records'));
  });

  test('a pattern takes a part', () => {
    const text = lines('api.shop').filter((line) => !line.startsWith(';') && !line.startsWith('$'));
    expect(text.map((line) => line.split(/\s+/).slice(-1)[0])).toEqual([
      '10.96.0.50',
      'api.shop.svc.cluster.local.',
      'api.shop.svc.cluster.local.',
      // The endpoint: 10-244-2-7.api.shop.svc.cluster.local.
      '10.244.2.7',
    ]);
  });
});
