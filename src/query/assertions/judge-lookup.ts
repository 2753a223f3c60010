/** Holds an assertion about a name? */

import { dnsLookupQuestion } from '../dns-lookup.ts';
import type { DnsLookupAnswer } from '../dns-lookup-answer.ts';
import type { Snapshot } from '../snapshot.ts';
import { addressesOf } from './addresses-of.ts';
import type { LookupAssertion } from './assertion.ts';
import type { Outcome } from './test-answer.ts';

/** What a program is told, also in the words of `trace`. */
const STATUS_WORDS: Readonly<Record<string, readonly string[]>> = {
  resolved: ['resolved'],
  'not-found': ['not-found'],
  'no-data': ['no-data'],
  'temporary-failure': ['temporary-failure'],
  failure: ['failure'],
  'name-not-found': ['not-found', 'no-data'],
  'name-try-again': ['temporary-failure'],
};
const RCODES: readonly string[] = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'TIMEOUT'];

/**
 * Looks the name up and compares. A status is one word; anything else is all the addresses that there must be, or
 * the name that the answer is an alias of.
 * @throws UsageError for what is no name, and for a reference that fits nothing.
 */
export function judgeLookup(snapshot: Snapshot, { question, expect }: LookupAssertion): Outcome {
  const lookup = dnsLookupQuestion(snapshot, question);
  const compared = { expected: expect.join(', '), actual: actualWords(lookup) };
  const status = holds(snapshot, lookup, expect) ? 'passed' : 'failed';
  return { status, ...compared, ...(status === 'passed' ? {} : { lookup }) };
}

function holds(snapshot: Snapshot, { result }: DnsLookupAnswer, expect: readonly string[]): boolean {
  const [first = ''] = expect;
  if (expect.length === 1) {
    if (Object.hasOwn(STATUS_WORDS, first)) return STATUS_WORDS[first]?.includes(result.status) === true;
    if (RCODES.includes(first.toUpperCase())) return result.rcode === first.toUpperCase();
    if (isName(first)) return withoutDot(result.canonicalName ?? '') === withoutDot(first);
  }
  const wanted = new Set(expect.flatMap((text) => addressesOf(snapshot, text)));
  const found = new Set(result.addresses);
  // A question about one family finds that part of the addresses.
  const isPart = found.size > 0 && [...found].every((address) => wanted.has(address));
  const families = new Set([...found].map((address) => address.includes(':')));
  return isPart && [...wanted].every((address) => found.has(address) || !families.has(address.includes(':')));
}

/** A name in full, neither a reference nor an address. */
function isName(text: string): boolean {
  return text.includes('.') && !text.includes('/') && !/^[\d.]+$/.test(text) && !text.includes(':');
}

function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function actualWords({ result }: DnsLookupAnswer): string {
  const { status, rcode, addresses, canonicalName } = result;
  if (addresses.length > 0) {
    const alias = canonicalName === undefined ? '' : `${withoutDot(canonicalName)}: `;
    return `${alias}${addresses.join(', ')}`;
  }
  return rcode === undefined || status === 'resolved' ? status : `${status} (${rcode})`;
}
