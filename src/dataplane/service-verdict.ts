/**
 * What a node's service proxy does with one packet: the rules, run in the order in which the kernel meets
 * them (Linux net/ipv4/ip_input.c, ip_forward.c, ip_output.c). Routing between the hooks is not asked;
 * whether an address is the node's own is.
 */

import { type Ip, isLoopback, printSocketAddress } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { evaluateHook, type Outcome, type RuleVisit } from '../netfilter/evaluate.ts';
import type { ConntrackState, Hook, Ruleset, TableName } from '../netfilter/ruleset.ts';

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
  readonly states: ReadonlySet<ConntrackState>;
  readonly verdict: 'accept' | 'drop' | 'reject' | 'none';
  readonly translated: boolean;
  readonly masquerade: boolean;
  readonly rules: readonly RuleVisit[];
}

interface Station {
  readonly table: TableName;
  readonly hook: Hook;
}

const NAT_PREROUTING: Station = { table: 'nat', hook: 'prerouting' };
const NAT_OUTPUT: Station = { table: 'nat', hook: 'output' };
const NAT_POSTROUTING: Station = { table: 'nat', hook: 'postrouting' };
const FILTER_INPUT: Station = { table: 'filter', hook: 'input' };
const FILTER_FORWARD: Station = { table: 'filter', hook: 'forward' };
const FILTER_OUTPUT: Station = { table: 'filter', hook: 'output' };

/** Runs the packet through the node's rules and says what became of it. */
export function serviceVerdict(question: ServiceQuestion): ServiceVerdict {
  const own = new Set(question.addresses);
  const isLocal = (ip: Ip): boolean => own.has(ip) || isLoopback(ip);
  const isSentHere = isLocal(question.packet.src);
  const pass = (passage: Passage, station: Station) => passStation(passage, station, { question, isLocal });
  const start: Passage = {
    packet: question.packet,
    states: new Set(['NEW']),
    verdict: 'none',
    translated: false,
    masquerade: false,
    rules: [],
  };
  const passages = pass(start, isSentHere ? NAT_OUTPUT : NAT_PREROUTING).flatMap((translated) =>
    stationsBehindNat(isSentHere, isLocal(translated.packet.dst)).reduce(
      (ways, station) => ways.flatMap((way) => pass(way, station)),
      [translated] as readonly Passage[],
    ),
  );
  return verdictOf(passages);
}

/** What the node sends to itself passes the loopback device: out and in again, nat only once. */
function stationsBehindNat(isSentHere: boolean, isForHere: boolean): readonly Station[] {
  if (!isSentHere) return isForHere ? [FILTER_INPUT] : [FILTER_FORWARD, NAT_POSTROUTING];
  return [FILTER_OUTPUT, NAT_POSTROUTING, ...(isForHere ? [FILTER_INPUT] : [])];
}

function passStation(
  passage: Passage,
  { table, hook }: Station,
  { question, isLocal }: { readonly question: ServiceQuestion; readonly isLocal: (ip: Ip) => boolean },
): readonly Passage[] {
  if (passage.verdict === 'drop' || passage.verdict === 'reject') return [passage];
  const { packet, states } = passage;
  const comesBy = isLocal(question.packet.src) ? 'lo' : question.inDevice;
  const isInward = hook !== 'output' && hook !== 'postrouting';
  const device = isInward && comesBy !== undefined ? { inDevice: comesBy } : {};
  const outcomes = evaluateHook(question.ruleset, table, hook, { packet, states, isLocal, ...device });
  return outcomes.map((outcome) => afterOutcome(passage, outcome));
}

function afterOutcome(passage: Passage, outcome: Outcome): Passage {
  const { nat, mark, verdict } = outcome;
  const rules = [...passage.rules, ...outcome.trail];
  const marked = { ...passage, rules, packet: { ...passage.packet, mark } };
  if (verdict !== 'accept') return { ...marked, verdict };
  if (nat === undefined) return outcome.decidedBy === undefined ? marked : { ...marked, verdict };
  if (nat.kind !== 'dnat') return { ...marked, masquerade: true };
  return {
    ...marked,
    verdict,
    translated: true,
    packet: { ...marked.packet, dst: nat.ip, dstPort: nat.port },
    states: new Set([...passage.states, 'DNAT'] as const),
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
