/** The exit codes of every command: 0 yes, 1 no, 2 could not answer (as grep and diff). */

import type { TraceAnswer } from '../query/answer.ts';
import { answerWords } from '../query/expectation.ts';

export type ExitCode = 0 | 1 | 2;

/**
 * @param options.expect a result, disposition or symptom that the answer must have.
 * @param options.any one good path is enough.
 */
export function traceExitCode(
  answer: TraceAnswer,
  options: { readonly any?: true; readonly expect?: string; readonly strict?: true },
): ExitCode {
  const { expect } = options;
  if (expect !== undefined) {
    const isRefused =
      options.strict === true && answer.result === 'undetermined' && expect !== 'undetermined';
    if (!isRefused && answerWords(answer).has(expect)) return 0;
    return answer.result === 'undetermined' ? 2 : 1;
  }
  switch (answer.result) {
    case 'reachable':
      return 0;
    case 'ambiguous':
      return options.any ? 0 : 1;
    case 'unreachable':
      return 1;
    case 'undetermined':
      return 2;
  }
}
