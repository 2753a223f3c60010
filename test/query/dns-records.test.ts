/** The list of records: what the server answers, and nothing else. */

import { describe, expect, test } from 'vitest';
import { type DnsRecord, dnsRecordsQuestion } from '../../src/index.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isAnswer, isClosedAnswer } = publishedSchema('dns-records');

function records(pattern?: string, set: readonly string[] = []): readonly DnsRecord[] {
  const answer = dnsRecordsQuestion(snapshotOf('dns/names', { set }), pattern);
  const read = { ...answer, records: [...answer.records] };
  expect(problems(isAnswer, read)).toEqual([]);
  expect(problems(isClosedAnswer, read)).toEqual([]);
  return read.records;
}

const lines = (list: readonly DnsRecord[]) => list.map(({ name, type, data }) => `${name} ${type} ${data}`);

test('a Service with its ports and its address', () => {
  expect(lines(records('my-service.shop'))).toEqual([
    'my-service.shop.svc.cluster.local. A 10.96.0.20',
    'my-service.shop.svc.cluster.local. SRV 0 100 80 my-service.shop.svc.cluster.local.',
    '_http._tcp.my-service.shop.svc.cluster.local. SRV 0 100 80 my-service.shop.svc.cluster.local.',
  ]);
  expect(lines(records('20.0.96.10.*'))).toEqual([
    '20.0.96.10.in-addr.arpa. PTR my-service.shop.svc.cluster.local.',
  ]);
  expect(
    lines(records('cluster.local.'))
      .slice(0, 2)
      .map((line) => line.split(' ')[1]),
  ).toEqual(['SOA', 'NS']);
});

test('a pattern that nothing fits', () => {
  expect(records('nothing.example')).toEqual([]);
  expect(records('*.none.svc.*')).toEqual([]);
});

describe('each set-up', () => {
  test.each([
    [[]],
    [['dns.pods=verified']],
    [['dns.endpointPodNames=true']],
    [['dns.externalZones=[ext.example]']],
  ])('%j: every record is what the server answers, and every PTR has its forward record', (set) => {
    const { dns } = snapshotOf('dns/names', { set });
    const all = records(undefined, set);
    expect(all.length).toBeGreaterThan(20);
    for (const record of all) {
      const { answer } = dns.ask({ name: record.name, type: record.type });
      expect(answer).toContainEqual(record);
    }
    const forward = new Set(
      all.filter(({ type }) => type === 'A' || type === 'AAAA').map(({ name }) => name),
    );
    const pointers = all.filter(({ type }) => type === 'PTR');
    expect(pointers.length).toBeGreaterThan(0);
    for (const { data } of pointers) expect(forward.has(data)).toBe(true);
  });
});
