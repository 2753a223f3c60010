/** `k8snet explain WORD`: what a word of an answer means. It reads no manifests. */

import { WORD_FORMATS } from '../../render/formats.ts';
import { printAnswer } from '../reading.ts';
import type { ExplainTarget } from './target.ts';

export const wordTarget: ExplainTarget = {
  shape: 'WORD',
  text: 'a word of an answer: a disposition (no-endpoints), a reason, a symptom (timeout), a step (dnat), an assumption (A_CNI), the code of a diagnostic, or a rule of check',
  takes: () => true,
  async run(io, { target, options }) {
    const [{ explainWord }, { ruleWords }] = await Promise.all([
      import('../../query/explain-word.ts'),
      import('../../checks/rule-words.ts'),
    ]);
    await printAnswer(io, explainWord(target, ruleWords()), { formats: WORD_FORMATS, options });
    return 0;
  },
};
