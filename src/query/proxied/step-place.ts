/** The line of a manifest that decides a step of a proxy: the third column, and a source. */

import { locate, type SourceRef } from '../../source/ref.ts';
import type { StepAnswer } from '../answer.ts';
import type { Asking } from '../asking.ts';
import { sourceAnswer } from '../source-answer.ts';

/** Empty where no line does. */
export function placeOf(
  { namer }: Pick<Asking, 'namer'>,
  at: SourceRef | undefined,
): Pick<StepAnswer, 'where' | 'because'> {
  if (at === undefined) return {};
  const { file, line } = locate(at);
  return { where: { rule: `${file}:${line}` }, because: [sourceAnswer(at, { namer })] };
}
