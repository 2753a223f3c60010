/** A look-up by any library: /etc/hosts, then the candidates, each asked of the servers. */

import { groupByEach } from '../../../collections/grouping.ts';
import { onceFor } from '../../../collections/once.ts';
import { type Ip, type IpFamily, parseIp } from '../../../net/ip.ts';
import type { HostsEntry } from '../hosts-file.ts';
import { isAskable, withoutFinalDot } from '../name.ts';
import type { DnsReply } from '../record.ts';
import type {
  AskServer,
  Candidate,
  LookupStatus,
  LookupStep,
  NameLookupResult,
  Resolver,
  ResolverHost,
  TypedReply,
  Verdict,
} from './resolver.ts';

export interface NameQuestion {
  /** As the program writes it. */
  readonly name: string;
  /** undefined: both families, as most programs ask. */
  readonly family?: IpFamily;
  /** A type that is asked instead of addresses. */
  readonly type?: string;
}

/** Looks a name up. */
export function lookUpName(
  resolver: Resolver,
  host: ResolverHost,
  question: NameQuestion,
  ask: AskServer,
): NameLookupResult {
  const { name, family, type } = question;
  const literal = parseIp(name);
  if (literal !== undefined && type === undefined && resolver.readsHosts)
    return resolved({ addresses: [literal] });
  const entries = resolver.readsHosts && type === undefined ? hostsEntries(host, name, family) : [];
  const [entry] = entries;
  if (entry !== undefined) return resolved({ addresses: unique(entries.map(({ ip }) => ip)), hosts: entry });
  const types = type === undefined ? resolver.types(family) : [type];
  return walk(resolver, { candidates: resolver.candidates(name, host), name, types, host }, ask);
}

/**
 * Does another library end at the same question, with the same addresses? Tells it without a second look-up, where the
 * other asks the same names, goes on after each but the last, and takes the answer to that.
 * @param own the look-up of the first library; both read /etc/hosts or neither does.
 * @returns false also where only a second look-up can tell.
 */
export function isAlikeAtOnce(
  other: Resolver,
  host: ResolverHost,
  { name, own }: { readonly name: string; readonly own: NameLookupResult },
): boolean {
  const { steps, status, unaskable } = own;
  if (status !== 'resolved' || steps.length === 0 || unaskable.length > 0) return false;
  const types = other.types(undefined);
  const candidates = other.candidates(name, host);
  return steps.every(({ name: asked, replies }, index) => {
    const candidate = candidates[index];
    if (candidate?.name !== asked || other.fatal?.(candidate) !== undefined) return false;
    if (replies.length !== types.length || replies.some(({ type }, place) => type !== types[place]))
      return false;
    return other.judge(replies).kind === (index === steps.length - 1 ? 'take' : 'next');
  });
}

/** The lines that have the name, which no search list touches. Letters may be any case. */
function hostsEntries(
  { hosts }: ResolverHost,
  name: string,
  family: IpFamily | undefined,
): readonly HostsEntry[] {
  const entries = entriesByName(hosts).get(withoutFinalDot(name).toLowerCase()) ?? [];
  return family === undefined ? entries : entries.filter(({ ip }) => ip.family === family);
}

/** A line that has a name twice counts once. */
const entriesByName = onceFor((hosts: readonly HostsEntry[]) =>
  groupByEach(hosts, ({ names }) => new Set(names.map((each) => each.toLowerCase()))),
);

interface Walk {
  readonly candidates: readonly Candidate[];
  readonly name: string;
  readonly types: readonly string[];
  readonly host: ResolverHost;
}

