/** The question of `k8snet trace`: does this packet arrive, by which hops, and if not, what stops it. */

import { namespaceIdOf, nodeNamespaceId } from '../dataplane/cni.ts';
import type { NamespaceId } from '../dataplane/network.ts';
import { MODELLED_MODES, serviceProxyOf } from '../dataplane/proxies.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type Fraction, multiplyFractions, ONE } from '../net/fraction.ts';
import { type IpFamily, parseIp } from '../net/ip.ts';
import type { Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { DiagnosticAnswer, PlaceAnswer, Question, TraceAnswer } from './answer.ts';
import type { Asking, TraceQuestion } from './asking.ts';
import { assumeBridgeNetfilter, assumeFromWalks, assumptionSet } from './assumptions.ts';
import { type BalancedWalk, walkBalanced } from './balancer.ts';
import { addressDial, assumedPort, type Destination, destinationOf } from './destination.ts';
import { type DestinationContext, type Dial, flowOf } from './dial.ts';
import { expandedTarget } from './expanded-target.ts';
import type { Lookup } from './lookup.ts';
import { lookUp } from './lookup-leg.ts';
import { objectNamer } from './namer.ts';
import { noteService } from './note-service.ts';
import { draftOf, failedLookupDraft } from './path-draft.ts';
import { mergePaths, type PathDraft, resultOf } from './paths.ts';
import { placeAnswer } from './place.ts';
import { unmodelledFindings } from './relevant-unmodelled.ts';
import { roadFindings } from './road-findings.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer } from './source-answer.ts';
import { entryNode, resolveSource, resolveTarget, type Source } from './target.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

/** The port that a client's socket gets, in every answer (assumption A_SPORT). */
const CLIENT_PORT = 40000;

/**
 * Traces a packet.
 * @throws UsageError for references that fit nothing or several things.
 */
export function traceQuestion(snapshot: Snapshot, question: TraceQuestion): TraceAnswer {
  const diagnostics: Diagnostic[] = [];
  const asking = prepare(snapshot, question, (diagnostic) => void diagnostics.push(diagnostic));
  const drafts = chosenBackend(draftPaths(asking), question.backend);
  const unmodelled = unmodelledFindings(asking, drafts);
  const paths = mergePaths(drafts);
  const causes = drafts.flatMap((draft) => draft.causes);
  const notes = [...diagnostics, ...unmodelled].map((diagnostic) =>
    diagnosticAnswer(diagnostic, asking.namer),
  );
  const refused = question.strict === true && asking.assumptions.list().some(({ decisive }) => decisive);
  return {
    schema: 'k8snet/trace/1',
    tool: TOOL,
    question: questionAnswer(asking, drafts),
    profile: {
      cni: snapshot.dataplane.cni.facets.label,
      proxy: serviceProxy(snapshot),
      kubernetes: snapshot.profile.kubernetes,
    },
    result: refused ? 'undetermined' : resultOf(paths),
    paths,
    diagnostics: uniqueByText([...causes, ...notes]),
    assumptions: asking.assumptions.list(),
  };
}

function prepare(snapshot: Snapshot, question: TraceQuestion, report: Asking['report']): Asking {
  const { cluster, dataplane, profile } = snapshot;
  refuseUnmodelledProfile(snapshot);
  const source = resolveSource(cluster, question.from);
  const entry = entryNode(cluster, source, question.node);
  const assumptions = assumptionSet();
  if (question.sourcePort === undefined) assumptions.add('A_SPORT', { values: [String(CLIENT_PORT)] });
  if (source.kind === 'external' && question.from === 'internet')
    assumptions.add('A_CLIENT', { values: [source.address] });
  return {
    snapshot,
    question,
    source,
    from: sourceNamespace(source),
    family: question.family ?? profile.ipFamilies[0] ?? 4,
    clientPort: question.sourcePort ?? CLIENT_PORT,
    world: {
      dataplane:
        question.policies === undefined
          ? dataplane
          : dataplane.enforcing({ index: () => snapshot.policies, mode: question.policies }),
      serviceCidrs: profile.serviceCidrs,
      podCidrs: profile.podCidrs,
      ...(question.backend === undefined ? {} : { branches: Number.POSITIVE_INFINITY }),
      ...(question.node === undefined ? {} : { entry: question.node }),
      ...(question.detail === undefined ? {} : { detail: question.detail }),
    },
    namer: objectNamer(snapshot.objects),
    assumptions,
    report,
    ...(entry === undefined ? {} : { entry }),
  };
}

/** Who translates Service addresses. */
function serviceProxy({ profile, dataplane }: Snapshot): string {
  const { services } = dataplane.cni.facets;
  return services === 'kube-proxy' ? profile.proxy.mode : services;
}

/** A mode or CNI that somebody asked for by name must not be answered with another one's rules. */
function refuseUnmodelledProfile({ profile, dataplane }: Snapshot): void {
  const { mode } = profile.proxy;
  const isOwn = dataplane.cni.facets.services === mode;
  if (!isOwn && mode !== 'none' && serviceProxyOf(mode) === undefined) {
    throw new UsageError(`proxy mode ${mode} is not modelled yet`, [...MODELLED_MODES, 'none']);
  }
  const [problem] = dataplane.cni.problems;
  if (problem !== undefined) throw new UsageError(problem.text, problem.candidates);
}

function sourceNamespace(source: Source): NamespaceId {
  switch (source.kind) {
    case 'pod':
      return namespaceIdOf(source.pod);
    case 'node':
      return nodeNamespaceId(source.node.name);
    case 'external':
      return `external/${source.address}`;
  }
}

function draftPaths(asking: Asking): readonly PathDraft[] {
  const { snapshot, question, source } = asking;
  const to = expandedTarget(snapshot, source, question.to, asking.report);
  const target = resolveTarget(snapshot.cluster, to, source);
  const destination = destinationOf(target, destinationContext(asking));
  if (destination.kind === 'addresses') return dialAll(asking, destination.dials);
  const lookup = lookUp(asking, destination.host);
  assumeFromWalks(asking.assumptions, {
    cluster: snapshot.cluster,
    dataplane: snapshot.dataplane,
    walks: lookup.walks,
  });
  if (lookup.failure !== undefined) {
    const draft = failedLookupDraft(asking, lookup, lookup.failure);
    return [isDeniedLookup(lookup) ? withoutDenial(asking, destination, draft) : draft];
  }
  return dialAll(asking, dialsAfterLookup(asking, destination, lookup), lookup);
}

function destinationContext({ snapshot, question, source, family, ...asking }: Asking): DestinationContext {
  return {
    cluster: snapshot.cluster,
    control: snapshot.control,
    source,
    family,
    dns: question.dns,
    assumptions: asking.assumptions,
    report: asking.report,
    ...(asking.entry === undefined ? {} : { entry: asking.entry }),
    ...(question.port === undefined ? {} : { port: question.port }),
    ...(question.protocol === undefined ? {} : { protocol: question.protocol }),
  };
}

/** Is it a policy that keeps the question from the name server? */
function isDeniedLookup({ walks }: Lookup): boolean {
  return walks.some(({ disposition }) => disposition === 'denied-egress' || disposition === 'denied-ingress');
}

/** What the connection itself would meet, once the pod may ask for the name. */
function withoutDenial(
  asking: Asking,
  destination: Extract<Destination, { kind: 'named' }>,
  draft: PathDraft,
): PathDraft {
  const { snapshot } = asking;
  const ignoring = { index: () => snapshot.policies, mode: 'ignored' } as const;
  const aside: Asking = { ...asking, assumptions: assumptionSet(), report: () => {} };
  const world = { ...asking.world, dataplane: snapshot.dataplane.enforcing(ignoring) };
  const lookup = lookUp({ ...aside, world }, destination.host);
  const drafts = dialAll(aside, dialsAfterLookup(aside, destination, lookup), lookup);
  const [first] = drafts;
  if (first === undefined) return draft;
  const { policy } = first.path;
  const result = resultOf(mergePaths(drafts));
  const note: DiagnosticAnswer = {
    severity: 'info',
    code: 'reachable-otherwise',
    text:
      result === 'reachable'
        ? `with DNS allowed, ${asking.question.to} is reachable`
        : `with DNS allowed, ${asking.question.to} is still ${result}: ${first.path.disposition}`,
  };
  const path = { ...draft.path, ...(policy === undefined ? {} : { policy }) };
  return { ...draft, path, causes: [...draft.causes, note] };
}

/** The port of a name without one: that of the Service it turned out to be. */
function dialsAfterLookup(
  asking: Asking,
  destination: Extract<Destination, { kind: 'named' }>,
  lookup: Lookup,
): readonly Dial[] {
  if (asking.source.kind === 'external') {
    const context = destinationContext(asking);
    const port = destination.port === undefined ? {} : { port: String(destination.port) };
    return lookup.addresses.flatMap((ip) => addressDial({ kind: 'address', ip, ...port }, context));
  }
  const servicePort = lookup.service?.body.ports[0];
  const port = destination.port ?? servicePort?.port ?? assumedPort(asking);
  const known = lookup.service?.body.ports.find((candidate) => candidate.port === port);
  const protocol = destination.protocol ?? asking.question.protocol ?? known?.protocol ?? 'tcp';
  return lookup.addresses.map((ip) => ({ ip, port, protocol }));
}

/** Walks to every address; a program takes one of them, each as likely as the others. */
function dialAll(asking: Asking, dials: readonly Dial[], lookup?: Lookup): readonly PathDraft[] {
  const share: Fraction = { numerator: 1, denominator: Math.max(1, dials.length) };
  return dials.flatMap((dial) => {
    assumeFromService(asking, dial);
    noteService(asking, dial);
    const walked = walkDial(asking, dial);
    const walks = walked.map(({ walk }) => walk);
    noteMerged(asking, walks);
    for (const finding of roadFindings(asking, walks)) asking.report(finding);
    const { cluster, dataplane } = asking.snapshot;
    assumeFromWalks(asking.assumptions, { cluster, dataplane, walks });
    assumeBridgeNetfilter(asking.assumptions, { cluster, walks });
    return walked.map(({ walk, front }) =>
      draftOf(asking, {
        walk: { ...walk, share: multiplyFractions(walk.share, share) },
        dial,
        ...(front === undefined ? {} : { front }),
        ...(lookup === undefined ? {} : { lookup }),
      }),
    );
  });
}

/** Every way to an address, through its load balancer if it has one. */
function walkDial(asking: Asking, dial: Dial): readonly BalancedWalk[] {
  if (dial.balancer !== undefined) return walkBalanced(asking, dial, dial.balancer);
  const { entry: named, ...closed } = asking.world;
  const entry = dial.entry?.name ?? named;
  const world = dial.isClosed || entry === undefined ? closed : { ...closed, entry };
  return traceFlow(world, flowOf(asking, dial)).map((walk) => ({ walk }));
}

/** Invented addresses of the Service, and invented places where a Local policy asks on which node a pod is. */
function assumeFromService({ snapshot, source, assumptions }: Asking, dial: Dial): void {
  const servicePorts = snapshot.control.servicePortsAt(dial.ip);
  if (servicePorts[0]?.service.assumed.clusterIps) assumptions.add('A_CLUSTER_IP');
  const asked = servicePorts.find(({ port, protocol }) => port === dial.port && protocol === dial.protocol);
  const policy = asked?.clusterIps.includes(dial.ip)
    ? asked.internalTrafficPolicy
    : asked?.externalTrafficPolicy;
  if (policy !== 'Local') return;
  const pods = asked?.endpoints.flatMap(({ pod }) => (pod === undefined ? [] : [pod])) ?? [];
  const isInvented =
    (source.kind === 'pod' && source.pod.assumed.node) ||
    pods.some((key) => snapshot.cluster.podByKey.get(key)?.assumed.node);
  if (isInvented) assumptions.add('A_NODES', { decisive: true });
}

/** Of very many endpoints not each is walked: say so, and for how many. */
function noteMerged({ report }: Asking, walks: readonly Walk[]): void {
  const merged = walks.reduce((sum, walk) => sum + (walk.merged ?? 0), 0);
  if (merged === 0) return;
  const { length } = walks;
  report({
    code: 'paths-capped',
    severity: 'info',
    text: `${length} of ${length + merged} paths were walked; the other ${merged} are not shown: each counts as one that leaves by the same device for the same next hop`,
    sources: [],
  });
}

/** Keeps the paths to one backend; they then are the whole answer. */
function chosenBackend(drafts: readonly PathDraft[], backend: string | undefined): readonly PathDraft[] {
  if (backend === undefined) return drafts;
  const wanted = backend.replace(/^(pod|po)\//, '').replace(/\/(pod|po)\//, '/');
  const kept = drafts.filter(({ path }) =>
    path.backends.some((key) => key === wanted || key.endsWith(`/${wanted}`)),
  );
  if (kept.length > 0) return kept.slice(0, 1).map((draft) => ({ ...draft, share: ONE }));
  const known = [...new Set(drafts.flatMap(({ path }) => path.backends))];
  throw new UsageError(`${backend} is no backend of this question`, known);
}

function questionAnswer(asking: Asking, drafts: readonly PathDraft[]): Question {
  const { question, source, family } = asking;
  const protocol = question.protocol ?? drafts[0]?.protocol ?? 'tcp';
  return { from: sourcePlace(source, family), to: question.to, protocol };
}

function sourcePlace(source: Source, family: IpFamily): PlaceAnswer {
  switch (source.kind) {
    case 'pod': {
      const { pod } = source;
      const address = pod.ips.find((ip) => ip.family === family) ?? pod.ips[0];
      return placeAnswer({
        kind: 'pod',
        name: pod.name,
        namespace: pod.namespace,
        ...(pod.node === undefined ? {} : { node: pod.node }),
        ...(address === undefined ? {} : { address }),
      });
    }
    case 'node': {
      const address = source.node.primaryAddresses.find((ip) => ip.family === family);
      return placeAnswer({
        kind: 'node',
        name: source.node.name,
        ...(address === undefined ? {} : { address }),
      });
    }
    case 'external': {
      const address = parseIp(source.address);
      return placeAnswer({
        kind: 'external',
        name: source.name,
        ...(address === undefined ? {} : { address }),
      });
    }
  }
}

function uniqueByText<Item extends { readonly code: string; readonly text: string }>(
  items: readonly Item[],
): readonly Item[] {
  return [...new Map(items.map((item) => [`${item.code} ${item.text}`, item])).values()];
}
