/** The GNU C library. Source: bminor/glibc:resolv/res_query.c __res_context_search, __res_context_query. */

import {
  addressTypes,
  type Candidate,
  dotsIn,
  isAnswered,
  NEXT,
  ndotsOf,
  type Resolver,
  type ResolverHost,
  searchedNames,
  searchesOrDomain,
  TAKE,
  type TypedReply,
} from './resolver.ts';

export const glibc: Resolver = {
  name: 'glibc',
  about: 'GNU C library, 2.26 or newer: Debian, Ubuntu, Red Hat images',
  readsHosts: true,
  asksAllServers: false,
  types: addressTypes,
  candidates: glibcCandidates,
  judge: glibcVerdict,
  failure(steps) {
    const codes = steps.map(({ replies }) => codeOf(replies));
    const [first] = codes;
    // The name itself asked first: its failure is told, whatever the list said.
    if (first !== undefined && steps[0]?.search === undefined) return STATUS[first];
    if (codes.includes('NODATA')) return 'no-data';
    if (codes.includes('SERVFAIL')) return 'temporary-failure';
    return STATUS[codes.at(-1) ?? 'NXDOMAIN'];
  },
  unaskable: { kind: 'leave-list' },
};

type Code = 'NXDOMAIN' | 'NODATA' | 'SERVFAIL' | 'TIMEOUT' | 'REFUSED';

const STATUS = {
  NXDOMAIN: 'not-found',
  NODATA: 'no-data',
  SERVFAIL: 'temporary-failure',
  TIMEOUT: 'temporary-failure',
  REFUSED: 'temporary-failure',
} as const;

/** The name as it is goes first with ndots dots or more; the list is walked in any case. */
function glibcCandidates(name: string, host: ResolverHost): readonly Candidate[] {
  if (name.endsWith('.')) return [{ name }];
  const self: Candidate = { name: `${name}.` };
  const searched = searchedNames(name, searchesOrDomain(host));
  const dots = dotsIn(name);
  const isFirst = dots >= ndotsOf(host.resolvConf);
  const isOnList = searched.some((candidate) => candidate.name === self.name);
  const isShort = dots === 0 && searched.length > 0;
  const isLast = !isFirst && !isOnList && !(isShort && host.resolvConf.options.includes('no-tld-query'));
  return [...(isFirst ? [self] : []), ...searched, ...(isLast ? [self] : [])];
}

/** One answer with records ends the search, even if it is a lone alias. */
function glibcVerdict(replies: readonly TypedReply[]): ReturnType<Resolver['judge']> {
  if (replies.some(isAnswered)) return TAKE;
  const code = codeOf(replies);
  return code === 'TIMEOUT' || code === 'REFUSED' ? { kind: 'leave-list' } : NEXT;
}

/** The first reply's code, or the second's where the first is NODATA. */
function codeOf(replies: readonly TypedReply[]): Code {
  const codes = replies.map(({ reply }): Code => {
    if (reply === undefined) return 'TIMEOUT';
    return reply.rcode === 'NOERROR' ? 'NODATA' : reply.rcode;
  });
  return codes.find((code) => code !== 'NODATA') ?? 'NODATA';
}
