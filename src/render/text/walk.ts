/** The walk of one path: its look-ups, hops with their steps, and the answer's way back. */

import type { HopAnswer, LegAnswer, PathAnswer, PlaceAnswer, StepAnswer } from '../../query/answer.ts';
import { isSuccess } from '../../trace/disposition.ts';
import { displayWidth, type Line, plain, type Span, wrap } from './layout.ts';
import type { Page } from './page.ts';
import { replyLines } from './reply.ts';
import { shownSteps } from './shown-steps.ts';
import { stepLines, TEXT_COLUMN, WHERE_COLUMN } from './steps.ts';
import { count } from './words.ts';

/** What the hops of a path have in common. */
interface Walk {
  readonly page: Page;
  /** Places in this namespace go by their bare name. */
  readonly namespace: string | undefined;
  /** The step that ends the path badly. */
  readonly stop: StepAnswer | undefined;
  /** Pods whose application is on the path. */
  readonly pods: ReadonlySet<string>;
  /** What the proxies of pods are called, where their steps tell it: `ztunnel`. */
  readonly proxies: ReadonlyMap<string, string>;
  /** Number of the next hop. */
  next: number;
}

/** The lines of a path. @param namespace of the asked source. */
export function walkLines(path: PathAnswer, namespace: string | undefined, page: Page): readonly Line[] {
  const hops = path.legs.flatMap((leg) => leg.hops);
  const pods = new Set(hops.flatMap(({ place }) => (place.kind === 'pod' ? [keyOf(place)] : [])));
  const proxies = new Map(hops.flatMap(proxyName));
  const walk: Walk = { page, namespace, stop: stopOf(path), pods, proxies, next: 1 };
  return path.legs.flatMap((leg, index) => {
    const isLast = index === path.legs.length - 1;
    if (leg.purpose === 'lookup' && !isLast) return lookupLines(leg, walk);
    // The answer to a proxy's client is the last to come back; that it finds its way is a word for -v.
    const isQuiet = !isLast && page.level !== 'verbose' && isSuccess(leg.reply?.disposition ?? 'accepted');
    return legLines(isQuiet ? withoutReply(leg) : leg, path, walk);
  });
}

function proxyName({ place, steps }: HopAnswer): readonly (readonly [string, string])[] {
  const name = steps.find(({ detail }) => detail?.['proxy'] !== undefined)?.detail?.['proxy'];
  return typeof name === 'string' ? [[keyOf(place), name]] : [];
}

function withoutReply({ purpose, hops }: LegAnswer): LegAnswer {
  return { purpose, hops };
}

/** A look-up that succeeded is one line; `-v` walks it. */
function lookupLines(leg: LegAnswer, walk: Walk): readonly Line[] {
  const step = leg.hops.flatMap((hop) => hop.steps).findLast((candidate) => candidate.kind === 'resolve');
  const spans: Span[] = [plain(`lookup  ${step?.text ?? ''}`)];
  if (step?.where?.rule !== undefined) spans.push(plain('  '), { text: step.where.rule, tone: 'dim' });
  const lines = wrap(spans, { width: walk.page.width, start: 0, hang: 8 });
  if (walk.page.level !== 'verbose') return lines;
  return [...lines, ...hopsLines(leg.hops, walk), ...backLines(leg, walk), [plain('request')]];
}

function legLines(leg: LegAnswer, path: PathAnswer, walk: Walk): readonly Line[] {
  const note = leg.purpose === 'proxied' ? newConnection(leg) : undefined;
  if (path.disposition === 'name-not-found' && walk.page.level !== 'verbose') {
    return hopsLines(fromResolver(leg.hops), walk, note);
  }
  return [...hopsLines(leg.hops, walk, note), ...backLines(leg, walk)];
}

/** The road to the resolver and back was fine when it is the answer that disappoints. */
function fromResolver(hops: readonly HopAnswer[]): readonly HopAnswer[] {
  const start = hops.findIndex((hop) => hop.place.kind === 'resolver');
  return start < 0 ? hops : hops.slice(start);
}

function newConnection(leg: LegAnswer): string {
  const names = new Set(leg.hops.map(({ place }) => `${place.namespace}/${place.name}`));
  if (names.size === 1 && leg.hops.length > 1) return 'new connection, to the application beside it';
  const changes = leg.hops.flatMap((hop) => hop.steps).flatMap((step) => step.changes ?? []);
  const isDirect = changes.every((change) => change.nat !== 'dnat');
  return isDirect ? 'new connection, straight to an endpoint' : 'new connection';
}

