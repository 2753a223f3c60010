/** Conformance cases about what resolver libraries and tools ask. */

import { reply } from '../../src/control/dns/record.ts';
import {
  type AskServer,
  type DnsRecord,
  type DnsReply,
  lookUpName,
  parseHostsFile,
  resolverNamed,
} from '../../src/index.ts';
import { differs, verdict } from './dns-compare.ts';
import type { ScriptedName, SearchVector } from './dns-file.ts';
import type { VectorResult } from './result.ts';

const RCODES: Readonly<Record<number, DnsReply['rcode']>> = {
  0: 'NOERROR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  5: 'REFUSED',
};

/** The tools' names in the files, where they are not ours. */
const TOOLS: Readonly<Record<string, string>> = {
  'busybox-nslookup': 'busybox',
  'node-dns.lookup': 'node',
  'node-dns.resolve4': 'node-resolve',
};

/** One name. */
export function runSearch(vector: SearchVector): VectorResult {
  const { id, name, resolvconf, hostname, hosts = '', zone, expect, result } = vector;
  const resolver = resolverNamed(resolverName(vector));
  if (resolver === undefined) return { id, status: 'fail', detail: `no resolver ${vector.flavour}` };
  const host = {
    resolvConf: resolvconf,
    hosts: parseHostsFile(hosts),
    ...(hostname === undefined ? {} : { hostname }),
  };
  const question = { name, ...(vector.family === 'inet' ? { family: 4 as const } : {}) };
  const { steps, status, addresses } = lookUpName(resolver, host, question, scripted(zone));
  const asked = [...new Set(steps.map((step) => step.name))];
  return verdict({ id }, [
    differs('order', expect, asked),
    differs('status', result.status, status),
    result.addresses === undefined
      ? undefined
      : differs('addresses', [...result.addresses].sort(), addresses.map(({ text }) => text).sort()),
  ]);
}

function resolverName({ flavour, flavourVersion }: SearchVector): string {
  if (flavour === 'musl' && flavourVersion?.startsWith('<') === true) return 'musl-1.2.3';
  return TOOLS[flavour] ?? flavour;
}

/** A server that knows a few names. */
function scripted(zone: SearchVector['zone']): AskServer {
  return (_, { name, type }) => {
    const known = zone[name];
    const code =
      (type === 'AAAA' ? known?.rcodeAAAA : undefined) ?? known?.rcode ?? (known === undefined ? 3 : 0);
    const answer = known === undefined ? [] : scriptedAnswer(zone, { name, known }, type);
    const rcode = RCODES[code] ?? 'SERVFAIL';
    return reply('script', rcode, { answer });
  };
}

function scriptedAnswer(
  zone: SearchVector['zone'],
  { name, known }: { readonly name: string; readonly known: ScriptedName },
  type: string,
): readonly DnsRecord[] {
  const own = (type === 'AAAA' ? known.AAAA : type === 'A' ? known.A : undefined) ?? [];
  const records = own.map((data) => ({ name, type, ttl: 30, data }));
  const { CNAME: target } = known;
  if (target === undefined) return records;
  const next = zone[target];
  const alias = { name, type: 'CNAME', ttl: 30, data: target };
  return [alias, ...(next === undefined ? [] : scriptedAnswer(zone, { name: target, known: next }, type))];
}
