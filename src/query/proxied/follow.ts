/** A request beyond the first connection: from proxy to proxy until a backend has it, or somebody answers or loses it. */

import type { Pod } from '../../cluster/cluster.ts';
import { namespaceIdOf } from '../../dataplane/cni.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { RouteRequest } from '../../l7/request.ts';
import { type Fraction, multiplyFractions } from '../../net/fraction.ts';
import type { Symptom } from '../../trace/disposition.ts';
import type { Walk } from '../../trace/trace.ts';
import type { HopAnswer, LegAnswer, PathAnswer, ServerView } from '../answer.ts';
import type { Asking } from '../asking.ts';
import { noteClientAddress } from '../client-address.ts';
import type { ClientSocket, Dial } from '../dial.ts';
import { walkDial } from '../dialling.ts';
import { hostEndpointAt } from '../host-endpoints.ts';
import type { Lookup } from '../lookup.ts';
import { lookUp } from '../lookup-leg.ts';
import { draftOf, failedLookupDraft, type WalkedDial } from '../path-draft.ts';
import type { PathDraft } from '../paths.ts';
import { diagnosticAnswer } from '../source-answer.ts';
import { noteUndeclaredPort } from '../undeclared-port.ts';
import { noteHbonePort } from './hbone-port.ts';
import { endingAtProxy, fromProxy } from './hop-places.ts';
import { PROXIES } from './proxies.ts';
import type {
  Connection,
  Forwarding,
  Handling,
  ProxyAnswer,
  RequestProxy,
  Seal,
  SocketAddress,
} from './proxy.ts';
import { forAll, standIns } from './stand-ins.ts';

/** So many proxies may stand on one path; beyond it they send the request round in circles. */
const MOST_PROXIES = 8;

/** What is under way, and how far it has come. */
export interface Journey {
  /** undefined: no request is told of, so that nobody reads it. */
  readonly request?: RouteRequest;
  readonly headers: ReadonlyMap<string, string>;
  readonly seal?: Seal;
  readonly proxies: number;
  /** Ways from a proxy to a backend that were walked: many clients' ways lead to the same proxy. */
  readonly known: Map<string, readonly PathDraft[]>;
}

/** The start of a journey. */
export function journeyOf(request: RouteRequest | undefined): Journey {
  const headers = new Map(request === undefined ? [] : [['Host', request.host] as const]);
  return { headers, proxies: 0, known: new Map(), ...(request === undefined ? {} : { request }) };
}

/** The paths that begin with a walk: itself where it ends, else what the proxy that took it does. */
export function followRequest(asking: Asking, walked: WalkedDial, journey: Journey): readonly PathDraft[] {
  const draft = seenByServer(draftOf(asking, walked), journey);
  const connection = connectionOf(asking, walked, journey);
  const proxy = connection === undefined ? undefined : proxyAt(asking, connection);
  // What a rule turned to a proxy's port, and HBONE's, are no ports that a container would declare.
  const isProxys = connection?.dialled !== undefined || connection?.seal?.tunnel !== undefined;
  if (proxy === undefined || !isProxys) noteUndeclaredPort(asking, walked.walk);
  if (connection === undefined || proxy === undefined) {
    noteClientAddress(asking, walked);
    return [draft];
  }
  if (journey.proxies >= MOST_PROXIES) return [inCircles(draft)];
  const handling = proxy.handle();
  const { outcomes } = handling;
  // Who asks matters to a backend that is told, and to a list of clients.
  if (outcomes.some((outcome) => outcome.kind === 'forward' || outcome.disposition === 'denied-l7')) {
    noteClientAddress(asking, walked);
  }
  const { pod } = connection;
  const own = (socket: ClientSocket | undefined) => ownAsking(asking, pod, socket);
  return followHandling(asking, draft, {
    handling,
    proxy,
    key: pod.key,
    own,
    denied: (outcome) => noteHbonePort(asking, pod, outcome),
    journey,
  });
}

/** A proxy at the end of a path so far. */
export interface ProxyAtEnd {
  readonly handling: Handling;
  readonly proxy: Pick<RequestProxy, 'answerTo'>;
  /** Tells it from other proxies. */
  readonly key: string;
  /** Who asks, in the connections that it opens. */
  own(socket: ClientSocket | undefined): Asking;
  /** Told where a policy is in the way of a connection that it opens. */
  denied?(outcome: Forwarding): void;
  readonly journey: Journey;
}

/** The paths that a proxy makes of the one that leads to it. */
export function followHandling(
  asking: Asking,
  draft: PathDraft,
  { handling: { steps, outcomes }, ...at }: ProxyAtEnd,
): readonly PathDraft[] {
  return outcomes.flatMap((outcome) => {
    const before = endingAt(draft, [...steps, ...outcome.steps], outcome.name);
    return outcome.kind === 'answer'
      ? [answered(asking, before, outcome)]
      : forwarded({ ...at, outcome, before });
  });
}

