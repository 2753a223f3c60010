/**
 * The look-up before a connection: the pod's program asks its resolver, through the same network as any
 * other packet, and the answer (or its absence) decides what happens next.
 */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import type { AddressAnswer } from '../control/dns/answer.ts';
import { type AskedName, type NameLookup, resolveName } from '../control/dns/resolve.ts';
import { podResolver } from '../control/dns/resolver.ts';
import { explainNoPods } from '../control/missing-endpoints.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { Ip } from '../net/ip.ts';
import type { Disposition, Reason } from '../trace/disposition.ts';
import type { Walk } from '../trace/trace.ts';
import type { HopAnswer, LegAnswer, StepAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { clusterIndex } from './cluster-index.ts';
import { hopAnswers } from './hop-answers.ts';
import { type HostsLookup, hostsLookup } from './hosts-leg.ts';
import { mentionOf } from './mentions.ts';
import { nameServerRoad } from './name-server-road.ts';
import { podPlace } from './place.ts';
import { sourceAnswer } from './source-answer.ts';

export interface Lookup {
  readonly leg: LegAnswer;
  readonly addresses: readonly Ip[];
  /** The Service that the addresses belong to. */
  readonly service?: ClusterService;
  /** The walks that were taken to the resolver. */
  readonly walks: readonly Walk[];
  readonly failure?: LookupFailure;
}

export interface LookupFailure {
  readonly disposition: Extract<Disposition, 'name-not-found' | 'name-unavailable'>;
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_SUGGESTIONS = 3;

/** Looks a name up from a pod, as its program would: in the hosts file, then at its name servers. */
export function lookUp(asking: Asking, pod: Pod, host: string): Lookup {
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
): Lookup {
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

function askServers(asking: Asking, pod: Pod, host: string): Lookup {
  const { cluster } = asking.snapshot;
  const resolver = podResolver(pod, cluster);
  const { server, walk, misses } = nameServerRoad(asking, pod, resolver);
  if (server === undefined) return unavailable(asking, { pod, host, walk, misses });
  // A server that was passed over costs time, not the answer.
  for (const miss of misses) asking.report({ ...miss, severity: 'warning' });
  const lookup = resolveName(asking.snapshot.dns, { resolver, server }, host, asking.family);
  if (lookup.asked.some(({ answer }) => answer.outside) && lookup.found === undefined) {
    asking.assumptions.add('A_UPSTREAM_NXDOMAIN', { values: [host], decisive: true });
  }
  if (server.assumed) asking.assumptions.add('A_NODE_FILES');
  const leg = resolvedLeg(asking, lookup, walk);
  const walks = walk === undefined ? [] : [walk];
  if (lookup.found === undefined) {
    return { leg, addresses: [], walks, failure: notFound(asking, pod, lookup) };
  }
  const { service } = lookup.found.answer;
  return { leg, addresses: lookup.addresses, walks, ...(service === undefined ? {} : { service }) };
}

interface Unreached {
  readonly pod: Pod;
  readonly host: string;
  readonly walk: Walk | undefined;
  readonly misses: readonly Diagnostic[];
}

/** No name server can be reached: the program is told to try again. */
function unavailable(asking: Asking, { pod, host, walk, misses }: Unreached): Lookup {
  const [first, ...others] = misses;
  const text = `${host} cannot be looked up: ${first?.text ?? ''}`;
  const diagnostics = first === undefined ? [] : [{ ...first, text }, ...others];
  const end: StepAnswer = { kind: 'end', text: `${host}: ${first?.text ?? ''}` };
  const leg: LegAnswer =
    walk === undefined
      ? { purpose: 'lookup', hops: [{ place: podPlace(pod), steps: [end] }] }
      : roadLeg(asking, walk, hopAnswers(asking, walk.hops));
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

/** The road to the resolver, then what it was asked and said. */
function resolvedLeg(asking: Asking, lookup: NameLookup, walk: Walk | undefined): LegAnswer {
  const steps = resolveSteps(asking, lookup);
  if (walk === undefined) {
    const place = { kind: 'resolver', name: "the node's resolver" } as const;
    return { purpose: 'lookup', hops: [{ place, steps }] };
  }
  const road = hopAnswers(asking, walk.hops);
  const last = road.at(-1);
  const resolver: readonly HopAnswer[] =
    last === undefined
      ? []
      : [{ place: { ...last.place, kind: 'resolver' }, steps: [...last.steps, ...steps] }];
  return roadLeg(asking, walk, [...road.slice(0, -1), ...resolver]);
}

function roadLeg(asking: Asking, { reply }: Walk, hops: readonly HopAnswer[]): LegAnswer {
  if (reply === undefined) return { purpose: 'lookup', hops };
  return { purpose: 'lookup', hops, reply: { ...reply, hops: hopAnswers(asking, reply.hops) } };
}

function resolveSteps(asking: Asking, lookup: NameLookup): readonly StepAnswer[] {
  const { found } = lookup;
  return found === undefined ? missedSteps(lookup) : [foundStep(asking, lookup, found)];
}

function foundStep(asking: Asking, lookup: NameLookup, found: AskedName): StepAnswer {
  const names = [lookup.name, withoutFinalDot(found.name), ...found.answer.cnames.map(withoutFinalDot)];
  const chain = names.filter((name, index) => name !== names[index - 1]);
  const addresses = lookup.addresses.map(({ text }) => text).join(', ');
  const { origin } = found.answer;
  return {
    kind: 'resolve',
    text: [...chain, addresses].join(' → '),
    where: { rule: searchWords(lookup, found) },
    ...(origin === undefined ? {} : { because: [sourceAnswer(origin, { namer: asking.namer })] }),
    detail: lookupDetail(lookup),
  };
}

/** Every question, and what came back; the last one ends the search. */
function missedSteps(lookup: NameLookup): readonly StepAnswer[] {
  return lookup.asked.map(({ name, answer }, index): StepAnswer => {
    const isLast = index === lookup.asked.length - 1;
    return {
      kind: isLast ? 'end' : 'resolve',
      // The root's dot tells that the name was asked as it is.
      text: name === `${lookup.name}.` || name === lookup.name ? name : withoutFinalDot(name),
      where: { rule: answerWords(answer) },
      ...(isLast ? { detail: lookupDetail(lookup) } : {}),
    };
  });
}

function answerWords(answer: AddressAnswer): string {
  if (answer.outside) {
    const alias = answer.cnames.at(-1);
    return alias === undefined ? 'upstream: taken as NXDOMAIN' : `CNAME ${alias} upstream: taken as NXDOMAIN`;
  }
  const reasons = {
    'no-such-service': ' no such Service',
    'no-such-namespace': ' no such namespace',
    'headless-no-ready-pod': ' no ready pod behind the headless Service',
  } as const;
  const why = answer.reason === undefined ? '' : reasons[answer.reason];
  return `${answer.rcode === 'NOERROR' ? 'NODATA' : answer.rcode}${why}`;
}

function searchWords({ resolver }: NameLookup, { search }: AskedName): string {
  return search === undefined ? 'as it is' : `search ${search} of ${resolver.searches.length}`;
}

function lookupDetail(lookup: NameLookup): Readonly<Record<string, unknown>> {
  return {
    asked: lookup.asked.map(({ name }) => name),
    ndots: lookup.resolver.ndots,
    dots: lookup.name.split('.').length - 1,
  };
}

function notFound(asking: Asking, pod: Pod, lookup: NameLookup): LookupFailure {
  const reason = meansOutside(asking, lookup) ? undefined : lookup.reason;
  const miss = reason === undefined ? missOutside(asking, pod, lookup) : missInside(pod, lookup, reason);
  const at =
    mentionOf(pod, lookup.name) ??
    lookup.asked.find(({ answer }) => answer.origin !== undefined)?.answer.origin;
  const help = suggestions(asking, pod, lookup).map((line) => ({
    text: line,
    applicability: 'likely' as const,
  }));
  const causes = reason === 'headless-no-ready-pod' ? emptyHeadless(asking, pod, lookup) : [];
  return {
    disposition: 'name-not-found',
    ...(reason === undefined ? {} : { reason }),
    diagnostics: [
      {
        code: reason ?? 'name-not-found',
        severity: 'error',
        text: miss,
        sources: at === undefined || causes.length > 0 ? [] : [{ at, role: 'primary', label: miss }],
        ...(help.length === 0 ? {} : { help }),
      },
      ...causes,
    ],
  };
}

/** Why a headless Service has no ready pod: what its selector is near to, or whose condition says it. */
function emptyHeadless({ snapshot }: Asking, pod: Pod, { name }: NameLookup): readonly Diagnostic[] {
  const [wanted = name, namespace = pod.namespace] = name.split('.');
  const named = clusterIndex(snapshot.cluster).servicesByName.get(wanted) ?? [];
  const service = named.find((candidate) => candidate.namespace === namespace);
  return service?.body.selector === undefined ? [] : [explainNoPods(snapshot.control, service).diagnostic];
}

/** `google.com` only looks like a Service in a namespace: neither is known, nor near a known one. */
function meansOutside({ snapshot }: Asking, { name, reason }: NameLookup): boolean {
  if (reason !== 'no-such-namespace') return false;
  const [service = '', namespace = '', ...rest] = withoutFinalDot(name).split('.');
  if (rest[0] === 'svc') return false;
  const { namespaces } = snapshot.cluster;
  const isService = clusterIndex(snapshot.cluster).servicesByName.has(service);
  return !isService && nearest(namespace, [...namespaces.keys()], 1).length === 0;
}

type InsideReason = NonNullable<NameLookup['reason']>;

function missInside(pod: Pod, { name }: NameLookup, reason: InsideReason): string {
  const [service = name, namespace = pod.namespace] = name.split('.');
  switch (reason) {
    case 'no-such-service':
      return `no Service ${service} in ${namespace}`;
    case 'no-such-namespace':
      return `no namespace ${namespace}`;
    case 'headless-no-ready-pod':
      return `headless Service ${service} in ${namespace} has no ready pod`;
  }
}

function missOutside({ family }: Asking, pod: Pod, { name, asked, server }: NameLookup): string {
  if (server.kind === 'node') {
    const whom = server.assumed ? "its node's resolver" : server.ip.text;
    return `${pod.key} asks ${whom}, which does not know ${name} (dnsPolicy ${pod.spec.dnsPolicy}${pod.hostNetwork ? ', hostNetwork' : ''})`;
  }
  const service = asked.find(({ answer }) => answer.service !== undefined)?.answer.service;
  if (service !== undefined) return `Service ${service.key} has no IPv${family} address`;
  const alias = asked.flatMap(({ answer }) => answer.cnames).at(-1);
  if (alias !== undefined) {
    return `${name} is another name for ${withoutFinalDot(alias)}, which is outside the cluster and taken not to exist`;
  }
  return name.includes('.')
    ? `${name} is outside the cluster, where names are taken not to exist`
    : `${name} does not resolve`;
}

/** The same name in another namespace, else near names in the one that was meant. */
function suggestions(asking: Asking, pod: Pod, lookup: NameLookup): readonly string[] {
  const { name, reason, server } = lookup;
  if (server.kind === 'node') return pod.hostNetwork ? ['set dnsPolicy: ClusterFirstWithHostNet'] : [];
  if (reason === undefined || reason === 'headless-no-ready-pod') return [];
  if (meansOutside(asking, lookup)) return [];
  const [wanted = name, namespace = pod.namespace] = name.split('.');
  const { servicesByName, servicesByNamespace } = clusterIndex(asking.snapshot.cluster);
  const elsewhere = (servicesByName.get(wanted) ?? []).filter((service) => service.namespace !== namespace);
  if (elsewhere.length > 0) {
    return elsewhere
      .slice(0, MAX_SUGGESTIONS)
      .map(
        (service) =>
          `Service ${wanted} is in namespace ${service.namespace}: use ${wanted}.${service.namespace}`,
      );
  }
  const near = (servicesByNamespace.get(namespace) ?? []).map((service) => service.name);
  return nearest(wanted, near, 1).map((close) => `did you mean ${close}?`);
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
