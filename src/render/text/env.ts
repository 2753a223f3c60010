/** The answer to `env` as people read it: the container's own variables, then those of each Service. */

import { groupBy } from '../../collections/grouping.ts';
import type { EnvAnswer, VariableAnswer } from '../../query/env-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { causeBlocks } from './cause.ts';
import { type Line, plain, wrap } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented, rowLines } from './table.ts';
import { count } from './words.ts';

const INDENT = 2;
/** With more variables than this, Docker's link names are counted by default. */
const MOST_VARIABLES = 40;
/** Longer values are cut by default. */
const LONGEST_VALUE = 60;

const KIND_WORDS = { container: 'container', init: 'init container', sidecar: 'sidecar' } as const;

export const envRenderer: Renderer<EnvAnswer> = blockRenderer(allBlocks);

function allBlocks(answer: EnvAnswer, page: Page): readonly Block[] {
  const own = answer.variables.filter(({ service }) => service === undefined);
  const services = groupBy(answer.variables, ({ service }) => service);
  const isLong = page.level !== 'verbose' && answer.variables.length > MOST_VARIABLES;
  return [
    headline(answer, page),
    own.length === 0 ? [] : [[plain('own variables')], ...variableLines(own, page), ...legend(own, page)],
    ...[...services].map(([service, variables]) => serviceBlock(service, variables, { page, isLong })),
    ...causeBlocks({ diagnostics: answer.caveats, result: 'reachable' }, page),
    assumedLines(answer.assumptions, page),
  ];
}

/** `shop/web   container app   31 variables, 21 of 3 Services`. */
function headline({ pod, container, variables, enableServiceLinks }: EnvAnswer, page: Page): Block {
  const told = variables.filter(({ service }) => service !== undefined);
  const services = new Set(told.map(({ service }) => service)).size;
  const off = enableServiceLinks ? '' : ', service links off';
  const text = `${pod.namespace}/${pod.name}   ${KIND_WORDS[container.kind]} ${container.name}   ${count(variables.length, 'variable')}, ${told.length} of ${count(services, 'Service')}${off}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: INDENT });
}

function serviceBlock(
  service: string,
  variables: readonly VariableAnswer[],
  { page, isLong }: { readonly page: Page; readonly isLong: boolean },
): Block {
  const shown = isLong ? variables.filter(({ from }) => from === 'service') : variables;
  const hidden = variables.length - shown.length;
  return [
    [plain(`Service ${service}`)],
    ...variableLines(shown, page),
    ...legend(shown, page),
    ...(hidden === 0 ? [] : [indented(`and ${hidden} in the way of Docker links (-v shows all)`)]),
  ];
}

function variableLines(variables: readonly VariableAnswer[], page: Page): readonly Line[] {
  const hasRemarks = variables.some((variable) => remark(variable, page) !== '');
  return rowLines(
    variables.map((variable) => [
      variable.name,
      valueText(variable, page),
      ...(hasRemarks ? [remark(variable, page)] : []),
      variable.source === undefined ? 'every cluster' : placeText(variable.source),
    ]),
    page,
  );
}

function valueText({ value, hidden }: VariableAnswer, page: Page): string {
  if (value === undefined) {
    return hidden?.reason === 'secret' ? `(${hidden.text})` : `(unknown: ${hidden?.text ?? ''})`;
  }
  const line = value.replaceAll('\n', '\\n');
  if (page.level === 'verbose' || line.length <= LONGEST_VALUE) return line;
  return line.slice(0, LONGEST_VALUE - page.glyphs.ellipsis.length) + page.glyphs.ellipsis;
}

/** A column that stays narrow: `→ :67`, `restart`. */
function remark({ overriddenBy, afterRestart }: VariableAnswer, { glyphs }: Page): string {
  if (overriddenBy !== undefined) return `${glyphs.flows} :${overriddenBy.source?.line ?? '?'}`;
  return afterRestart ? 'restart' : '';
}

function legend(variables: readonly VariableAnswer[], page: Page): readonly Line[] {
  const { flows } = page.glyphs;
  const isOverridden = variables.some(({ overriddenBy }) => overriddenBy !== undefined);
  const isLate = variables.some(({ afterRestart }) => afterRestart);
  return [
    ...(isOverridden ? [indented(`${flows} :N  the container's entry in line N counts instead`)] : []),
    ...(isLate ? [indented('restart  the running container lacks it')] : []),
  ];
}
