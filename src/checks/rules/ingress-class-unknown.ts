import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import type { FieldPath } from '../../source/document.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { ownerOfIngress } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const AROUND = [
  object('networking.k8s.io/v1', 'IngressClass', 'nginx', ['spec: {controller: k8s.io/ingress-nginx}']),
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
];

export const ingressClassUnknown: Rule = {
  name: 'ingress-class-unknown',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['Ingress'],
  what: 'The class of an Ingress is none of the IngressClasses, or it has no class and none is the default.',
  why: 'No controller serves it: its hosts and paths are answered by nobody.',
  fix: 'write an existing class as ingressClassName, or mark a class as the default one',
  sources: ['kubernetes/api:networking/v1/types.go IngressSpec.IngressClassName'],
  examples: {
    bad: { manifests: manifests(...AROUND, ingress('shop', 'web', { spec: ['ingressClassName: ngnix'] })) },
    good: { manifests: manifests(...AROUND, ingress('shop', 'web', { spec: ['ingressClassName: nginx'] })) },
  },
  run: (input) => input.snapshot.objects.ofKind('Ingress').flatMap((each) => hitOf(input, each)),
};

function hitOf(input: CheckInput, object: IngressObject): readonly Hit[] {
  const classes = input.snapshot.objects.ofKind('IngressClass');
  const owner = ownerOfIngress(input)(object);
  if (owner.controller !== undefined) return [];
  const subject = subjectOf(object);
  const { className } = owner;
  const [near] = nearest(
    className,
    classes.map(({ metadata }) => metadata.name),
    1,
  );
  return [
    {
      subject,
      path: classPath(object),
      message: `no controller serves ${subjectName(subject)}: ${owner.reason}`,
      related: classes.slice(0, 3).map((each) => ({
        subject: subjectOf(each),
        path: ['metadata', 'name'],
        message: 'is a class',
      })),
      fact: className,
      ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
      gate: input.gates.reference('IngressClass', ''),
    },
  ];
}

function classPath({ body, metadata }: IngressObject): FieldPath {
  if (body.ingressClassName !== undefined) return ['spec', 'ingressClassName'];
  const isAnnotated = metadata.annotations.has(CLASS_ANNOTATION);
  return isAnnotated ? ['metadata', 'annotations', CLASS_ANNOTATION] : ['spec'];
}
