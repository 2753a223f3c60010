/**
 * What a node's service proxy does with one packet: the rules, run in the order in which the kernel meets
 * them (Linux net/ipv4/ip_input.c, ip_forward.c, ip_output.c). Routing between the hooks is not asked;
 * whether an address is the node's own is.
 */

import { type Ip, isLoopback, printSocketAddress } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { evaluateStation, type Outcome, type RuleVisit } from '../netfilter/evaluate.ts';
import type { ConntrackState, Hook, Ruleset } from '../netfilter/ruleset.ts';
import { setKey } from '../netfilter/sets.ts';
import { IPVS_PRIORITY, type Station, stationsAt } from '../netfilter/stations.ts';
import { type VirtualServers, virtualServerOf } from '../netfilter/virtual-servers.ts';

export interface ServiceQuestion {
  /** The rules of the service proxy alone, of the packet's family. */
  readonly ruleset: Ruleset;
  /** Addresses on the node's interfaces; loopback is implied. */
  readonly addresses: readonly Ip[];
  /** The first packet of a connection. One that has an address of the node as source is sent by it. */
  readonly packet: Packet;
  /** The device that a packet from elsewhere comes in by. */
  readonly inDevice?: string;
}

export interface ServiceVerdict {
  /** `accept`: sent to one of `backends`, or, without any, let through to the node itself; `none`: no rule applies. */
  readonly verdict: 'accept' | 'drop' | 'reject' | 'none';
  /** Possible backends, `ip:port`, in the order of the rules. */
  readonly backends: readonly string[];
  /** Does a packet leave with a source address of the node (with one backend at least)? */
  readonly masquerade: boolean;
  /** The rules that matched, in order, each once. */
  readonly rules: readonly RuleVisit[];
}

/** One way through the node. */
interface Passage {
  readonly packet: Packet;
  readonly states: readonly ConntrackState[];
  readonly verdict: 'accept' | 'drop' | 'reject' | 'none';
  readonly translated: boolean;
  readonly masquerade: boolean;
  readonly rules: readonly RuleVisit[];
  /** A virtual server has just sent it on. */
  readonly scheduled?: boolean;
  /** Its key. */
  readonly virtualServer?: string;
}

/** Runs the packet through the node's rules and says what became of it. */
export function serviceVerdict(question: ServiceQuestion): ServiceVerdict {
  const own = new Set([...question.addresses, ...(question.ruleset.virtualServers?.addresses ?? [])]);
  const isLocal = (ip: Ip): boolean => own.has(ip) || isLoopback(ip);
  const isSentHere = isLocal(question.packet.src);
  const way: Way = { question, isLocal, isSentHere };
  const start: Passage = {
    packet: question.packet,
    states: ['NEW'],
    verdict: 'none',
    translated: false,
    masquerade: false,
    rules: [],
  };
  const passages = passHook(start, isSentHere ? 'output' : 'prerouting', way).flatMap((entered) =>
    follow(entered, hooksBehind(entered, way), way),
  );
  return verdictOf(passages);
}

interface Way {
  readonly question: ServiceQuestion;
  readonly isLocal: (ip: Ip) => boolean;
  readonly isSentHere: boolean;
}

/** What a virtual server sends on is sent by the node. */
const SENT_ON: readonly Hook[] = ['output', 'postrouting'];

function follow(passage: Passage, hooks: readonly Hook[], way: Way): readonly Passage[] {
  if (passage.scheduled) return follow({ ...passage, scheduled: false }, SENT_ON, way);
  const [hook, ...more] = hooks;
  if (hook === undefined) return [passage];
  return passHook(passage, hook, way).flatMap((passed) => follow(passed, more, way));
}

/** What the node sends to itself passes the loopback device: out and in again. */
function hooksBehind({ packet }: Passage, { isSentHere, isLocal }: Way): readonly Hook[] {
  const isForHere = isLocal(packet.dst);
  if (!isSentHere) return isForHere ? ['input'] : ['forward', 'postrouting'];
  return isForHere ? ['postrouting', 'prerouting', 'input'] : ['postrouting'];
}