function proxyAt(asking: Asking, connection: Connection): RequestProxy | undefined {
  for (const find of PROXIES) {
    const proxy = find(asking, connection);
    if (proxy !== undefined) return proxy;
  }
  return undefined;
}

/** The program that took the packet, if it is a pod's. */
function connectionOf(
  asking: Asking,
  { walk, dial, lookup }: WalkedDial,
  { request, headers, seal }: Journey,
): Connection | undefined {
  const { taker, disposition } = walk;
  if (taker === undefined || disposition !== 'accepted') return undefined;
  const pod = podAt(asking, taker);
  const { packet } = taker;
  if (pod === undefined || packet.protocol !== 'tcp') return undefined;
  const dialled = turnedFrom(walk);
  return {
    pod,
    packet,
    headers,
    host: lookup?.host ?? dial.ip.text,
    asked: dial.ip,
    ...(dialled === undefined ? {} : { dialled }),
    ...(request === undefined ? {} : { request: { ...request, clientIp: packet.src } }),
    ...(seal === undefined ? {} : { seal }),
  };
}

/** Where a packet was for that the rules of its taker's own namespace turned to another port there. */
function turnedFrom({ hops }: Walk): SocketAddress | undefined {
  const turned = hops.at(-1)?.steps.find((step) => step.kind === 'translate' && step.nat === 'redirect');
  return turned?.kind === 'translate' ? { ip: turned.before.dst, port: turned.before.dstPort } : undefined;
}

function podAt({ snapshot }: Asking, { place, packet }: NonNullable<Walk['taker']>): Pod | undefined {
  const { podByKey } = snapshot.cluster;
  if (place.kind === 'pod') return podByKey.get(`${place.namespace ?? ''}/${place.name}`);
  const key = hostEndpointAt(snapshot.control, packet.dst, packet.dstPort);
  return key === undefined ? undefined : podByKey.get(key);
}

function seenByServer(draft: PathDraft, { request, headers }: Journey): PathDraft {
  const { serverSees } = draft.path;
  if (serverSees === undefined || request === undefined) return draft;
  const view: ServerView = { ...serverSees, headers: Object.fromEntries(headers), path: request.uri };
  return { ...draft, path: { ...draft.path, serverSees: view } };
}

/** The path so far: its last hop is the proxy's, and shows what that does. */
function endingAt(draft: PathDraft, steps: HopAnswer['steps'], name = ''): PathDraft {
  const { serverSees: _, ...path } = draft.path;
  const legs = path.legs.map((leg, index) =>
    index === path.legs.length - 1 ? endingAtProxy(leg, steps) : leg,
  );
  const shape = `${draft.shape} proxy: ${steps.map(({ kind }) => kind).join(', ')} ${name}`;
  return { ...draft, shape, path: { ...path, backends: [], legs } };
}

function answered({ namer }: Asking, before: PathDraft, outcome: ProxyAnswer): PathDraft {
  const { disposition, reason, symptom, l7, causes, share, backends = [] } = outcome;
  return {
    ...before,
    share: multiplyFractions(before.share, share),
    path: {
      ...before.path,
      backends,
      disposition,
      ...(reason === undefined ? {} : { reason }),
      symptom,
      ...(l7 === undefined ? {} : { l7 }),
    },
    causes: causes.map((diagnostic) => diagnosticAnswer(diagnostic, namer)),
  };
}

function inCircles(draft: PathDraft): PathDraft {
  return { ...draft, path: { ...draft.path, disposition: 'loop', symptom: 'http-508' } };
}

interface Hand extends Omit<ProxyAtEnd, 'handling'> {
  readonly outcome: Forwarding;
  readonly before: PathDraft;
}

function forwarded({ proxy, key: at, own, denied, outcome, before, journey }: Hand): readonly PathDraft[] {
  const { request, headers, seal, socket } = outcome;
  const { known } = journey;
  const onward: Journey = {
    headers,
    known,
    proxies: journey.proxies + 1,
    ...(request === undefined ? {} : { request }),
    ...(seal === undefined ? {} : { seal }),
  };
  const told = [request?.uri, request?.method, [...headers], [...(request?.headers ?? [])], seal, socket];
  const key = JSON.stringify([at, outcome.to, journey.proxies, ...told], textOfIp);
  const ways = known.get(key) ?? waysOn(own(socket), outcome, onward).map(asProxied);
  known.set(key, ways);
  if (ways.some(({ isDenied }) => isDenied)) denied?.(outcome);
  return ways.map((draft) => joined(before, draft, { ...outcome, proxy }));
}

/** Addresses are objects that share their parts: their text tells them apart. */
function textOfIp(name: string, value: unknown): unknown {
  const isIp = name === 'ip' || name === 'src';
  return isIp ? (value as { readonly text: string }).text : value;
}

/** The proxy asks for itself: its connections start in its pod, from a port of its own. */
function ownAsking(
  { entry: _, socket: __, ...asking }: Asking,
  pod: Pod,
  socket: ClientSocket | undefined,
): Asking {
  const { entry: ___, ...world } = asking.world;
  return {
    ...asking,
    world,
    ...(socket === undefined ? {} : { socket }),
    source: { kind: 'pod', pod },
    from: namespaceIdOf(pod),
    clientPort: asking.clientPort + 1,
  };
}

