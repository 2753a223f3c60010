/** Go's own resolver (netgo). Source: golang/go:src/net/{dnsclient_unix,dnsconfig_unix}.go nameList, goLookupIPCNAMEOrder. */

import { MAX_NAME } from '../name.ts';
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

export const go: Resolver = {
  name: 'go',
  about: "Go's own resolver: static Go binaries",
  readsHosts: true,
  asksAllServers: false,
  types: addressTypes,
  candidates: goCandidates,
  judge: (replies) => (replies.some(hasAddress) ? TAKE : NEXT),
  failure(steps, name) {
    // The first error is told, unless the name itself has one.
    const own = steps.findLast((step) => step.name === `${name}.`) ?? steps[0];
    const isTemporary = own?.replies.some(({ reply }) => reply === undefined || isBroken(reply.rcode));
    return isTemporary === true ? 'temporary-failure' : 'not-found';
  },
  unaskable: NEXT,
};

/** A lone dot in the list is skipped when the file is read; .onion is never asked (RFC 7686). */
function goCandidates(name: string, host: ResolverHost): readonly Candidate[] {
  const isAsked = ({ name: full }: Candidate) =>
    !full.toLowerCase().endsWith('.onion.') && full.length <= MAX_NAME;
  if (name.endsWith('.')) return [{ name }].filter(isAsked);
  const self: Candidate = { name: `${name}.` };
  const domains = searchesOrDomain(host);
  const searched = searchedNames(name, domains).filter((_, index) => domains[index] !== '.');
  const isFirst = dotsIn(name) >= ndotsOf(host.resolvConf);
  return (isFirst ? [self, ...searched] : [...searched, self]).filter(isAsked);
}

/** An alias alone is no answer. */
function hasAddress(each: TypedReply): boolean {
  return isAnswered(each) && each.reply?.answer.some(({ type }) => type === each.type) === true;
}

function isBroken(rcode: string): boolean {
  return rcode === 'SERVFAIL' || rcode === 'REFUSED';
}
