/** The question of `k8snet trace`: does this packet arrive, by which hops, and if not, what stops it. */

import type { Dataplane } from '../dataplane/build.ts';
import { namespaceIdOf, nodeNamespaceId } from '../dataplane/cni.ts';
import type { NamespaceId } from '../dataplane/network.ts';
import { MODELLED_MODES, serviceProxyOf } from '../dataplane/proxies.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type Fraction, multiplyFractions, ONE } from '../net/fraction.ts';
import { type IpFamily, parseIp } from '../net/ip.ts';
import type { DiagnosticAnswer, PlaceAnswer, Question, TraceAnswer } from './answer.ts';
import type { Asking, TraceQuestion } from './asking.ts';
import { assumeFromWalks, assumptionSet } from './assumptions.ts';
import { clientSocket } from './client-socket.ts';
import { addressDial, assumedPort, type Destination, destinationOf } from './destination.ts';
import type { DestinationContext, Dial } from './dial.ts';
import { walkDial } from './dialling.ts';
import { entranceOf } from './entrance.ts';
import { httpAnswer } from './http-request.ts';
import type { Lookup } from './lookup.ts';
import { lookUp } from './lookup-leg.ts';
import { objectNamer } from './namer.ts';
import { balancerOutside } from './outside.ts';
import { failedLookupDraft } from './path-draft.ts';
import { mergePaths, type PathDraft, resultOf } from './paths.ts';
import { placeAnswer } from './place.ts';
import { withPortProtocol } from './port-protocol.ts';
import { followRequest, journeyOf } from './proxied/follow.ts';
import { withWaypointPods } from './proxied/istio/waypoint-pods.ts';
import { throughNodePort } from './proxied/node-port-door.ts';
import { throughOutside } from './proxied/outside-proxy.ts';
import { unmodelledFindings } from './relevant-unmodelled.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer } from './source-answer.ts';
import { entryNode, resolveSource, resolveTarget, type Source } from './target.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';
import { ztunnelLookup } from './ztunnel-lookup.ts';

/** The port that a client's socket gets, in every answer (assumption A_SPORT). */
const CLIENT_PORT = 40000;

/**
 * Traces a packet.
 * @throws UsageError for references that fit nothing or several things.
 */
export function traceQuestion(given: Snapshot, question: TraceQuestion): TraceAnswer {
  const diagnostics: Diagnostic[] = [];
  const asking = prepare(given, question, (diagnostic) => void diagnostics.push(diagnostic));
  const { snapshot } = asking;
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

function prepare(given: Snapshot, asked: TraceQuestion, report: Asking['report']): Asking {
  const question = withPortProtocol(asked);
  refuseUnmodelledProfile(given);
  const source = resolveSource(given.cluster, question.from);
  const entry = entryNode(given.cluster, source, question.node);
  const family = question.family ?? given.profile.ipFamilies[0] ?? 4;
  const { door, to, request } = entranceOf(given, question, { source, family, report });
  const snapshot = withWaypointPods(door.snapshot);
  const { service, outside } = door;
  const socket = clientSocket(snapshot.cluster, source, report);
  const assumptions = assumptionSet();
  if (question.sourcePort === undefined) assumptions.add('A_SPORT', { values: [String(CLIENT_PORT)] });
  if (source.kind === 'external' && question.from === 'internet')
    assumptions.add('A_CLIENT', { values: [source.address] });
  for (const { code, values } of door.assumed) assumptions.add(code, { values });
  return {
    snapshot,
    question,
    to,
    source,
    from: sourceNamespace(source),
    family,
    ...(request === undefined ? {} : { request }),
    ...(service === undefined ? {} : { door: service }),
    ...(outside === undefined ? {} : { outside }),
    clientPort: question.sourcePort ?? CLIENT_PORT,
    ...(socket === undefined ? {} : { socket }),
    world: worldOf(snapshot, question),
    namer: objectNamer(snapshot.objects),
    assumptions,
    report,
    ...(entry === undefined ? {} : { entry }),
  };
}

function worldOf(snapshot: Snapshot, question: TraceQuestion): Asking['world'] {
  const { dataplane, profile } = snapshot;
  return {
    dataplane: question.policies === undefined ? dataplane : ignoringPolicies(snapshot),
    serviceCidrs: profile.serviceCidrs,
    podCidrs: profile.podCidrs,
    ...(question.backend === undefined
      ? {}
      : { branches: Number.POSITIVE_INFINITY, isAsked: ({ key }) => isCalled(key, question.backend) }),
    ...(question.node === undefined ? {} : { entry: question.node }),
    ...(question.detail === undefined ? {} : { detail: question.detail }),
  };
}

const ignoring = new WeakMap<Snapshot, Dataplane>();

/** The dataplane whose engines only tell what they would deny; one for all questions, which then wire each node once. */
function ignoringPolicies(snapshot: Snapshot): Dataplane {
  const enforcement = { index: () => snapshot.policies, mode: 'ignored' } as const;
  const dataplane = ignoring.get(snapshot) ?? snapshot.dataplane.enforcing(enforcement);
  ignoring.set(snapshot, dataplane);
  return dataplane;
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
  const { snapshot, source } = asking;
  const target = resolveTarget(snapshot.cluster, asking.to, source);
  const destination = destinationOf(target, destinationContext(asking));
  if (destination.kind === 'addresses') return dialAll(asking, destination.dials);
  const { host } = destination;
  const unhindered = () => ({ ...asking.world, dataplane: ignoringPolicies(snapshot) });
  const lookup = ztunnelLookup(asking, host, unhindered) ?? lookUp(asking, host);
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
  const aside: Asking = { ...asking, assumptions: assumptionSet(), report: () => {} };
  const world = { ...asking.world, dataplane: ignoringPolicies(snapshot) };
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
    return lookup.addresses.map((ip) =>
      throughNodePort(asking, addressDial({ kind: 'address', ip, ...port }, context)),
    );
  }
  const servicePort = lookup.service?.body.ports[0];
  const port = destination.port ?? servicePort?.port ?? assumedPort(asking);
  const known = lookup.service?.body.ports.find((candidate) => candidate.port === port);
  const protocol = destination.protocol ?? asking.question.protocol ?? known?.protocol ?? 'tcp';
  const context = destinationContext(asking);
  return lookup.addresses.map(
    (ip) =>
      balancerOutside(ip, { port: String(port), protocol }, context) ??
      throughNodePort(asking, { ip, port, protocol }),
  );
}

