/** What a node's rules do with one packet: line 1 says it, then the rules that decided. */

import type { PacketRule, PacketRulesAnswer } from '../../query/packet-rules.ts';
import type { Renderer } from '../renderer.ts';
import { dim, type Line, plain, type Span, wrap, wrapIndented } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { placeText } from './sources.ts';
import { painter } from './style.ts';
import { count } from './words.ts';

const MOST_BACKENDS = 12;
const INDENT = 5;

const VERDICTS: Readonly<Record<PacketRulesAnswer['verdict'], string>> = {
  accept: 'accept',
  drop: 'drop',
  reject: 'reject',
  none: 'no rule applies: ordinary routing',
};

export const packetRulesRenderer: Renderer<PacketRulesAnswer> = {
  format: 'text',
  render(answer, view) {
    const spelled = spellAnswer(answer, view);
    const page = pageOf(view);
    const paint = painter(view.color);
    const lines = [...headline(spelled, page), ...backendLines(spelled, page), ...ruleLines(spelled, page)];
    return lines.map((line) => `${paint(line)}\n`).join('');
  },
};

/** `10.244.1.5 → 10.96.0.50:80 tcp on node-a   accept   2 backends, masqueraded`. */
function headline(
  { packet, node, verdict, backends, masquerade }: PacketRulesAnswer,
  page: Page,
): readonly Line[] {
  const { source, destination, port, protocol } = packet;
  const target = destination.includes(':') ? `[${destination}]:${port}` : `${destination}:${port}`;
  const isGood = verdict === 'accept' || verdict === 'none';
  const extra = [
    ...(backends.length === 0 ? [] : [count(backends.length, 'backend')]),
    ...(verdict === 'accept' && backends.length === 0 ? ['let through to the node'] : []),
    ...(masquerade ? ['masqueraded'] : []),
  ];
  const spans: Span[] = [
    plain(`${source} ${page.glyphs.flows} ${target} ${protocol} on ${node}   `),
    { text: VERDICTS[verdict], tone: isGood ? 'good' : 'bad' },
    plain(extra.length === 0 ? '' : `   ${extra.join(', ')}`),
  ];
  return wrap(spans, { width: page.width, start: 0, hang: 2 });
}

function backendLines({ backends }: PacketRulesAnswer, page: Page): readonly Line[] {
  const shown = page.level === 'verbose' ? backends : backends.slice(0, MOST_BACKENDS);
  const hidden = backends.length - shown.length;
  if (shown.length === 0) return [];
  const text = `to  ${shown.join(', ')}${hidden === 0 ? '' : ` and ${hidden} more (-v shows all)`}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: 4 });
}

/** Jumps that every node has, into chains that say nothing of the packet, are for `-v`. */
function ruleLines({ rules }: PacketRulesAnswer, page: Page): readonly Line[] {
  const shown = page.level === 'verbose' ? rules : rules.filter(isTelling);
  return shown.length === 0 ? [] : [[], ...shown.flatMap((rule) => oneRule(rule, page))];
}

function isTelling({ target, because = [] }: PacketRule): boolean {
  return because.length > 0 || (target !== 'jump' && target !== 'return');
}

function oneRule({ table, chain, position, rule, because = [] }: PacketRule, page: Page): readonly Line[] {
  const box = { width: page.width, start: INDENT, hang: INDENT };
  const text = rule.replace(/^-A \S+ /, '');
  const places = page.level === 'verbose' ? because : because.slice(0, 1);
  return [
    ...wrap([{ text: `${table} ${chain}`, tone: 'place' }, plain(` rule ${position}`)], {
      width: page.width,
      start: 0,
      hang: 2,
    }),
    ...wrapIndented([plain(text)], box),
    ...places.flatMap((source) =>
      wrapIndented([dim([placeText(source), source.object, source.path].filter(Boolean).join('  '))], box),
    ),
  ];
}
