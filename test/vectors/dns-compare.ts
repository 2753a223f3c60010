/** How conformance cases about names compare what they expect with what they get. */

import { parseIp } from '../../src/net/ip.ts';
import type { RecordFacts } from './dns-file.ts';
import type { VectorResult } from './result.ts';

/** Passed, or every difference. */
export function verdict(
  at: Pick<VectorResult, 'id' | 'part'>,
  problems: readonly (string | undefined)[],
): VectorResult {
  const wrong = problems.filter((problem) => problem !== undefined);
  return wrong.length === 0 ? { ...at, status: 'pass' } : { ...at, status: 'fail', detail: wrong.join('; ') };
}

/** A difference in words; undefined where there is none. */
export function differs(what: string, expected: unknown, got: unknown): string | undefined {
  const [wanted, found] = [JSON.stringify(expected), JSON.stringify(got)];
  return wanted === found ? undefined : `${what}: expected ${wanted}, got ${found}`;
}

/** Records as a multiset; IPv6 addresses by their value. */
export function printAll(records: readonly RecordFacts[]): readonly string[] {
  return records.map(printRecord).sort();
}

/** One record. */
export function printRecord({ name, type, ttl, data }: RecordFacts): string {
  return `${name} ${ttl} ${type} ${type === 'AAAA' ? (parseIp(data)?.text ?? data) : data}`;
}