/** The answer's way: one sentence; at `-v` and where it gets lost, its hops. */
function backLines(leg: LegAnswer, walk: Walk): readonly Line[] {
  if (leg.reply === undefined) return [];
  const summary = replyLines(leg, walk.page);
  if (walk.page.level === 'verbose') return [...summary, ...hopsLines(leg.reply.hops, walk)];
  const stop = leg.reply.hops.flatMap((hop) => hop.steps).find((step) => step === walk.stop);
  if (stop === undefined) return summary;
  return [...summary, ...stepLines(stop, { isStop: true, whereColumn: WHERE_COLUMN }, walk.page)];
}

function hopsLines(hops: readonly HopAnswer[], walk: Walk, firstNote?: string): readonly Line[] {
  return hops.flatMap((hop, index) => hopLines(hop, walk, index === 0 ? firstNote : undefined));
}

function hopLines(hop: HopAnswer, walk: Walk, note: string | undefined): readonly Line[] {
  const { page } = walk;
  const number = walk.next;
  walk.next += 1;
  const steps = shownSteps(hop, walk.stop, page.level);
  const whereColumn = hop.place.kind === 'resolver' ? answersColumn(steps) : WHERE_COLUMN;
  return [
    ...placeLines(hop, { number, note, namespace: walk.namespace, proxy: proxyWord(hop, walk) }, page),
    ...steps.flatMap((step) => stepLines(step, { isStop: step === walk.stop, whereColumn }, page)),
  ];
}

/** The answers of a resolver stand close behind the longest name that was asked. */
function answersColumn(steps: readonly StepAnswer[]): number {
  const longest = Math.max(0, ...steps.map((step) => displayWidth(step.text)));
  return Math.min(WHERE_COLUMN, TEXT_COLUMN + longest + 2);
}

interface PlaceStyle {
  readonly number: number;
  /** Stands in for the address. */
  readonly note: string | undefined;
  readonly namespace: string | undefined;
  readonly proxy: string | undefined;
}

function keyOf({ namespace, name }: PlaceAnswer): string {
  return `${namespace}/${name}`;
}

/** A proxy beside an application: the rules of their pod send it what is for that one. */
function proxyWord({ place, steps }: HopAnswer, { pods, proxies }: Walk): string | undefined {
  if (place.kind !== 'proxy') return undefined;
  const isBeside =
    pods.has(keyOf(place)) || steps.some(({ changes }) => changes?.some(({ nat }) => nat === 'redirect'));
  return proxies.get(keyOf(place)) ?? (isBeside ? 'sidecar' : undefined);
}

/** `2  node-a  10.0.0.11`. */
function placeLines(hop: HopAnswer, style: PlaceStyle, page: Page): readonly Line[] {
  const { place } = hop;
  const name = `${placeName(place, style.namespace)}${style.proxy === undefined ? '' : ` ${style.proxy}`}`;
  const gap = ' '.repeat(name.length < 8 ? 8 - name.length : 2);
  const about = style.note ?? (place.address === place.name ? undefined : place.address);
  const spans: Span[] = [plain(`${style.number}  `), { text: name, tone: 'place' }];
  if (about !== undefined) spans.push(plain(gap + about));
  const extra = placeExtra(hop);
  if (extra !== undefined) spans.push(plain(`   ${extra}`));
  return wrap(spans, { width: page.width, start: 0, hang: 3 });
}

function placeName(place: PlaceAnswer, namespace: string | undefined): string {
  if (place.kind === 'loadbalancer') return 'load balancer';
  const isForeign = place.namespace !== undefined && namespace !== undefined && place.namespace !== namespace;
  return isForeign && place.kind !== 'resolver' ? `${place.namespace}/${place.name}` : place.name;
}

/** What is known of a place beside its address: a load balancer's Service, a resolver's search order. */
function placeExtra(hop: HopAnswer): string | undefined {
  if (hop.place.kind === 'loadbalancer') return `svc/${hop.place.name}`;
  return hop.place.kind === 'resolver' ? searchOrder(hop.steps) : undefined;
}

/** `ndots 5, 0 dots: search list first`: why these names were asked in this order (resolv.conf(5)). */
function searchOrder(steps: readonly StepAnswer[]): string | undefined {
  const detail = steps.findLast((step) => step.detail?.['ndots'] !== undefined)?.detail;
  const { ndots, dots } = detail ?? {};
  if (typeof ndots !== 'number' || typeof dots !== 'number') return undefined;
  const order = dots >= ndots ? 'the name itself first' : 'search list first';
  return `ndots ${ndots}, ${count(dots, 'dot')}: ${order}`;
}

/** The step at which a path fails: the last of its last walk, or of the answer's where that gets lost. */
function stopOf(path: PathAnswer): StepAnswer | undefined {
  if (isSuccess(path.disposition)) return undefined;
  const leg = path.legs.at(-1);
  const isLost = leg?.reply !== undefined && !isSuccess(leg.reply.disposition);
  const hops = isLost ? leg.reply?.hops : leg?.hops;
  return hops?.findLast((hop) => hop.steps.length > 0)?.steps.at(-1);
}
