import type { ObjectOfKind } from '../../k8s/kinds.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioInjectionLabel: Rule = {
  name: 'istio-injection-label',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Namespace'],
  what: 'A Namespace has two labels for injection, or one with a word that means nothing.',
  why: 'The webhook looks at istio-injection first: beside it istio.io/rev is ignored, and any word but enabled means no.',
  fix: 'keep one of the two labels',
  sources: ['istio/istio:manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml'],
  examples: {
    bad: { manifests: namespace('shop', 'istio-injection: enabled, istio.io/rev: canary') },
    good: { manifests: namespace('shop', 'istio-injection: enabled') },
  },
  run: (input) => input.snapshot.objects.ofKind('Namespace').flatMap(hitOf),
};

const INJECTION = 'istio-injection';
const REVISION = 'istio.io/rev';
const WORDS: ReadonlySet<string> = new Set(['enabled', 'disabled']);

function hitOf(object: ObjectOfKind<'Namespace'>): readonly Hit[] {
  const { labels } = object.metadata;
  const word = labels.get(INJECTION);
  const subject = subjectOf(object);
  if (word === undefined) return [];
  const revision = labels.get(REVISION);
  if (revision !== undefined) {
    return [
      {
        subject,
        path: ['metadata', 'labels', REVISION],
        message: `${subjectName(subject)} has ${INJECTION}=${word} and ${REVISION}=${revision}: the second is ignored`,
        related: [{ subject, path: ['metadata', 'labels', INJECTION], message: 'decides' }],
        fact: revision,
      },
    ];
  }
  if (WORDS.has(word)) return [];
  return [
    {
      subject,
      path: ['metadata', 'labels', INJECTION],
      message: `${INJECTION}=${word} of ${subjectName(subject)} injects nothing: the word is enabled`,
      fact: word,
    },
  ];
}
