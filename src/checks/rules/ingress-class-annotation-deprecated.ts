import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const KEY = 'kubernetes.io/ingress.class';
const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressClassAnnotationDeprecated: Rule = {
  name: 'ingress-class-annotation-deprecated',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The class of an Ingress is written as the old annotation.',
  why: 'It is deprecated since Kubernetes 1.18, means the own class name of a controller rather than an IngressClass, and new controllers do not read it.',
  fix: 'write spec.ingressClassName, and take the annotation away',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/ingress.md'],
  examples: {
    bad: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web').replace('{name: shop}', `{name: shop, annotations: {${KEY}: nginx}}`),
      ),
    },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: {} })) },
  },
  run: ({ snapshot }: CheckInput) => snapshot.objects.ofKind('Ingress').flatMap(hitsOf),
};

function hitsOf(object: IngressObject): readonly Hit[] {
  const value = object.metadata.annotations.get(KEY);
  if (value === undefined) return [];
  const subject = subjectOf(object);
  const { ingressClassName } = object.body;
  const also = ingressClassName === undefined ? '' : `, beside ingressClassName ${ingressClassName}`;
  return [
    {
      subject,
      path: ['metadata', 'annotations', KEY],
      message: `${subjectName(subject)} has its class (${value}) as the old annotation${also}`,
      fact: value,
      help:
        ingressClassName === undefined
          ? `write spec.ingressClassName: ${value}, if there is such an IngressClass`
          : 'take the annotation away: the field counts',
    },
  ];
}
