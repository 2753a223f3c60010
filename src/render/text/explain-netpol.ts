/** `explain netpol/NAME` as people read it: whom the policy is about, and whom each rule means now. */

import type {
  ExplainedDirection,
  ExplainedRule,
  MatchedPeers,
  PolicyExplanation,
} from '../../query/policy-explanation.ts';
import type { Renderer } from '../renderer.ts';
import { blockRenderer } from './block-page.ts';
import { findingLines } from './findings.ts';
import { type Line, plain, wrap } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented } from './table.ts';
import { count } from './words.ts';

export const netpolRenderer: Renderer<PolicyExplanation> = blockRenderer((spelled, page) => [
  headline(spelled, page),
  ...spelled.directions.flatMap((direction) => directionBlocks(direction, page)),
  findingLines(spelled.findings, page),
]);

function headline({ policy, directions, enforced }: PolicyExplanation, page: Page): Block {
  const name = policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`;
  const pods = Math.max(0, ...directions.map(({ selects }) => selects.pods));
  const what = directions.map(({ direction }) => direction).join(' and ');
  const state = enforced ? '' : '   not enforced by this CNI';
  const text = `${policy.kind} ${name}   ${what} of ${count(pods, 'pod')}${state}   ${placeText(policy.at)}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: 2 });
}

function directionBlocks(
  { direction, tier, priority, selects, rules }: ExplainedDirection,
  page: Page,
): readonly Block[] {
  const order = tier === 'network' ? '' : `, ${tier} tier, priority ${priority ?? 0}`;
  const title = `${direction} of ${selects.text}${order}: ${whoText(selects, page)}`;
  const none = tier === 'network' ? 'no rule: nothing is admitted' : 'no rule';
  const lines = rules.flatMap((rule) => ruleLines(rule, direction, page));
  const head = wrap([plain(title)], { width: page.width, start: 0, hang: 2 });
  return [[...head, ...(lines.length === 0 ? [indented(none)] : lines)]];
}

/** `[0] allow  TCP 80  file:12`, and a line for each peer. */
function ruleLines(
  { index, action, name, ports, peers, at }: ExplainedRule,
  direction: 'ingress' | 'egress',
  page: Page,
): readonly Line[] {
  const preposition = direction === 'ingress' ? 'from' : 'to';
  const own = name === undefined ? '' : `  ${name}`;
  const lines = [
    { indent: 2, text: `[${index}] ${action}  ${ports}${own}  ${placeText(at)}` },
    ...peers.map((peer) => {
      const place = peer.pods === 0 ? `  ${placeText(peer.at)}` : '';
      return {
        indent: 6,
        text: `${preposition} ${peer.text} ${page.glyphs.flows} ${whoText(peer, page)}${place}`,
      };
    }),
  ];
  return lines.flatMap(({ indent, text }) => {
    const [first = [], ...more] = wrap([plain(text)], { width: page.width, start: indent, hang: indent + 4 });
    return [[plain(' '.repeat(indent)), ...first], ...more];
  });
}

function whoText({ peers, pods, text }: MatchedPeers, { level }: Page): string {
  if (pods === 0) return /^[\d.:a-f]+\//i.test(text) ? 'outside' : 'nobody now';
  const most = level === 'verbose' ? peers.length : 3;
  const rest = peers.length - most;
  return peers.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
