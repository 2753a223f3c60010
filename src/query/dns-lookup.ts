/** The question of `k8snet dns lookup`: what a program in a pod asks for a name, and what it gets. */

import type { Pod } from '../cluster/cluster.ts';
import { onceEach, onceFor } from '../collections/once.ts';
import type { Writable } from '../collections/present.ts';
import { askNameServer } from '../control/dns/ask-name-server.ts';
import { absolute, addressOfReverse, reverseName } from '../control/dns/name.ts';
import { PUBLIC } from '../control/dns/plugin/forward.ts';
import { podFiles } from '../control/dns/pod-files.ts';
import type { DnsReply } from '../control/dns/record.ts';
import { isRecordType, RECORD_TYPES } from '../control/dns/record-types.ts';
import { isAlikeAtOnce, lookUpName } from '../control/dns/resolver/look-up.ts';
import type {
  AskServer,
  LookupStep,
  NameLookupResult,
  Resolver,
  ResolverHost,
  TypedReply,
} from '../control/dns/resolver/resolver.ts';
import { RESOLVERS, resolverNamed } from '../control/dns/resolvers.ts';
import { balancerAddress, balancersAt } from '../control/load-balancer.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { parseIp } from '../net/ip.ts';
import type { AssumptionAnswer, PlaceAnswer } from './answer.ts';
import { type AssumptionSet, assumptionSet } from './assumptions.ts';
import type { DnsLookupAnswer, QueryAnswer } from './dns-lookup-answer.ts';
import { lookupFindings } from './dns-lookup-findings.ts';
import type { Looked } from './looked.ts';
import { objectNamer } from './namer.ts';
import { plainPod } from './plain-pod.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer, type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { resolvePod, resolveSource } from './target.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

export interface DnsLookupQuestion {
  readonly name: string;
  /** Whose program asks: a pod, a workload, `node/NAME`; undefined: a plain pod of the default namespace. */
  readonly from?: string;
  /** A record type; undefined: addresses. */
  readonly type?: string;
  /** The name of a resolver; undefined: glibc. */
  readonly resolver?: string;
}

/** Libraries whose results are compared: what programs in most images use. */
const COMPARED: readonly Resolver[] = RESOLVERS.filter(({ name }) => ['glibc', 'musl', 'go'].includes(name));

/** Candidates for a record type that is none. */
const MOST_TYPES = 3;

/**
 * Looks a name up.
 * @throws UsageError for what is no name, and for references that fit nothing.
 */
export function dnsLookupQuestion(snapshot: Snapshot, question: DnsLookupQuestion): DnsLookupAnswer {
  const resolver = resolverOf(question.resolver ?? 'glibc');
  const name = askedName(question);
  const asking = askingPods(snapshot)(question.from);
  const type = askedType(question);
  const ask = askOnce(snapshot, asking.pod);
  const look = (by: Resolver) => lookUp(snapshot, asking.pod, { resolver: by, name, type, ask });
  const { host, result } = look(resolver);
  const namer = objectNamer(snapshot.objects);
  const queries = result.steps.flatMap((step) => queriesOf(step, namer));
  const looked: Looked = { snapshot, pod: asking.pod, typed: question.name, name, resolver, host, result };
  const { nameservers, searches, options } = host.resolvConf;
  const last = queries.at(-1);
  const { hosts } = result;
  return {
    schema: 'k8snet/dns-lookup/1',
    tool: TOOL,
    question: {
      name: question.name,
      ...(type === undefined ? {} : { type }),
      from: asking.place,
      resolver: resolver.name,
    },
    resolvConf: { nameservers, searches, options },
    ...(hosts === undefined ? {} : { hosts: { ip: hosts.ip.text, names: hosts.names } }),
    queries,
    result: {
      status: result.status,
      ...(last === undefined ? {} : { rcode: last.rcode }),
      addresses: result.addresses.map(({ text }) => text),
      ...(result.canonicalName === undefined ? {} : { canonicalName: result.canonicalName }),
    },
    wasted: wastedQuestions(result),
    others:
      type === undefined && COMPARED.includes(resolver)
        ? othersOf(result, { resolver, host, name, look: (by) => look(by).result })
        : [],
    diagnostics: lookupFindings(looked).map((one) => diagnosticAnswer(one, namer)),
    assumptions: assumptionsOf(looked, queries),
  };
}

function resolverOf(name: string): Resolver {
  const found = resolverNamed(name);
  if (found !== undefined) return found;
  throw new UsageError(
    `no resolver ${name}`,
    RESOLVERS.map((each) => each.name),
  );
}

