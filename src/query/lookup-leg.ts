/**
 * The look-up before a connection: the pod's program asks its resolver, through the same network as any
 * other packet, and the answer (or its absence) decides what happens next.
 */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import type { AddressAnswer } from '../control/dns/answer.ts';
import { type AskedName, type NameLookup, resolveName } from '../control/dns/resolve.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { Ip } from '../net/ip.ts';
import { type Disposition, isSuccess, type Reason } from '../trace/disposition.ts';
import type { Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { HopAnswer, LegAnswer, StepAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { clusterIndex } from './cluster-index.ts';
import { hopAnswers } from './hop-answers.ts';
import { hostAliasOf, mentionOf } from './mentions.ts';
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
  readonly diagnostic: Diagnostic;
}

const MAX_SUGGESTIONS = 3;

/** Looks a name up from a pod, as its program would. */
export function lookUp(asking: Asking, pod: Pod, host: string): Lookup {
  const { control } = asking.snapshot;
  const lookup = resolveName(control, pod, host, asking.family);
  if (lookup.asked.some(({ answer }) => answer.outside) && lookup.found === undefined) {
    asking.assumptions.add('A_UPSTREAM_NXDOMAIN', { values: [host], decisive: true });
  }
  noteHostAlias(asking, pod, host);
  const nameserver = lookup.resolver.nameservers[0];
  const walks =
    lookup.resolver.kind === 'cluster' && nameserver !== undefined ? walksTo(asking, nameserver) : [];
  // A resolver library asks again, so one way that works is enough.
  const walk = walks.find(({ disposition }) => isSuccess(disposition)) ?? walks[0];
  if (walk !== undefined && !isSuccess(walk.disposition)) return unavailable(asking, { lookup, walk });
  const leg = resolvedLeg(asking, lookup, walk);
  const taken = walk === undefined ? [] : [walk];
  if (lookup.found === undefined) {
    return { leg, addresses: [], walks: taken, failure: notFound(asking, pod, lookup) };
  }
  const { service } = lookup.found.answer;
  return { leg, addresses: lookup.addresses, walks: taken, ...(service === undefined ? {} : { service }) };
}

/** A name in /etc/hosts is never asked for; the kubelet's file is not modelled. */
function noteHostAlias(asking: Asking, pod: Pod, host: string): void {
  const at = hostAliasOf(pod, host);
  if (at === undefined) return;
  asking.assumptions.add('A_UNMODELLED', { values: [`hostAliases of ${pod.key}`], decisive: true });
  asking.report({
    code: 'unmodelled',
    severity: 'warning',
    text: `${host} is in the hostAliases of ${pod.key}, which are not modelled yet: the program takes that address`,
    sources: [{ at, role: 'context' }],
  });
}

function walksTo(asking: Asking, nameserver: Ip): readonly Walk[] {
  return traceFlow(asking.world, {
    from: asking.from,
    protocol: 'udp',
    srcPort: asking.clientPort,
    dst: nameserver,
    dstPort: asking.snapshot.profile.dns.port,
  });
}

/** The resolver cannot be reached: the program is told to try again. */
function unavailable(
  asking: Asking,
  { lookup, walk }: { readonly lookup: NameLookup; readonly walk: Walk },
): Lookup {
  const [nameserver] = lookup.resolver.nameservers;
  return {
    leg: roadLeg(asking, walk, hopAnswers(asking, walk.hops)),
    addresses: [],
    walks: [walk],
    failure: {
      disposition: 'name-unavailable',
      ...(walk.reason === undefined ? {} : { reason: walk.reason }),
      diagnostic: {
        code: 'name-unavailable',
        severity: 'error',
        text: `${lookup.name} cannot be looked up: nobody answers at ${nameserver?.text ?? 'the nameserver'} (${walk.disposition})`,
        sources: [],
      },
    },
  };
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
  return {
    disposition: 'name-not-found',
    ...(reason === undefined ? {} : { reason }),
    diagnostic: {
      code: reason ?? 'name-not-found',
      severity: 'error',
      text: miss,
      sources: at === undefined ? [] : [{ at, role: 'primary', label: miss }],
      ...(help.length === 0 ? {} : { help }),
    },
  };
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

function missOutside({ family }: Asking, pod: Pod, { name, asked, resolver }: NameLookup): string {
  if (resolver.kind === 'node') {
    return `${pod.key} asks its node's resolver, which does not know ${name} (dnsPolicy ${pod.spec.dnsPolicy}${pod.hostNetwork ? ', hostNetwork' : ''})`;
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
  const { name, reason, resolver } = lookup;
  if (resolver.kind === 'node') return pod.hostNetwork ? ['set dnsPolicy: ClusterFirstWithHostNet'] : [];
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
