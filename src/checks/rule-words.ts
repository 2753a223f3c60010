/** The rules as `k8snet explain RULE` tells of them. */

import type { MoreWords, WordEntry } from '../query/explain-word.ts';
import type { Precision } from './hit.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';

const PRECISION_WORDS: Readonly<Record<Precision, string>> = {
  certain: 'certain: it follows from the objects that are shown',
  'closed-world': 'closed-world: it is so if the input is complete',
  heuristic: 'heuristic: it mostly is so',
};

/** Every rule with its page. */
export function ruleWords(): MoreWords {
  return RULES.map((rule) => [rule.name, entryOf(rule)] as const);
}

function entryOf({ what, why, fix, severity, precision, sources = [], examples }: Rule): WordEntry {
  return {
    sort: 'rule',
    means: what,
    notes: [
      { label: 'why', text: why },
      { label: 'fix', text: fix },
      { label: 'severity', text: severity === 'off' ? 'off (a warning where it is switched on)' : severity },
      { label: 'precision', text: PRECISION_WORDS[precision] },
      ...(sources.length === 0 ? [] : [{ label: 'source', text: sources.join(', ') }]),
    ],
    examples: [
      { label: withSettings('bad', examples.bad.set), text: examples.bad.manifests },
      { label: withSettings('good', examples.good.set), text: examples.good.manifests },
    ],
  };
}

/** `bad, with --set ipFamilies=[IPv4]`. */
function withSettings(label: string, set: readonly string[] = []): string {
  return set.length === 0 ? label : `${label}, with ${set.map((each) => `--set '${each}'`).join(' ')}`;
}
