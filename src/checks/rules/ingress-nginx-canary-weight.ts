import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  service('new', 'selector: {app: new}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { nginx: {} }),
];

export const ingressNginxCanaryWeight: Rule = {
  name: 'ingress-nginx-canary-weight',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The weight of a canary is larger than the total, or nothing ever chooses the canary.',
  why: 'At or above the total (100, unless canary-weight-total is more) every request goes to the canary; without weight, header or cookie none does.',
  fix: 'write a weight between 0 and the total, or raise canary-weight-total',
  sources: ['kubernetes/ingress-nginx:rootfs/etc/nginx/lua/balancer.lua'],
  examples: {
    bad: { manifests: manifests(...AROUND, canary({ 'canary-weight': '200' })) },
    good: {
      manifests: manifests(...AROUND, canary({ 'canary-weight': '200', 'canary-weight-total': '1000' })),
    },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function canary(nginx: Readonly<Record<string, string>>): string {
  return ingress('canary', 'new', { nginx: { canary: 'true', ...nginx } });
}

/** The least that balancer.lua takes for the total. */
const LEAST_TOTAL = 100;

function hitsOf({ subject, annotations: { canary: policy } }: NginxIngress): readonly Hit[] {
  if (policy === undefined) return [];
  const { weight, weightTotal, header, cookie } = policy;
  const total = Math.max(LEAST_TOTAL, weightTotal);
  const isNever = weight <= 0 && header === '' && cookie === '';
  if (weight <= total && !isNever) return [];
  return [
    {
      subject,
      path: annotationPath(isNever ? 'canary' : 'canary-weight'),
      message: isNever
        ? `${subjectName(subject)} is a canary that nothing chooses: it has no weight, header or cookie`
        : `the weight of ${subjectName(subject)} is ${weight} of ${total}: every request goes to it`,
      fact: isNever ? 'never' : String(weight),
    },
  ];
}
