/** The musl C library. Source: bminor/musl:src/network/{lookup_name,res_msend,resolvconf}.c. */

import { isAskable } from '../name.ts';
import {
  addressTypes,
  type Candidate,
  dotsIn,
  isAnswered,
  type LookupStatus,
  NEXT,
  ndotsOf,
  type Resolver,
  type ResolverHost,
  searchedNames,
  TAKE,
  type TypedReply,
  type Verdict,
} from './resolver.ts';

/** A longer `search` line, keyword included, does not fit the buffer, and is skipped as a whole. */
const LONGEST_SEARCH_LINE = 254;

interface MuslVersion {
  readonly name: string;
  readonly about: string;
  /** What getaddrinfo says of a name without addresses. */
  readonly noData: LookupStatus;
  /** What happens at a lone dot in the search list. */
  readonly root: 'skipped' | 'fatal';
}

export const musl: Resolver = muslResolver({
  name: 'musl',
  about: 'musl 1.2.4 or newer: Alpine 3.18 and later',
  noData: 'no-data',
  root: 'skipped',
});

export const olderMusl: Resolver = muslResolver({
  name: 'musl-1.2.3',
  about: 'musl before 1.2.4: Alpine up to 3.17',
  noData: 'not-found',
  root: 'fatal',
});

function muslResolver({ name, about, noData, root }: MuslVersion): Resolver {
  return {
    name,
    about,
    readsHosts: true,
    asksAllServers: true,
    types: addressTypes,
    candidates: (asked, host) => muslCandidates(asked, host, root),
    judge: (replies) => muslVerdict(replies, noData),
    failure: () => 'not-found',
    fatal: ({ name: full }) =>
      full.endsWith('..') && isAskable(full.slice(0, -1)) ? 'temporary-failure' : undefined,
    unaskable: NEXT,
  };
}

/** With ndots dots or more the list is not walked at all. */
function muslCandidates(
  name: string,
  { resolvConf }: ResolverHost,
  root: MuslVersion['root'],
): readonly Candidate[] {
  if (name.endsWith('.')) return [{ name }];
  const self: Candidate = { name: `${name}.` };
  const { searches } = resolvConf;
  const isReadable = `search ${searches.join(' ')}`.length <= LONGEST_SEARCH_LINE;
  if (!isReadable || dotsIn(name) >= ndotsOf(resolvConf, 1)) return [self];
  const searched = searchedNames(name, searches).flatMap((candidate, index) => {
    if (searches[index] !== '.') return [candidate];
    return root === 'skipped' ? [] : [{ ...candidate, name: `${name}..` }];
  });
  return [...searched, self];
}

/** Replies in the order A, AAAA: the first that is no success decides; success without an address ends it too. */
function muslVerdict(replies: readonly TypedReply[], noData: LookupStatus): Verdict {
  for (const { reply } of replies) {
    if (reply === undefined || reply.rcode === 'SERVFAIL' || reply.rcode === 'REFUSED') {
      return { kind: 'stop', status: 'temporary-failure' };
    }
    if (reply.rcode === 'NXDOMAIN') return NEXT;
  }
  const hasAddress = replies.some(
    (each) => isAnswered(each) && each.reply?.answer.some(({ type }) => type === each.type),
  );
  return hasAddress ? TAKE : { kind: 'stop', status: noData };
}