/** Walks to every address; a program takes one of them, each as likely as the others. */
function dialAll(asking: Asking, dials: readonly Dial[], lookup?: Lookup): readonly PathDraft[] {
  const share: Fraction = { numerator: 1, denominator: Math.max(1, dials.length) };
  const journey = journeyOf(asking.request);
  const { outside } = asking;
  if (outside !== undefined) {
    return dials.flatMap((dial) =>
      throughOutside(asking, outside, { dial, share, journey, ...(lookup === undefined ? {} : { lookup }) }),
    );
  }
  return dials.flatMap((dial) =>
    walkDial(asking, dial).flatMap(({ walk, front }) =>
      followRequest(
        asking,
        {
          walk: { ...walk, share: multiplyFractions(walk.share, share) },
          dial,
          ...(front === undefined ? {} : { front }),
          ...(lookup === undefined ? {} : { lookup }),
        },
        journey,
      ),
    ),
  );
}

/** Keeps the paths to one backend; they then are the whole answer. */
function chosenBackend(drafts: readonly PathDraft[], backend: string | undefined): readonly PathDraft[] {
  if (backend === undefined) return drafts;
  const kept = drafts.filter(({ path }) => path.backends.some((key) => isCalled(key, backend)));
  if (kept.length > 0) return kept.slice(0, 1).map((draft) => ({ ...draft, share: ONE }));
  const known = [...new Set(drafts.flatMap(({ path }) => path.backends))];
  throw new UsageError(`${backend} is no backend of this question`, known);
}

/** Does a reference mean this backend? `web-0`, `pod/web-0`, `shop/web-0`, `shop/pod/web-0`. */
function isCalled(key: string, reference = ''): boolean {
  const wanted = reference.replace(/^(pod|po)\//, '').replace(/\/(pod|po)\//, '/');
  return key === wanted || key.endsWith(`/${wanted}`);
}

function questionAnswer(asking: Asking, drafts: readonly PathDraft[]): Question {
  const { question, source, family, request } = asking;
  const protocol = question.protocol ?? drafts[0]?.protocol ?? 'tcp';
  return {
    from: sourcePlace(source, family),
    to: question.to,
    protocol,
    ...(request === undefined ? {} : { http: httpAnswer(request) }),
  };
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
