/**
 * The look-up before a connection: the pod's program asks its resolver, through the same network as any
 * other packet, and the answer (or its absence) decides what happens next.
 */

import type { Pod } from '../cluster/cluster.ts';
import { askNameServer } from '../control/dns/ask-name-server.ts';
import { normalName, withoutFinalDot } from '../control/dns/name.ts';
import { podFiles } from '../control/dns/pod-files.ts';
import type { NameServer } from '../control/dns/pod-name-servers.ts';
import type { DnsReply } from '../control/dns/record.ts';
import { glibc } from '../control/dns/resolver/glibc.ts';
import { lookUpName } from '../control/dns/resolver/look-up.ts';
import { dotsIn, type LookupStep, ndotsOf, type ResolverHost } from '../control/dns/resolver/resolver.ts';
import { explainNoPods } from '../control/missing-endpoints.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isSuccess, type Reason } from '../trace/disposition.ts';
import type { Walk } from '../trace/trace.ts';
import type { HopAnswer, LegAnswer, PlaceAnswer, StepAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { hopAnswers, legAnswer } from './hop-answers.ts';
import { type HostsLookup, hostsLookup } from './hosts-leg.ts';
import type { Looked } from './looked.ts';
import type { Lookup, LookupFailure, LookupResult } from './lookup.ts';
import { explainMiss, meantService } from './lookup-miss.ts';
import { mentionOf } from './mentions.ts';
import { cacheMiss, cacheRoad, nameServerRoad } from './name-server-road.ts';
import { lookUpOutside } from './outside-lookup.ts';
import { askerPlace } from './place.ts';
import { plainPod } from './plain-pod.ts';
import { assumePublicName } from './public-name.ts';
import { sourceAnswer } from './source-answer.ts';

/** Looks a name up where the packet starts: in a pod, on a node, or outside. */
export function lookUp(asking: Asking, host: string): Lookup {
  return { ...lookUpAt(asking, host), host };
}

function lookUpAt(asking: Asking, host: string): LookupResult {
  const { source, snapshot } = asking;
  switch (source.kind) {
    case 'pod':
      return lookUpInPod(asking, source.pod, host);
    case 'node':
      return lookUpInPod(
        asking,
        plainPod(snapshot.cluster, { hostNetwork: true, node: source.node.name }),
        host,
      );
    case 'external':
      return lookUpOutside(asking, host);
  }
}

/** As a program of the pod would: in the hosts file, then at its name servers. A process on a node is one in its network. */
function lookUpInPod(asking: Asking, pod: Pod, host: string): LookupResult {
  const written = hostsLookup(asking, pod, host);
  return written === undefined
    ? askServers(asking, pod, host)
    : hostsAnswer(asking, pod, { ...written, host });
}

/** The file has the name: nobody is asked, even if it has the other family only. */
function hostsAnswer(
  { snapshot, family }: Asking,
  pod: Pod,
  { leg, addresses, at, host }: HostsLookup & { readonly host: string },
): LookupResult {
  const [first] = addresses;
  const service = first === undefined ? undefined : snapshot.control.servicePortsAt(first)[0]?.service;
  if (first !== undefined) {
    return { leg, addresses, walks: [], ...(service === undefined ? {} : { service }) };
  }
  const text = `/etc/hosts of ${pod.key} has no IPv${family} address for ${host}, and no name server is asked`;
  const sources: Diagnostic['sources'] = at === undefined ? [] : [{ at, role: 'primary' }];
  const diagnostic: Diagnostic = { code: 'name-not-found', severity: 'error', text, sources };
  return {
    leg,
    addresses: [],
    walks: [],
    failure: { disposition: 'name-not-found', diagnostics: [diagnostic] },
  };
}

function askServers(asking: Asking, pod: Pod, host: string): LookupResult {
  const { server, walk, misses } = nameServerRoad(asking, pod);
  if (server === undefined) return unavailable(asking, { pod, host, walk, misses });
  // A server that was passed over costs time, not the answer.
  for (const miss of misses) asking.report({ ...miss, severity: 'warning' });
  const looked = lookedUp(asking, { pod, name: host, server });
  const addresses = looked.result.addresses.filter(({ family }) => family === asking.family);
  const isOutside = looked.result.steps.some((step) => replyOf(asking, step)?.outside === true);
  if (isOutside && addresses.length === 0) {
    asking.assumptions.add('A_UPSTREAM_NXDOMAIN', { values: [host], decisive: true });
  }
  if (server.assumed) asking.assumptions.add('A_NODE_FILES');
  const found = addresses.length === 0 ? undefined : looked.result.steps.at(-1);
  const steps = () =>
    found === undefined ? missedSteps(asking, looked) : [foundStep(asking, looked, found)];
  // A name that no packet can carry is not asked for.
  const asked = looked.result.steps.length === 0 ? undefined : walk;
  const onward = asked === undefined || !asksCluster(asking, looked) ? undefined : cacheRoad(asking, asked);
  if (onward !== undefined && !isSuccess(onward.walk.disposition)) {
    return unavailable(asking, {
      pod,
      host,
      walk: asked,
      onward: onward.walk,
      misses: cacheMiss(asking, onward),
    });
  }
  const leg = resolvedLeg(asking, pod, {
    steps,
    walk: asked,
    onward: onward?.walk,
    isAsked: looked.result.steps.length > 0,
  });
  const walks = [asked, onward?.walk].filter((each) => each !== undefined);
  if (found === undefined) return { leg, addresses, walks, failure: notFound(asking, looked) };
  const reply = replyOf(asking, found);
  if (reply !== undefined) assumePublicName(asking, host, reply);
  const service = reply?.service;
  return { leg, addresses, walks, ...(service === undefined ? {} : { service }) };
}

/** As the C library of most images asks: both families, and the search list until there is an answer. */
function lookedUp(
  { snapshot, family }: Asking,
  { pod, name, server }: { readonly pod: Pod; readonly name: string; readonly server: NameServer },
): Looked {
  const { resolvConf, names } = podFiles(snapshot.cluster, pod);
  const host: ResolverHost = {
    // Those before it do not answer, and those behind it are not asked.
    resolvConf: { ...resolvConf, nameservers: [server.ip.text] },
    hosts: [],
    ...(names.kind === 'named' ? { hostname: names.hostname } : {}),
  };
  const [client] = pod.ips;
  const asker = client === undefined ? {} : { client };
  const result = lookUpName(glibc, host, { name }, (address, question) =>
    askNameServer(snapshot.dns, address, { ...question, ...asker }),
  );
  return { snapshot, pod, typed: name, name, resolver: glibc, host, result, family };
}

/** The reply to the question for addresses of the family that the packet has. */
function replyOf({ family }: Asking, { replies }: LookupStep): DnsReply | undefined {
  const wanted = family === 4 ? 'A' : 'AAAA';
  return replies.find(({ type }) => type === wanted)?.reply;
}

interface Unreached {
  readonly pod: Pod;
  readonly host: string;
  readonly walk: Walk | undefined;
  /** Of the cache that took the question. */
  readonly onward?: Walk;
  readonly misses: readonly Diagnostic[];
}

/** No name server can be reached: the program is told to try again. */
function unavailable(asking: Asking, { pod, host, walk, onward, misses }: Unreached): LookupResult {
  const [first, ...others] = misses;
  const text = `${host} cannot be looked up: ${first?.text ?? ''}`;
  const diagnostics = first === undefined ? [] : [{ ...first, text }, ...others];
  const end: StepAnswer = { kind: 'end', text: `${host}: ${first?.text ?? ''}` };
  const leg: LegAnswer =
    walk === undefined
      ? { purpose: 'lookup', hops: [{ place: askerPlace(pod), steps: [end] }] }
      : roadLeg(asking, onward ?? walk, () => throughCache(asking, walk, onward));
  return {
    leg,
    addresses: [],
    walks: walk === undefined ? [] : [walk],
    failure: {
      disposition: 'name-unavailable',
      ...reasonOf(walk),
      diagnostics,
    },
  };
}

/** Policies that keep a pod from asking have a reason of their own: it is the usual slip. */
function reasonOf(walk: Walk | undefined): { readonly reason?: Reason } {
  if (walk?.disposition === 'denied-egress') return { reason: 'dns-denied-egress' };
  return walk?.reason === undefined ? {} : { reason: walk.reason };
}

interface ResolvedRoad {
  readonly steps: () => readonly StepAnswer[];
  readonly walk: Walk | undefined;
  /** Of NodeLocal DNSCache to the cluster DNS. */
  readonly onward: Walk | undefined;
  readonly isAsked: boolean;
}

/** The road to the resolver, then what it was asked and said. */
function resolvedLeg(asking: Asking, pod: Pod, { steps, walk, onward, isAsked }: ResolvedRoad): LegAnswer {
  if (walk === undefined) {
    const resolver: PlaceAnswer = { kind: 'resolver', name: "the node's resolver" };
    const place = isAsked ? resolver : askerPlace(pod);
    return legAnswer('lookup', () => [{ place, steps: steps() }]);
  }
  return roadLeg(asking, walk, () => {
    const road = throughCache(asking, walk, onward);
    const last = road.at(-1);
    if (last === undefined) return [];
    const place: PlaceAnswer = { ...last.place, kind: 'resolver' };
    return [...road.slice(0, -1), { place, steps: [...last.steps, ...steps()] }];
  });
}

/** The way to the name server, and on from the cache that took the question, if one did. */
function throughCache(asking: Asking, walk: Walk, onward: Walk | undefined): readonly HopAnswer[] {
  const road = hopAnswers(asking, walk.hops);
  return onward === undefined ? road : [...road, ...hopAnswers(asking, onward.hops)];
}

/** Does any of the questions ask for a name of the cluster? A cache asks for others elsewhere. */
function asksCluster({ snapshot }: Asking, { result }: Looked): boolean {
  const zone = `.${normalName(snapshot.profile.clusterDomain)}`;
  return result.steps.some(({ name }) => `.${normalName(name)}`.endsWith(zone));
}

function roadLeg(asking: Asking, { reply }: Walk, hops: () => readonly HopAnswer[]): LegAnswer {
  if (reply === undefined) return legAnswer('lookup', hops);
  const back = () => hopAnswers(asking, reply.hops);
  return legAnswer('lookup', hops, { disposition: reply.disposition, hops: back });
}

function foundStep(asking: Asking, looked: Looked, found: LookupStep): StepAnswer {
  const { name, result } = looked;
  const reply = replyOf(asking, found);
  const names = [name, ...[found.name, ...aliasesIn(reply)].map(withoutFinalDot)];
  const chain = names.filter((each, index) => each !== names[index - 1]);
  const addresses = result.addresses.filter(({ family }) => family === asking.family);
  const origin = reply?.origin;
  return {
    kind: 'resolve',
    text: [...chain, addresses.map(({ text }) => text).join(', ')].join(' → '),
    where: { rule: searchWords(looked, found) },
    ...(origin === undefined ? {} : { because: [sourceAnswer(origin, { namer: asking.namer })] }),
    detail: lookupDetail(looked),
  };
}

/** Every question, and what came back; the last one ends the search. */
function missedSteps(asking: Asking, looked: Looked): readonly StepAnswer[] {
  const { name: typed, result } = looked;
  if (result.steps.length === 0) return [{ kind: 'end', text: typed, where: { rule: 'nobody is asked' } }];
  return result.steps.map((step, index): StepAnswer => {
    const isLast = index === result.steps.length - 1;
    const { name } = step;
    return {
      kind: isLast ? 'end' : 'resolve',
      // The root's dot tells that the name was asked as it is.
      text: name === `${typed}.` || name === typed ? name : withoutFinalDot(name),
      where: { rule: answerWords(replyOf(asking, step)) },
      ...(isLast ? { detail: lookupDetail(looked) } : {}),
    };
  });
}

function aliasesIn(reply: DnsReply | undefined): readonly string[] {
  return (reply?.answer ?? []).flatMap(({ type, data }) => (type === 'CNAME' ? [data] : []));
}

const REASONS = {
  'no-such-service': ' no such Service',
  'no-such-namespace': ' no such namespace',
  'headless-no-ready-pod': ' no ready pod behind the headless Service',
} as const;

function answerWords(reply: DnsReply | undefined): string {
  if (reply === undefined) return 'no answer';
  if (reply.outside) {
    const alias = aliasesIn(reply).at(-1);
    return alias === undefined ? 'upstream: taken as NXDOMAIN' : `CNAME ${alias} upstream: taken as NXDOMAIN`;
  }
  const why = reply.reason === undefined ? '' : REASONS[reply.reason];
  return `${reply.rcode === 'NOERROR' ? 'NODATA' : reply.rcode}${why}`;
}

function searchWords({ host }: Looked, { search }: LookupStep): string {
  return search === undefined ? 'as it is' : `search ${search} of ${host.resolvConf.searches.length}`;
}

function lookupDetail({ name, host, result }: Looked): Readonly<Record<string, unknown>> {
  return {
    asked: result.steps.map((step) => step.name),
    ndots: ndotsOf(host.resolvConf),
    dots: dotsIn(name),
  };
}

function notFound(asking: Asking, looked: Looked): LookupFailure {
  const miss = explainMiss(looked);
  const reason = (Object.keys(REASONS) as (keyof typeof REASONS)[]).find((each) => each === miss.code);
  const mention = mentionOf(looked.pod, looked.name);
  const causes = miss.code === 'headless-no-ready-pod' ? emptyHeadless(asking, looked) : [];
  const sources: Diagnostic['sources'] =
    mention === undefined ? miss.sources : [{ at: mention, role: 'primary', label: miss.text }];
  return {
    disposition: 'name-not-found',
    ...(reason === undefined ? {} : { reason }),
    diagnostics: [{ ...miss, sources: causes.length > 0 ? [] : sources }, ...causes],
  };
}

/** Why a headless Service has no ready pod: what its selector is near to, or whose condition says it. */
function emptyHeadless({ snapshot }: Asking, { name, pod }: Looked): readonly Diagnostic[] {
  const service = meantService(snapshot, name, pod);
  return service?.body.selector === undefined ? [] : [explainNoPods(snapshot.control, service).diagnostic];
}
