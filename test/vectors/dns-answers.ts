/** Conformance cases about what the cluster DNS answers. */

import {
  type DnsQuestion,
  type DnsRecord,
  type DnsReply,
  type DnsServer,
  transferRecords,
} from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { differs, printAll, printRecord, verdict } from './dns-compare.ts';
import type { DnsVector, ExpectedReply, NamesVector, ServerConfig, ZoneVector } from './dns-file.ts';
import { readManifests, serverOf } from './dns-server.ts';
import type { VectorResult } from './result.ts';

/** Every question of a case. */
export function* runQuestions(
  { id, manifests, queries }: DnsVector,
  config: ServerConfig,
): Generator<VectorResult> {
  const server = serverOf(readManifests(manifests, config), config);
  const client = config.client === undefined ? undefined : parseIp(config.client.ip);
  for (const { name, type, expect } of queries) {
    const question: DnsQuestion = { name, type, ...(client === undefined ? {} : { client }) };
    yield compareReply({ id, part: `${name} ${type}` }, expect, server.ask(question));
  }
}

function compareReply(
  at: Pick<VectorResult, 'id' | 'part'>,
  expected: ExpectedReply,
  got: DnsReply,
): VectorResult {
  const soa = got.authority.find(({ type }) => type === 'SOA');
  return verdict(at, [
    differs('rcode', expected.rcode, got.rcode),
    differs('answer', printAll(expected.answer), printAll(got.answer)),
    expected.additional === undefined
      ? undefined
      : differs('additional', printAll(expected.additional), printAll(got.additional)),
    differs('authority_soa', expected.authority_soa, soa !== undefined),
    expected.soa_name === undefined ? undefined : differs('soa_name', expected.soa_name, soa?.name),
    expected.soa_ttl === undefined ? undefined : differs('soa_ttl', expected.soa_ttl, soa?.ttl),
    expected.soa_minttl === undefined
      ? undefined
      : differs('soa_minttl', String(expected.soa_minttl), soa?.data.split(' ').at(-1)),
    misplacedAlias(got.answer),
  ]);
}

/** An alias must come before what it points to. */
function misplacedAlias(answer: readonly DnsRecord[]): string | undefined {
  const isMisplaced = ({ data }: DnsRecord, index: number) =>
    answer.slice(0, index).some(({ name }) => name === data);
  const alias = answer.find((record, index) => record.type === 'CNAME' && isMisplaced(record, index));
  return alias === undefined ? undefined : `expected CNAME ${alias.data} before its target`;
}

/** A zone as a whole. */
export function runZone(
  { id, manifests, config: own, expect }: ZoneVector,
  config: ServerConfig,
): VectorResult {
  const server = serverOf(readManifests(manifests, config), config);
  const zone = `${own.clusterDomain ?? config.clusterDomain}.`;
  const records = server.served.flatMap((served) => [...transferRecords(served, zone)]);
  const unique = [...new Map(records.map((record) => [printRecord(record), record])).values()];
  return verdict({ id }, [differs('records', printAll(expect.records), printAll(unique))]);
}

/** Names that must, and must not exist. */
export function runNames({ id, manifests, expect }: NamesVector, config: ServerConfig): VectorResult {
  const server = serverOf(readManifests(manifests, config, 'authored'), config);
  return verdict({ id }, [
    ...expect.exists.map((name) => differs(name, 'exists', exists(server, name) ? 'exists' : 'is missing')),
    ...expect.missing.map((name) => differs(name, 'NXDOMAIN', server.ask({ name, type: 'A' }).rcode)),
  ]);
}

function exists(server: DnsServer, name: string): boolean {
  return ['A', 'AAAA', 'SRV'].some((type) => server.ask({ name, type }).answer.length > 0);
}
