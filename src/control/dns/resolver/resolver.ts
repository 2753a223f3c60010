/**
 * What resolver libraries and tools share: from a name as a program writes it to the absolute names that are
 * asked, one after the other, until one of them ends it.
 */

import { onceFor, onceInARow } from '../../../collections/once.ts';
import type { Ip, IpFamily } from '../../../net/ip.ts';
import type { HostsEntry } from '../hosts-file.ts';
import { withoutFinalDot } from '../name.ts';
import type { DnsReply } from '../record.ts';

/** The lists of a resolv.conf(5). */
export interface ResolverLists {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`. */
  readonly options: readonly string[];
}

/** Where a program runs. */
export interface ResolverHost {
  readonly resolvConf: ResolverLists;
  readonly hosts: readonly HostsEntry[];
  /** The kernel's name of the host; libraries take its domain where there is no search list. */
  readonly hostname?: string;
}

/** An absolute name to be asked. */
export interface Candidate {
  /** With its final dot. */
  readonly name: string;
  /** Which entry of the search list made it, from 1; undefined: the name itself. */
  readonly search?: number | undefined;
}

/** What a library does after a step. */
export type Verdict =
  /** The answer counts, even if there is no address in it. */
  | { readonly kind: 'take' }
  | { readonly kind: 'next' }
  /** The rest of the search list is left out; the name itself is still asked. */
  | { readonly kind: 'leave-list' }
  | { readonly kind: 'stop'; readonly status: LookupStatus };

/** What the program is told (getaddrinfo: EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL). */
export type LookupStatus = 'resolved' | 'not-found' | 'no-data' | 'temporary-failure' | 'failure';

/** The reply to one type of question; undefined: nobody answered in time. */
export interface TypedReply {
  readonly type: string;
  readonly reply: DnsReply | undefined;
}

export interface LookupStep extends Candidate {
  /** The server whose replies count. */
  readonly server: string;
  /** Servers that were asked, that one included. */
  readonly servers: readonly string[];
  readonly replies: readonly TypedReply[];
}

export interface NameLookupResult {
  readonly steps: readonly LookupStep[];
  readonly status: LookupStatus;
  readonly addresses: readonly Ip[];
  /** The name that owns the addresses; with a final dot. */
  readonly canonicalName?: string | undefined;
  /** The line of /etc/hosts that answered: no server was asked. */
  readonly hosts?: HostsEntry | undefined;
  /** Candidates that no packet can carry: a label over 63 characters, or more than 253 in all. */
  readonly unaskable: readonly string[];
}

/** Asks one server. @returns undefined when nobody answers there. */
export type AskServer = (
  server: string,
  question: { readonly name: string; readonly type: string },
) => DnsReply | undefined;

/** A library or tool. */
export interface Resolver {
  readonly name: string;
  /** What it is, in a few words, for the list of them. */
  readonly about: string;
  /** Does it read /etc/hosts? */
  readonly readsHosts: boolean;
  /** Are all servers asked at once, and the first answer taken? */
  readonly asksAllServers: boolean;
  /** Types of questions that it asks by itself. @param family undefined: both. */
  types(family: IpFamily | undefined): readonly string[];
  /** The names that it asks, in order, unless one of them ends it. */
  candidates(name: string, host: ResolverHost): readonly Candidate[];
  judge(replies: readonly TypedReply[]): Verdict;
  /** The status when no candidate was taken. */
  failure(steps: readonly LookupStep[], name: string): LookupStatus;
  /** A candidate with which the whole look-up fails, and how. */
  fatal?(candidate: Candidate): LookupStatus | undefined;
  /** What happens at a candidate that no packet can carry. */
  readonly unaskable: Verdict;
  /** Does it print whatever any name was answered, when all are asked? */
  readonly printsAll?: true;
}

/**
 * The value of the option `ndots`, within what every library takes.
 * @param ofWord what a value without a number in front means: atoi says 0, musl leaves it alone.
 */
export function ndotsOf({ options }: ResolverLists, ofWord = 0): number {
  return Math.min(ndotsIn(options) ?? ofWord, MOST_NDOTS);
}

/** The same list is read by every library that is compared; undefined: a value without a number. */
const ndotsIn = onceFor((options: ResolverLists['options']): number | undefined => {
  const written = options.findLast((option) => option.startsWith('ndots:'));
  if (written === undefined) return DEFAULT_NDOTS;
  const number = /^ndots:(\d+)/.exec(written)?.[1];
  return number === undefined ? undefined : Number(number);
});

/** resolv.conf(5); RES_MAXNDOTS of glibc, and the same bound in musl and Go. */
const DEFAULT_NDOTS = 1;
const MOST_NDOTS = 15;

/** How many dots a name has. */
export function dotsIn(name: string): number {
  return name.split('.').length - 1;
}

/** The search list; without one, the domain of the host's name. */
export function searchesOrDomain({ resolvConf, hostname = '' }: ResolverHost): readonly string[] {
  if (resolvConf.searches.length > 0) return resolvConf.searches;
  const dot = hostname.indexOf('.');
  return dot < 0 ? [] : [hostname.slice(dot + 1)];
}

/** The name with each domain behind it. */
export function searchedNames(name: string, domains: readonly string[]): readonly Candidate[] {
  return searchedIn(domains)(name);
}

/** The libraries that are compared search one list for one name. */
const searchedIn = onceFor((domains: readonly string[]) =>
  onceInARow((name: string): readonly Candidate[] =>
    domains.map((domain, index) => ({
      name: domain === '.' ? `${name}.` : `${name}.${withoutFinalDot(domain)}.`,
      search: index + 1,
    })),
  ),
);

/** Is an answer with records among the replies? */
export function isAnswered({ reply }: TypedReply): boolean {
  return reply?.rcode === 'NOERROR' && reply.answer.length > 0;
}

export const TAKE: Verdict = { kind: 'take' };
export const NEXT: Verdict = { kind: 'next' };

/** `A` and `AAAA`, or that of one family. */
export function addressTypes(family: IpFamily | undefined): readonly string[] {
  if (family === undefined) return ['A', 'AAAA'];
  return [family === 4 ? 'A' : 'AAAA'];
}
