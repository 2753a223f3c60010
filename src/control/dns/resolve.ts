/** What a program in a pod asks for a name, and what it gets: glibc over the pod's resolver. */

import type { Ip, IpFamily } from '../../net/ip.ts';
import { type AddressAnswer, answerAddress, answerOutside } from './answer.ts';
import type { NameServer, PodResolver } from './resolver.ts';
import { type Candidate, searchOrder } from './search.ts';
import type { DnsServer } from './server.ts';

/** One question and its answer. */
export interface AskedName extends Candidate {
  readonly answer: AddressAnswer;
}

export interface NameLookup {
  /** As the program wrote it. */
  readonly name: string;
  readonly resolver: PodResolver;
  /** Who was asked. */
  readonly server: NameServer;
  /** In the order asked; the last one ended the search. */
  readonly asked: readonly AskedName[];
  /** The question that was answered with addresses. */
  readonly found?: AskedName;
  /** The name that owns the addresses, behind every CNAME; with a final dot. */
  readonly canonicalName?: string;
  readonly addresses: readonly Ip[];
  /** Why nothing was found, where the cluster's objects say so. */
  readonly reason?: NonNullable<AddressAnswer['reason']>;
}

/** What a program's library asks with, and whom. */
export interface AskingWith {
  readonly resolver: PodResolver;
  /** The first of its name servers that answers: one that says no is not asked again. */
  readonly server: NameServer;
}

/**
 * Looks a name up.
 * @param name as a program writes it: `api`, `api.shop`, `api.shop.svc.cluster.local.`.
 * @param family of the addresses that are asked for.
 */
export function resolveName(
  dns: DnsServer,
  { resolver, server }: AskingWith,
  name: string,
  family: IpFamily,
): NameLookup {
  const asked: AskedName[] = [];
  for (const candidate of searchOrder(name, resolver)) {
    const askOne = server.kind === 'cluster' ? answerAddress : answerOutside;
    const answer = askOne(dns, candidate.name, family === 4 ? 'A' : 'AAAA');
    asked.push({ ...candidate, answer });
    if (endsSearch(answer)) break;
  }
  const last = asked.at(-1);
  if (last === undefined || last.answer.addresses.length === 0) {
    const reason = asked.find((one) => one.answer.reason !== undefined)?.answer.reason;
    return { name, resolver, server, asked, addresses: [], ...(reason === undefined ? {} : { reason }) };
  }
  const { addresses, cnames } = last.answer;
  return { name, resolver, server, asked, found: last, canonicalName: cnames.at(-1) ?? last.name, addresses };
}

/** An answer with records ends the search, even if it is a CNAME that leads nowhere; NODATA does not. */
function endsSearch({ addresses, cnames }: AddressAnswer): boolean {
  return addresses.length > 0 || cnames.length > 0;
}
