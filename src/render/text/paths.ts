/** The table of paths, worst first: who answers, what the others see, and the share of each. */

import type { LegAnswer, PathAnswer, TraceAnswer } from '../../query/answer.ts';
import { isSuccess } from '../../trace/disposition.ts';
import { fitCells } from './fit.ts';
import { gridLines } from './grid.ts';
import { type Line, plain, wrap } from './layout.ts';
import type { Page } from './page.ts';
import type { Paint } from './style.ts';
import { count, DISPOSITION_WORDS, symptomWords } from './words.ts';

/** More rows than this are counted instead of shown, unless with `-v`. */
const MOST_ROWS = 12;
/** The heading of a walk names so many backends. */
const MOST_NAMES = 12;
const INDENT = 2;

interface Row {
  readonly isFailure: boolean;
  /** Backends, node, outcome, symptom, share. */
  readonly cells: readonly string[];
}

/** The rows of the table, ready to print; empty if there is one path. */
export function pathTable(answer: TraceAnswer, page: Page, paint: Paint): readonly string[] {
  if (answer.paths.length < 2) return [];
  const shown = page.level === 'verbose' ? answer.paths : answer.paths.slice(0, MOST_ROWS);
  const rows = fitted(withoutEmptyColumns(shown.map((path) => rowOf(path, answer))), page);
  const grid = gridLines(
    rows.map((row) => {
      const stop = row.isFailure ? paint([{ text: page.glyphs.stops, tone: 'bad' }]) : '';
      const [first = '', ...cells] = row.cells;
      return [`${stop === '' ? ' ' : stop} ${first}`, ...cells];
    }),
  );
  const lines = grid.map((line) => ' '.repeat(INDENT) + line);
  const hidden = answer.paths.length - shown.length;
  return hidden === 0 ? lines : [...lines, `    and ${count(hidden, 'more path')} (-v shows all)`];
}

/** `path of api#3, 1/3 of new connections`: which path the walk below the table is. */
export function pathHeading(answer: TraceAnswer, page: Page): readonly Line[] {
  const [path] = answer.paths;
  if (path === undefined || answer.paths.length < 2) return [];
  const share = `${path.weight} of new connections`;
  const { backends } = path;
  const hidden = page.level === 'verbose' ? 0 : Math.max(0, backends.length - MOST_NAMES);
  const shown = { ...path, backends: backends.slice(0, backends.length - hidden) };
  const names = backendNames(shown, answer) + (hidden === 0 ? '' : ` and ${hidden} more`);
  const text = names === '' ? `first path, ${share}` : `path of ${names}, ${share}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: 2 });
}

/** How to see the walk of another path; nothing if no option leads there. */
export function otherPathHint(answer: TraceAnswer, page: Page): readonly Line[] {
  const [first, ...others] = answer.paths;
  const walked = new Set(first?.backends);
  const other = others.flatMap((path) => path.backends).find((backend) => !walked.has(backend));
  if (other === undefined) return [];
  const name = localName(other, answer);
  const text = `path of ${name}: the same command with --backend ${name}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: 2 });
}

function rowOf(path: PathAnswer, answer: TraceAnswer): Row {
  const isFailure = !isSuccess(path.disposition);
  const last = path.legs.at(-1)?.hops.at(-1)?.place;
  const node = last?.kind === 'node' ? last.name : (last?.node ?? '');
  const words = DISPOSITION_WORDS[path.disposition];
  const entry = entryOf(path);
  const outcome = !isFailure ? successOutcome(path) : entry === undefined ? words : `${words}, ${entry}`;
  const symptom = isFailure ? symptomWords(path.symptom) : '';
  return { isFailure, cells: [backendNames(path, answer), node, outcome, symptom, path.weight] };
}

/** `reachable, same node`, `reachable, flannel.1`. */
function successOutcome(path: PathAnswer): string {
  const words = DISPOSITION_WORDS[path.disposition];
  const road = path.disposition === 'accepted' ? roadOf(path.legs.at(-1)) : undefined;
  return [words, road, entryOf(path)].filter((part) => part !== undefined).join(', ');
}

/** By which node a connection came to a proxy, where a load balancer chose it. */
function entryOf({ legs }: PathAnswer): string | undefined {
  if (legs.every(({ hops }) => hops.every(({ place }) => place.kind !== 'proxy'))) return undefined;
  const front = legs.find(({ hops }) => hops.some(({ place }) => place.kind === 'loadbalancer'));
  const node = front?.hops.find(({ place }) => place.kind === 'node');
  return node === undefined ? undefined : `in by ${node.place.name}`;
}

/** The device that the packet leaves the first node by. */
function roadOf(leg: LegAnswer | undefined): string | undefined {
  const nodes = leg?.hops.filter((hop) => hop.place.kind === 'node') ?? [];
  if (new Set(nodes.map((hop) => hop.place.name)).size === 1) return 'same node';
  const device = nodes[0]?.steps.findLast((step) => step.kind === 'route')?.where?.out;
  const isBalanced = leg?.hops.some((hop) => hop.place.kind === 'loadbalancer') === true;
  return isBalanced && device !== undefined ? `from ${nodes[0]?.place.name} by ${device}` : device;
}

/** `api#1, #3, web-0`: replicas of one workload by their numbers. */
function backendNames(path: PathAnswer, answer: TraceAnswer): string {
  const names = path.backends.map((backend) => localName(backend, answer));
  return names
    .map((name, index) => {
      const [workload, replica] = name.split('#');
      const isSame = replica !== undefined && names[index - 1]?.split('#')[0] === workload;
      return isSame ? `#${replica}` : name;
    })
    .join(', ');
}

/** `shop/api#1` without the namespace that the question is asked from. */
function localName(backend: string, answer: TraceAnswer): string {
  const prefix = `${answer.question.from.namespace ?? ''}/`;
  return backend.startsWith(prefix) ? backend.slice(prefix.length) : backend;
}

/** Where every path arrives, nobody needs a column for symptoms. */
function withoutEmptyColumns(rows: readonly Row[]): readonly Row[] {
  const isUsed = (column: number) => rows.some((row) => row.cells[column] !== '');
  return rows.map((row) => ({ ...row, cells: row.cells.filter((_, column) => isUsed(column)) }));
}

/** The rows in the room of a page; the share at the end stays whole. */
function fitted(rows: readonly Row[], page: Page): readonly Row[] {
  const table = rows.map((row) => row.cells);
  const columns = rows[0]?.cells.length ?? 0;
  const cells = fitCells(table, { room: page.width - INDENT - 2, keep: columns - 1 }, page);
  return rows.map((row, index) => ({ ...row, cells: cells[index] ?? row.cells }));
}
