import { compareText } from '../../collections/order.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, object } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const DEFAULT = 'ingressclass.kubernetes.io/is-default-class';

export const ingressClassTwoDefaults: Rule = {
  name: 'ingress-class-two-defaults',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['IngressClass'],
  what: 'Two IngressClasses are marked as the default one.',
  why: 'Which one an Ingress without a class gets depends on the age of the classes.',
  fix: 'take ingressclass.kubernetes.io/is-default-class off one of them',
  sources: ['kubernetes/kubernetes:plugin/pkg/admission/network/defaultingressclass/admission.go'],
  examples: {
    bad: { manifests: manifests(defaultClass('a'), defaultClass('b')) },
    good: { manifests: defaultClass('a') },
  },
  run: hitsOf,
};

function defaultClass(name: string): string {
  const spec = ['spec: {controller: example.com/ingress}'];
  const text = object('networking.k8s.io/v1', 'IngressClass', name, spec);
  return text.replace(`{name: ${name}}`, `{name: ${name}, annotations: {${DEFAULT}: "true"}}`);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const marked = input.snapshot.objects
    .ofKind('IngressClass')
    .filter(({ metadata }) => metadata.annotations.get(DEFAULT) === 'true')
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
  const [first, ...others] = marked;
  if (first === undefined) return [];
  return others.map((object) => {
    const subject = subjectOf(object);
    return {
      subject,
      path: ['metadata', 'annotations', DEFAULT],
      message: `${subjectName(subject)} is marked as the default class, as ${subjectName(subjectOf(first))} is`,
      related: [
        { subject: subjectOf(first), path: ['metadata', 'annotations', DEFAULT], message: 'is the default' },
      ],
    };
  });
}
