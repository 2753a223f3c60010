/** The look-up of a client outside the cluster: the public DNS, which knows no name of the cluster. */

import type { DnsReply } from '../control/dns/record.ts';
import { askOutside } from '../control/dns/server.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import type { LegAnswer, StepAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import type { LookupResult } from './lookup.ts';
import { likely, saysCluster, unknownOutside } from './lookup-miss.ts';
import { assumePublicName } from './public-name.ts';
import { sourceAnswer } from './source-answer.ts';

const RESOLVER = { kind: 'resolver', name: 'public DNS' } as const;

/** What a client outside gets for a name: `dns.upstream`, else what the manifests mean to have there. */
export function lookUpOutside(asking: Asking, host: string): LookupResult {
  const { snapshot, family } = asking;
  const type = family === 4 ? 'A' : 'AAAA';
  const reply = askOutside(snapshot.dns, { name: host, type });
  const addresses = reply.answer.flatMap((record) =>
    record.type === type ? (parseIp(record.data) ?? []) : [],
  );
  const leg = outsideLeg(asking, { host, reply, addresses });
  if (addresses.length > 0) {
    assumePublicName(asking, host, reply);
    return { leg, addresses, walks: [] };
  }
  if (reply.outside) asking.assumptions.add('A_UPSTREAM_NXDOMAIN', { values: [host], decisive: true });
  const failure = { disposition: 'name-not-found', diagnostics: [outsideMiss(asking, host, reply)] } as const;
  return { leg, addresses, walks: [], failure };
}

interface Asked {
  readonly host: string;
  readonly reply: DnsReply;
  readonly addresses: readonly Ip[];
}

function outsideLeg({ namer }: Asking, { host, reply, addresses }: Asked): LegAnswer {
  const aliases = reply.answer.flatMap(({ type, data }) => (type === 'CNAME' ? [data] : []));
  const isFound = addresses.length > 0;
  const words = reply.outside ? 'taken as NXDOMAIN' : 'NODATA';
  const step: StepAnswer = {
    kind: isFound ? 'resolve' : 'end',
    text: [host, ...aliases, ...(isFound ? [addresses.map(({ text }) => text).join(', ')] : [])].join(' → '),
    where: { rule: isFound ? 'public DNS' : words },
    ...(reply.origin === undefined ? {} : { because: [sourceAnswer(reply.origin, { namer })] }),
  };
  return { purpose: 'lookup', hops: [{ place: RESOLVER, steps: [step] }] };
}

function outsideMiss({ snapshot, family }: Asking, host: string, reply: DnsReply): Diagnostic {
  const miss: Diagnostic = { code: 'name-not-found', severity: 'error', text: '', sources: [] };
  if (saysCluster(snapshot, host)) {
    const text = `${host} is a name of the cluster: nobody outside can look it up`;
    return { ...miss, text, help: likely(['name the Service as svc/NAME, which is dialled by its address']) };
  }
  if (!reply.outside) return { ...miss, text: `${host} has no IPv${family} address outside` };
  const { text, help, at = reply.origin } = unknownOutside(snapshot, host, reply);
  const sources: Diagnostic['sources'] = at === undefined ? [] : [{ at, role: 'primary', label: text }];
  return { ...miss, text, sources, help: likely(help) };
}