function askedType({ type }: DnsLookupQuestion): string | undefined {
  const word = type?.toUpperCase();
  if (word === undefined || isRecordType(word)) return word;
  throw new UsageError(`there is no record type ${type}`, nearest(word, RECORD_TYPES, MOST_TYPES));
}

const PLAIN_NAME = /^[a-z0-9._-]+$/i;

/** What is asked in place of what was typed: letters outside ASCII as xn--, an address for PTR as its name. */
function askedName({ name, type }: DnsLookupQuestion): string {
  const ip = parseIp(name);
  if (ip !== undefined && type?.toUpperCase() === 'PTR') return reverseName(ip);
  if (PLAIN_NAME.test(name)) return name;
  if (name.trim() === '') throw new UsageError('the name is empty');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
    throw new UsageError(`"${name}" is a URL: give its host, or use k8snet trace`);
  }
  if (name.includes('/')) throw new UsageError(`"${name}" is a reference: give a name like api.shop`);
  if (/[\s\p{Cc}]/u.test(name)) throw new UsageError(`"${name}" is no name: it has a blank in it`);
  return /^[\x21-\x7e]*$/.test(name) ? name : asciiName(name);
}

/** RFC 5891, as every program with IDN support asks. */
function asciiName(name: string): string {
  const hasDot = name.endsWith('.');
  try {
    const { hostname } = new URL(`http://${hasDot ? name.slice(0, -1) : name}/`);
    return hasDot ? `${hostname}.` : hostname;
  } catch {
    throw new UsageError(`"${name}" has letters that no domain name can have`);
  }
}

interface AskingPod {
  readonly pod: Pod;
  readonly place: PlaceAnswer;
}

/** Many questions come from few pods. */
const askingPods = onceFor((snapshot: Snapshot) =>
  onceEach((from: string | undefined) => askingPod(snapshot, from)),
);

function askingPod({ cluster }: Snapshot, from: string | undefined): AskingPod {
  const { namespace } = cluster.profile;
  if (from === undefined) {
    const pod = plainPod(cluster, { hostNetwork: false });
    return { pod, place: { kind: 'pod', name: 'any pod', namespace } };
  }
  if (/^nodes?\//.test(from)) {
    const source = resolveSource(cluster, from);
    if (source.kind === 'node') {
      const { name } = source.node;
      return { pod: plainPod(cluster, { hostNetwork: true, node: name }), place: { kind: 'node', name } };
    }
  }
  const pod = resolvePod(cluster, from);
  const [address] = pod.ips;
  const place: PlaceAnswer = {
    kind: 'pod',
    name: pod.name,
    namespace: pod.namespace,
    ...(pod.node === undefined ? {} : { node: pod.node }),
    ...(address === undefined ? {} : { address: address.text }),
  };
  return { pod, place };
}

/** The libraries ask much the same: a server answers each question of theirs once. */
function askOnce({ dns }: Snapshot, { ips: [client] }: Pod): AskServer {
  const known = new Map<string, DnsReply>();
  return (server, { name, type }) => {
    const key = `${server} ${type} ${name}`;
    const reply =
      known.get(key) ??
      askNameServer(dns, server, { name, type, ...(client === undefined ? {} : { client }) });
    known.set(key, reply);
    return reply;
  };
}

interface Search {
  readonly resolver: Resolver;
  readonly name: string;
  readonly type: string | undefined;
  readonly ask: AskServer;
}

function lookUp(
  { cluster }: Snapshot,
  pod: Pod,
  { resolver, name, type, ask }: Search,
): { readonly host: ResolverHost; readonly result: NameLookupResult } {
  const { resolvConf, hostsEntries: hosts, names } = podFiles(cluster, pod);
  const host: ResolverHost = {
    resolvConf,
    hosts,
    ...(names.kind === 'named' ? { hostname: names.hostname } : {}),
  };
  const result = lookUpName(resolver, host, { name, ...(type === undefined ? {} : { type }) }, ask);
  return { host, result };
}

function queriesOf(step: LookupStep, namer: ObjectNamer): readonly QueryAnswer[] {
  return step.replies.map((reply) => queryOf(step, reply, namer));
}

