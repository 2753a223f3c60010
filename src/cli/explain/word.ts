/** `k8snet explain WORD`: what a word of an answer means. It reads no manifests. */

import { WORD_FORMATS } from '../../render/formats.ts';
import { printAnswer } from '../reading.ts';
import type { ExplainTarget } from './target.ts';

export const wordTarget: ExplainTarget = {
  shape: 'WORD',
  text: 'a word of an answer: a disposition (no-endpoints), a reason, a symptom (timeout), a step (dnat), an assumption (A_CNI), the code of a diagnostic, a rule of check; a kind, a CNI, or an option without its dashes',
  takes: () => true,
  async run(io, { target, options, progress }) {
    const [{ explainedWords, explainWord }, { nameOfAlias }, { optionWords, subjectWords }] =
      await Promise.all([
        import('../../query/explain-word.ts'),
        import('../../checks/aliases.ts'),
        import('./words.ts'),
      ]);
    const subjects = await subjectWords();
    const word = nameOfAlias(target) ?? target.replace(/^--/, '');
    const isKnown = explainedWords(subjects).some((known) => known.toLowerCase() === word.toLowerCase());
    const more = isKnown ? subjects : [...subjects, ...(await optionWords(progress.commands))];
    await printAnswer(io, explainWord(word, more), { formats: WORD_FORMATS, options });
    return 0;
  },
};
