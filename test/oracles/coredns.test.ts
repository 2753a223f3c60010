/** What the real CoreDNS answered, recorded by scripts/oracles/coredns.ts, and what our server answers. */

import { describe, expect, test } from 'vitest';
import { parseIp } from '../../src/net/ip.ts';
import { replyLine } from './dns-replies.ts';
import { dnsSnapshot, recordedDns } from './recorded-dns.ts';

const recorded = recordedDns('test/oracles/recorded/coredns-1.14.7.json');

describe(`CoreDNS ${recorded.coredns}`, () => {
  test.each(recorded.cases)('$name', (asked) => {
    const { dns } = dnsSnapshot(recorded, asked);
    const different: string[] = [];
    for (const [question, expected] of asked.answers) {
      // CoreDNS makes a reply that it cannot send (docs/semantics/oracles.md).
      if (expected === 'TIMEOUT') continue;
      const [name = '', type = '', ...rest] = question.split(' ');
      const client = parseIp(rest.includes('from') ? (rest.at(-1) ?? '') : '127.0.0.1');
      const got = replyLine(dns.ask({ name, type, ...(client === undefined ? {} : { client }) }));
      if (got !== expected) different.push(`${question}\n  - ${expected}\n  + ${got}`);
    }
    expect(different.join('\n')).toBe('');
  });
});