function passHook(passage: Passage, hook: Hook, way: Way): readonly Passage[] {
  const { ruleset } = way.question;
  const stations = stationsAt(ruleset, hook);
  const pass = (from: readonly Passage[], ofHook: readonly Station[]) =>
    ofHook.reduce(
      (passages, station) => passages.flatMap((each) => passStation(each, { station, hook }, way)),
      from,
    );
  if (ruleset.virtualServers === undefined || (hook !== 'input' && hook !== 'output')) {
    return pass([passage], stations);
  }
  const at = IPVS_PRIORITY[hook];
  return pass(
    [passage],
    stations.filter(({ priority }) => priority < at),
  )
    .flatMap((each) => scheduled(each, ruleset.virtualServers))
    .flatMap((each) =>
      each.scheduled
        ? [each]
        : pass(
            [each],
            stations.filter(({ priority }) => priority >= at),
          ),
    );
}

/** One passage for each real server of the virtual server that the packet is for. */
function scheduled(passage: Passage, table: VirtualServers | undefined): readonly Passage[] {
  const server = virtualServerOf(table, passage.packet);
  const isStopped = passage.verdict === 'drop' || passage.verdict === 'reject';
  if (server === undefined || passage.translated || isStopped) return [passage];
  if (server.realServers.length === 0) return [{ ...passage, verdict: 'reject' }];
  const { dst, protocol, dstPort } = passage.packet;
  return server.realServers.map(({ ip, port }) => ({
    ...passage,
    packet: { ...passage.packet, dst: ip, dstPort: port },
    verdict: 'accept',
    translated: true,
    scheduled: true,
    virtualServer: setKey(dst, protocol, dstPort),
  }));
}

function passStation(
  passage: Passage,
  { station, hook }: { readonly station: Station; readonly hook: Hook },
  { question, isLocal, isSentHere }: Way,
): readonly Passage[] {
  if (passage.verdict === 'drop' || passage.verdict === 'reject') return [passage];
  const isInward = hook !== 'output' && hook !== 'postrouting';
  // The connection is not new to nat any more when the packet comes in again.
  const isTranslated = hook === 'postrouting' ? passage.masquerade : passage.translated;
  if (station.isNat && (isTranslated || (isSentHere && isInward))) return [passage];
  const { packet, states } = passage;
  const comesBy = isSentHere ? 'lo' : question.inDevice;
  const device = isInward && comesBy !== undefined ? { inDevice: comesBy } : {};
  const { virtualServer } = passage;
  const seen = virtualServer === undefined ? device : { ...device, virtualServer };
  const outcomes = evaluateStation(station, { packet, states, isLocal, ...seen });
  return outcomes.map((outcome) => afterOutcome(passage, outcome, station));
}

function afterOutcome(passage: Passage, outcome: Outcome, { isNat }: Station): Passage {
  const { nat, mark, verdict } = outcome;
  const rules = [...passage.rules, ...outcome.trail];
  const marked = { ...passage, rules, packet: { ...passage.packet, mark } };
  if (verdict !== 'accept') return { ...marked, verdict };
  // In nat, accept only says that nothing is to be translated.
  if (nat === undefined) return outcome.decidedBy === undefined || isNat ? marked : { ...marked, verdict };
  // No service proxy redirects to the node itself.
  if (nat.kind === 'redirect') return marked;
  if (nat.kind !== 'dnat') return { ...marked, masquerade: true };
  return {
    ...marked,
    verdict,
    translated: true,
    packet: { ...marked.packet, dst: nat.ip, dstPort: nat.port },
    states: [...passage.states, 'DNAT'],
  };
}

/** What stops the packet goes before what lets it through. */
function verdictOf(passages: readonly Passage[]): ServiceVerdict {
  const rules = uniqueRules(passages.flatMap((passage) => passage.rules));
  const stopped = passages.find(({ verdict }) => verdict === 'drop' || verdict === 'reject');
  if (stopped !== undefined) return { verdict: stopped.verdict, backends: [], masquerade: false, rules };
  const backends = passages
    .filter((passage) => passage.translated)
    .map(({ packet }) => printSocketAddress(packet.dst, packet.dstPort));
  return {
    verdict: passages.some(({ verdict }) => verdict === 'accept') ? 'accept' : 'none',
    backends: [...new Set(backends)],
    masquerade: passages.some((passage) => passage.masquerade),
    rules,
  };
}

/** Ways through the node share rules; a rule is known by where it stands. */
function uniqueRules(visits: readonly RuleVisit[]): readonly RuleVisit[] {
  const byPlace = new Map<string, RuleVisit>();
  for (const visit of visits) {
    const place = `${visit.table} ${visit.chain} ${visit.position}`;
    if (!byPlace.has(place)) byPlace.set(place, visit);
  }
  return [...byPlace.values()];
}
