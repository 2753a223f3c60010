/** The question of `k8snet dns records`: the records that the cluster's DNS serves. */

import type { DnsRecord } from '../control/dns/record.ts';
import type { DnsServer } from '../control/dns/server.ts';
import type { DnsRecordsAnswer } from './dns-records-answer.ts';
import type { Snapshot } from './snapshot.ts';
import { TOOL } from './tool.ts';

/**
 * The records, made one after the other: each is what the server answers to its name and type.
 * @param pattern a part of a name, or with `*` a pattern for the whole of it; letters may be any case.
 */
export function dnsRecordsQuestion({ dns }: Snapshot, pattern?: string): DnsRecordsAnswer {
  return {
    schema: 'k8snet/dns-records/1',
    tool: TOOL,
    ...(pattern === undefined ? {} : { pattern }),
    zones: dns.served.flatMap(({ settings }) => settings.zones),
    unlisted: unlisted(dns),
    records: { [Symbol.iterator]: () => recordsOf(dns, matcher(pattern)) },
  };
}

function matcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const wanted = pattern.toLowerCase();
  if (!wanted.includes('*')) return (name) => name.includes(wanted);
  const parts = wanted
    .replace(/\.$/, '')
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`^${parts.join('.*')}\\.?$`);
  return (name) => whole.test(name);
}

/** A name that two plugins know is asked once: the first of them answers. */
function* recordsOf(dns: DnsServer, fits: (name: string) => boolean): Generator<DnsRecord> {
  const seen = new Set<string>();
  for (const { name, types } of dns.knownNames()) {
    if (!fits(name.toLowerCase())) continue;
    for (const type of types) {
      const question = `${name} ${type}`;
      if (seen.has(question)) continue;
      seen.add(question);
      for (const record of dns.ask({ name, type }).answer) if (record.type === type) yield record;
    }
  }
}

function unlisted({ served }: DnsServer): readonly string[] {
  return served.flatMap(({ settings }) => {
    const zone = settings.zones[0] ?? '';
    if (settings.pods !== 'insecure') return [];
    return [`pods insecure: <address-with-dashes>.<namespace>.pod.${zone} is that address, whatever it is`];
  });
}
