/** The matrix as people read it: sets of peers that may connect, in few rows. */

import type { ExposureAnswer, MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import { OWN_NODE_TITLE, ownNodeRows, partOnNode } from '../matrix/own-node.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { columnLines } from './columns.ts';
import { findingLines } from './findings.ts';
import { type Line, plain, wrap } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { painter } from './style.ts';
import { type Block, indented } from './table.ts';
import { count } from './words.ts';

/** More rows are counted instead of shown, unless with `-v`. */
const MOST_ROWS = 60;

/** The same of what nodes reach on themselves, which seldom surprises. */
const MOST_OWN_NODE = 10;

export const matrixRenderer: Renderer<MatrixAnswer> = {
  format: 'table',
  render(answer, view) {
    const page = pageOf(view);
    const paint = painter(view.color);
    const spelled = spellAnswer(overviewOf(answer), view);
    const blocks = view.level === 'brief' ? [headline(spelled, page)] : allBlocks(spelled, page);
    return blocks
      .filter((block) => block.length > 0)
      .map((block) => block.map((line) => `${paint(line)}\n`).join(''))
      .join('\n');
  },
};

type Shown = Omit<MatrixAnswer, 'connections' | 'groups'>;

/** Without the parts that the table does not show, which may be large. */
function overviewOf({ connections: _connections, groups: _groups, ...shown }: MatrixAnswer): Shown {
  return shown;
}

function allBlocks(answer: Shown, page: Page): readonly Block[] {
  return [
    headline(answer, page),
    connectionsBlock(answer, page),
    ownNodeBlock(answer, page),
    openBlock(answer, page),
    ...(answer.exposure === undefined ? [] : [exposureBlock(answer.exposure, page)]),
    findingLines(answer.diagnostics, page),
    assumedLines(answer.assumptions, page),
  ];
}

/** `12 workloads and the outside: 9 of 156 pairs connect   2 policies`. */
function headline({ summary, enforced }: Shown, page: Page): Block {
  const { workloads, pairs, connected, policies } = summary;
  const rules = enforced
    ? count(policies, 'policy').replace(/policys$/, 'policies')
    : 'policies are not enforced';
  const text = `${count(workloads, 'workload')} and the outside: ${connected} of ${count(pairs, 'pair')} connect   ${rules}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: 2 });
}

function connectionsBlock({ overview }: Shown, page: Page): Block {
  if (overview.length === 0) return [indented('no connection is allowed')];
  const shown = page.level === 'verbose' ? overview : overview.slice(0, MOST_ROWS);
  const rows = shown.map(({ from, to, ports }) => [from, to, ports]);
  const hidden = overview.length - shown.length;
  const more = hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)];
  return [...columnLines([['from', 'to', 'ports'], ...rows], page), ...more];
}

function ownNodeBlock(answer: Shown, page: Page): Block {
  const all = ownNodeRows(answer);
  if (all.length === 0) return [];
  const shown = page.level === 'verbose' ? all : all.slice(0, MOST_OWN_NODE);
  const rows = shown.map((row) => [row.from, partOnNode(row), row.ports]);
  const hidden = all.length - shown.length;
  const more = hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)];
  return [[plain(OWN_NODE_TITLE)], ...columnLines(rows, page), ...more];
}

/** Who is not isolated: what policies leave open is what people look for first. */
function openBlock({ peers, enforced }: Shown, page: Page): Block {
  if (!enforced) return [];
  const open = (direction: 'ingress' | 'egress') =>
    peers
      .filter(({ isolated }) => isolated !== undefined && !isolated.includes(direction))
      .map(({ id }) => id);
  return (['ingress', 'egress'] as const).flatMap((direction): readonly Line[] => {
    const ids = open(direction);
    const all = peers.filter(({ isolated }) => isolated !== undefined).length;
    if (ids.length === 0) return [];
    const names = ids.length === all ? 'every workload' : namesText(ids, page);
    return wrap([plain(`not isolated for ${direction}: ${names}`)], { width: page.width, start: 0, hang: 2 });
  });
}

function namesText(ids: readonly string[], { level }: Page): string {
  const most = level === 'verbose' ? ids.length : 6;
  const rest = ids.length - most;
  return ids.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Who is not isolated is open to everyone, which stands above; `-v` shows them too. */
function exposureBlock(exposure: readonly ExposureAnswer[], page: Page): Block {
  const shown = exposure.filter((each) => each.protected || page.level === 'verbose');
  const rows = shown.flatMap(({ peer, direction, open }) => {
    const preposition = direction === 'ingress' ? 'from' : 'to';
    if (open.length === 0) return [[peer, `${preposition} nobody`, '-']];
    return open.map(({ to, ports }, index) => [index === 0 ? peer : '', `${preposition} ${to}`, ports]);
  });
  if (rows.length === 0) return [[plain('exposure: no workload is isolated')]];
  return [
    [plain('exposure of isolated workloads, also to what is not there yet')],
    ...columnLines(rows, page),
  ];
}
