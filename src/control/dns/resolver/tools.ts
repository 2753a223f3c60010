/**
 * Tools that bring their own resolver. Sources: isc-projects/bind9:bin/dig/dighost.c (dig, host, nslookup),
 * mirror/busybox:networking/nslookup.c, nodejs/node:lib/dns.js with c-ares/c-ares:src/lib/ares_query.c.
 */

import { glibc } from './glibc.ts';
import {
  addressTypes,
  type Candidate,
  dotsIn,
  isAnswered,
  type LookupStatus,
  type LookupStep,
  NEXT,
  ndotsOf,
  type Resolver,
  type ResolverHost,
  searchedNames,
  TAKE,
  type TypedReply,
  type Verdict,
} from './resolver.ts';

/** What tools have in common: no /etc/hosts, one server after the other. */
const TOOL: Omit<Resolver, 'name' | 'about' | 'candidates' | 'types'> = {
  readsHosts: false,
  asksAllServers: false,
  judge: toolVerdict,
  failure: toolFailure,
  unaskable: { kind: 'stop', status: 'failure' },
};

export const dig: Resolver = {
  ...TOOL,
  name: 'dig',
  about: 'dig: one question, no search list',
  types: oneType,
  candidates: itself,
};

export const digSearch: Resolver = {
  ...dig,
  name: 'dig+search',
  about: 'dig +search',
  candidates: bindCandidates,
};

export const host: Resolver = {
  ...TOOL,
  name: 'host',
  about: 'host of BIND: A, then AAAA and MX of the name that was found',
  types: oneType,
  candidates: bindCandidates,
};

export const nslookup: Resolver = {
  ...host,
  name: 'nslookup',
  about: 'nslookup of BIND: A, then AAAA of the name that was found',
};

export const busybox: Resolver = {
  ...TOOL,
  name: 'busybox',
  about: 'nslookup of busybox 1.30 or newer: knows no ndots',
  types: addressTypes,
  candidates: busyboxCandidates,
  // It asks all names at once and prints every reply.
  judge: () => NEXT,
  printsAll: true,
};

export const node: Resolver = {
  ...glibc,
  name: 'node',
  about: "Node's dns.lookup, which fetch and http use: the C library's, here glibc",
};

export const nodeResolve: Resolver = {
  ...TOOL,
  name: 'node-resolve',
  about: "Node's dns.resolve4 and its kin: no search list",
  types: oneType,
  candidates: itself,
};

function oneType(family: 4 | 6 | undefined): readonly string[] {
  return [family === 6 ? 'AAAA' : 'A'];
}

function itself(name: string): readonly Candidate[] {
  return [{ name: name.endsWith('.') ? name : `${name}.` }];
}

/** Names with ndots dots or more go first; others last. */
function bindCandidates(name: string, { resolvConf }: ResolverHost): readonly Candidate[] {
  if (name.endsWith('.')) return itself(name);
  const searched = searchedNames(name, resolvConf.searches);
  const isFirst = dotsIn(name) >= ndotsOf(resolvConf);
  return isFirst ? [...itself(name), ...searched] : [...searched, ...itself(name)];
}

/** A name with a dot is never searched; one without only in the list. */
function busyboxCandidates(name: string, { resolvConf }: ResolverHost): readonly Candidate[] {
  const isSearched = !name.includes('.') && resolvConf.searches.length > 0;
  return isSearched ? searchedNames(name, resolvConf.searches) : itself(name);
}

/** NODATA is an answer for BIND's tools: only a name that is not there lets them go on. */
function toolVerdict(replies: readonly TypedReply[]): Verdict {
  if (replies.some(isAnswered)) return TAKE;
  const [first] = replies;
  return first?.reply?.rcode === 'NOERROR' ? { kind: 'stop', status: 'no-data' } : NEXT;
}

function toolFailure(steps: readonly LookupStep[]): LookupStatus {
  const last = steps.at(-1)?.replies[0]?.reply;
  return last === undefined || last.rcode === 'SERVFAIL' || last.rcode === 'REFUSED'
    ? 'temporary-failure'
    : 'not-found';
}