function queryOf(
  { name, server, search }: LookupStep,
  { type, reply }: TypedReply,
  namer: ObjectNamer,
): QueryAnswer {
  const { rcode = 'TIMEOUT', answer: answers = [], authority = [], additional = [] } = reply ?? {};
  const query: Writable<QueryAnswer> = { name, type, server, rcode, answers, authority, additional };
  if (search !== undefined) query.search = search;
  if (reply === undefined) return query;
  const { by, outside, reason, origin } = reply;
  query.by = by;
  if (outside) query.outside = true;
  if (reason !== undefined) query.reason = reason;
  if (origin !== undefined) query.because = sourceAnswer(origin, { namer });
  return query;
}

/** All but those of the step that was taken. */
function wastedQuestions({ steps, status }: NameLookupResult): number {
  const count = (some: readonly LookupStep[]) => some.reduce((sum, { replies }) => sum + replies.length, 0);
  return status === 'resolved' ? count(steps.slice(0, -1)) : count(steps);
}

interface Comparing {
  /** The library that was asked about. */
  readonly resolver: Resolver;
  readonly host: ResolverHost;
  readonly name: string;
  readonly look: (by: Resolver) => NameLookupResult;
}

/** The other libraries whose result is another one. */
function othersOf(
  own: NameLookupResult,
  { resolver, host, name, look }: Comparing,
): DnsLookupAnswer['others'] {
  return COMPARED.flatMap((other) => {
    if (other === resolver || isAlikeAtOnce(other, host, { name, own })) return [];
    const { status, addresses } = look(other);
    const isSame =
      (status === 'resolved') === (own.status === 'resolved') && addresses.join() === own.addresses.join();
    return isSame ? [] : [{ resolver: other.name, status }];
  });
}

function assumptionsOf(looked: Looked, queries: readonly QueryAnswer[]): readonly AssumptionAnswer[] {
  const assumptions = assumptionSet();
  assumeOutside(assumptions, looked, queries);
  if (usesNodeFile(looked)) assumptions.add('A_NODE_FILES', { decisive: true });
  assumeAddresses(assumptions, looked);
  return assumptions.list();
}

/** What name servers outside are taken to say. */
function assumeOutside(
  assumptions: AssumptionSet,
  { snapshot, result }: Looked,
  queries: readonly QueryAnswer[],
): void {
  const namesOf = (some: readonly QueryAnswer[]) => [...new Set(some.map(({ name }) => name))];
  const unknown = namesOf(queries.filter(({ outside }) => outside === true));
  if (unknown.length > 0) {
    assumptions.add('A_UPSTREAM_NXDOMAIN', { values: unknown, decisive: result.addresses.length === 0 });
  }
  const meant = namesOf(queries.filter(({ by }) => by === PUBLIC));
  if (meant.length === 0) return;
  assumptions.add('A_EXTERNAL_DNS', { values: meant, decisive: true });
  const invented = result.addresses.filter((address) =>
    balancersAt(snapshot.cluster)(address).some((service) => {
      const { ip, assumed } = balancerAddress(service, address.family);
      return assumed && ip === address;
    }),
  );
  if (invented.length > 0) {
    assumptions.add('A_LB_ADDRESS', { values: invented.map(({ text }) => text) });
  }
}

/** Does the answer rest on a resolv.conf of the node that nobody told? */
function usesNodeFile({ pod: { spec, hostNetwork }, snapshot }: Looked): boolean {
  if (snapshot.profile.given.has('dns.nodeResolvConf')) return false;
  return spec.dnsPolicy === 'Default' || (hostNetwork && spec.dnsPolicy === 'ClusterFirst');
}

/** What of the addresses of a Service is invented: its own, or those of pods; asked for, or asked about (PTR). */
function assumeAddresses(assumptions: AssumptionSet, { snapshot, name, result }: Looked): void {
  if (result.status !== 'resolved') return;
  const about = addressOfReverse(absolute(name.toLowerCase()));
  const addresses = about === undefined ? result.addresses : [about];
  const replies = result.steps.at(-1)?.replies ?? [];
  const service = replies.find(({ reply }) => reply?.service !== undefined)?.reply?.service;
  const isOwn = service?.clusterIps.some((ip) => addresses.includes(ip)) === true;
  if (isOwn && service.assumed.clusterIps) assumptions.add('A_CLUSTER_IP');
  if (isOwn || (service === undefined && about === undefined)) return;
  const pods = addresses.flatMap((ip) => snapshot.cluster.podByIp.get(ip) ?? []);
  if (pods.some(({ assumed }) => assumed.ips)) assumptions.add('A_POD_IP');
  if (pods.some(({ assumed }) => assumed.readiness)) assumptions.add('A_READY');
}
