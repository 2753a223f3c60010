/** `k8snet explain WORD`: what a word of an answer means. It reads no manifests. */

import { WORD_FORMATS } from '../../render/formats.ts';
import { printAnswer } from '../reading.ts';
import type { ExplainTarget } from './target.ts';

export const wordTarget: ExplainTarget = {
  shape: 'WORD',
  text: 'a word of an answer: a disposition (no-endpoints), a reason, a symptom (timeout), a step (dnat), an assumption (A_CNI) or the code of a diagnostic',
  takes: () => true,
  async run(io, { target, options }) {
    const { explainWord } = await import('../../query/explain-word.ts');
    await printAnswer(io, explainWord(target), { formats: WORD_FORMATS, options });
    return 0;
  },
};