function waysOn(asking: Asking, { to }: Forwarding, journey: Journey): readonly PathDraft[] {
  if (to.kind === 'addresses') return dialEach(asking, to.addresses, journey);
  const lookup = lookUp(asking, to.host);
  if (lookup.failure !== undefined) {
    const failure = { ...lookup.failure, diagnostics: nameMissing(to, lookup.failure.diagnostics) };
    return [failedLookupDraft(asking, lookup, failure)];
  }
  const addresses = lookup.addresses.map((ip) => ({ ip, port: to.port }));
  return dialEach(asking, addresses, journey, lookup);
}

/** A name outside that nobody has is told where it is written; what keeps the proxy from asking, as for any program. */
function nameMissing(
  { host, at }: Extract<Forwarding['to'], { kind: 'name' }>,
  found: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (found.some(({ severity, sources }) => severity === 'error' && sources.length > 0)) return found;
  return [
    {
      code: 'name-not-found',
      severity: 'error',
      text: `The proxy looks up ${host}, which is taken not to exist:`,
      sources: [{ at, role: 'primary' }],
      help: [
        { text: `say its address in the profile: dns.upstream: {${host}.: [{type: A, data: ADDRESS}]}` },
      ],
    },
  ];
}

function dialEach(
  asking: Asking,
  addresses: readonly SocketAddress[],
  journey: Journey,
  lookup?: Lookup,
): readonly PathDraft[] {
  return standIns(asking.snapshot.cluster, addresses).flatMap((standIn) => {
    const { address, count } = standIn;
    const share: Fraction = { numerator: count, denominator: addresses.length };
    const dial: Dial = { ...address, protocol: 'tcp', ...entryFor(asking, address) };
    const drafts = walkDial(asking, dial).flatMap(({ walk }) => {
      const own = { ...walk, share: multiplyFractions(walk.share, share) };
      return followRequest(asking, { walk: own, dial, ...(lookup === undefined ? {} : { lookup }) }, journey);
    });
    return drafts.map((draft) => forAll(standIn, draft));
  });
}

/** Whoever asks from outside gets to a pod by the node that it is on. */
function entryFor({ snapshot: { cluster }, source }: Asking, { ip }: SocketAddress): Pick<Dial, 'entry'> {
  const node = source.kind === 'external' ? cluster.podByIp.get(ip)?.node : undefined;
  const entry = node === undefined ? undefined : cluster.nodeByName.get(node);
  return entry === undefined ? {} : { entry };
}

/** Two parts of a path as one. */
function joined(
  before: PathDraft,
  after: PathDraft,
  { proxy, share, l7 }: Pick<Forwarding, 'share' | 'l7'> & Pick<ProxyAtEnd, 'proxy'>,
): PathDraft {
  const { path } = after;
  const policy = bothPolicies(before.path.policy, path.policy);
  const answer = answerBehind(proxy, path.symptom);
  const own = { ...l7, ...path.l7, ...answer.l7 };
  return {
    ...after,
    share: multiplyFractions(multiplyFractions(before.share, share), after.share),
    shape: `${before.shape}\n${after.shape}`,
    isDenied: before.isDenied || after.isDenied,
    path: {
      ...path,
      symptom: answer.symptom,
      ...(policy === undefined ? {} : { policy }),
      ...(Object.keys(own).length === 0 ? {} : { l7: own }),
      legs: [...before.path.legs, ...path.legs],
    },
  };
}

/** Another proxy's answer goes through as it is; so does what nobody knows. */
function answerBehind(proxy: ProxyAtEnd['proxy'], symptom: Symptom): ReturnType<RequestProxy['answerTo']> {
  const isPassedOn = symptom.startsWith('http-') || symptom === 'connected' || symptom === 'unknown';
  return isPassedOn ? { symptom } : proxy.answerTo(symptom);
}

/** A side that says no anywhere on the path says no. */
function bothPolicies(first: PathAnswer['policy'], second: PathAnswer['policy']): PathAnswer['policy'] {
  if (first === undefined || second === undefined) return first ?? second;
  const worse = (side: 'egress' | 'ingress') =>
    first[side] === 'deny' || second[side] === 'deny' ? 'deny' : 'allow';
  return { egress: worse('egress'), ingress: worse('ingress') };
}

function asProxied(draft: PathDraft): PathDraft {
  return { ...draft, path: { ...draft.path, legs: ownLegs(draft.path.legs) } };
}

/** The proxy's own connection begins where the last one ended; those behind it have begun at proxies of their own. */
function ownLegs(legs: readonly LegAnswer[]): readonly LegAnswer[] {
  const at = legs.findIndex(({ purpose }) => purpose === 'request');
  const own = legs[at];
  return own === undefined ? legs : legs.with(at, fromProxy(own));
}