function walk(resolver: Resolver, { candidates, name, types, host }: Walk, ask: AskServer): NameLookupResult {
  const steps: LookupStep[] = [];
  const unaskable: string[] = [];
  const end = ({ status, addresses, canonicalName }: Outcome): NameLookupResult => ({
    steps,
    status,
    addresses,
    canonicalName,
    hosts: undefined,
    unaskable,
  });
  let hasLeftList = false;
  for (const candidate of candidates) {
    // The name itself is still asked, also where a lone dot of the list makes it.
    if (hasLeftList && candidate.search !== undefined && candidate.name !== `${name}.`) continue;
    const fatal = resolver.fatal?.(candidate);
    if (fatal !== undefined) return end(failed(fatal));
    const verdict = tryCandidate();
    if (verdict.kind === 'stop') return end(failed(verdict.status));
    const last = steps.at(-1);
    if (verdict.kind === 'take' && last !== undefined) return end(taken(last));
    hasLeftList ||= verdict.kind === 'leave-list';

    function tryCandidate(): Verdict {
      if (!isAskable(candidate.name)) {
        unaskable.push(candidate.name);
        return resolver.unaskable;
      }
      const step = askStep(resolver, candidate, { types, servers: host.resolvConf.nameservers }, ask);
      steps.push(step);
      return resolver.judge(step.replies);
    }
  }
  return end(untaken(resolver, { steps, unaskable, name }));
}

interface Untaken {
  readonly steps: readonly LookupStep[];
  readonly unaskable: readonly string[];
  readonly name: string;
}

/** The end of a search in which no step was taken. */
function untaken(resolver: Resolver, { steps, unaskable, name }: Untaken): Outcome {
  const answered = steps.find(({ replies }) => replies.some(({ reply, type }) => hasType(reply, type)));
  if (answered !== undefined && resolver.printsAll === true) return taken(answered);
  // getaddrinfo says of what it cannot ask that there is no such name; tools give up.
  if (steps.length === 0 && unaskable.length > 0)
    return failed(resolver.readsHosts ? 'not-found' : 'failure');
  return failed(resolver.failure(steps, name));
}

type Outcome = Pick<NameLookupResult, 'status' | 'addresses' | 'canonicalName'>;

function failed(status: LookupStatus): Outcome {
  return { status, addresses: [] };
}

/** One server after the other until one answers; or all at once, of which the first in the list is taken. */
function askStep(
  { asksAllServers }: Resolver,
  { name, search }: Candidate,
  { types, servers }: { readonly types: readonly string[]; readonly servers: readonly string[] },
  ask: AskServer,
): LookupStep {
  const asked: string[] = [];
  let last: LookupStep | undefined;
  for (const server of servers) {
    asked.push(server);
    const replies = types.map((type): TypedReply => ({ type, reply: ask(server, { name, type }) }));
    last = { name, search, server, servers: asksAllServers ? servers : asked, replies };
    if (replies.every(({ reply }) => isUsable(reply))) return last;
  }
  const silent = types.map((type): TypedReply => ({ type, reply: undefined }));
  return last ?? { name, search, server: '', servers: [], replies: silent };
}

/** Another server is asked after these. */
function isUsable(reply: DnsReply | undefined): boolean {
  return reply !== undefined && reply.rcode !== 'SERVFAIL' && reply.rcode !== 'REFUSED';
}

/** The answer of a step that ends the search: perhaps a lone alias, and then no address. */
function taken({ replies, name }: LookupStep): Outcome {
  const records = replies.flatMap(({ type, reply }) =>
    reply?.rcode === 'NOERROR' ? reply.answer.filter((record) => record.type === type) : [],
  );
  const [first] = records;
  if (first === undefined) return { status: 'not-found', addresses: [] };
  const addresses = records.flatMap((record) =>
    record.type === 'A' || record.type === 'AAAA' ? (parseIp(record.data) ?? []) : [],
  );
  return { status: 'resolved', addresses: unique(addresses), canonicalName: first.name || name };
}

function hasType(reply: DnsReply | undefined, type: string): boolean {
  return reply?.rcode === 'NOERROR' && reply.answer.some((record) => record.type === type);
}

function resolved(found: Pick<NameLookupResult, 'addresses' | 'hosts'>): NameLookupResult {
  const { addresses, hosts } = found;
  return { steps: [], status: 'resolved', addresses, canonicalName: undefined, hosts, unaskable: [] };
}

function unique(ips: readonly Ip[]): readonly Ip[] {
  return [...new Set(ips)];
}
