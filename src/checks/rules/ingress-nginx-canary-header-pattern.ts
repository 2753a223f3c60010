import { compilePattern } from '../../l7/match.ts';
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

export const ingressNginxCanaryHeaderPattern: Rule = {
  name: 'ingress-nginx-canary-header-pattern',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The pattern for the header of a canary is no regular expression, or nothing reads it.',
  why: 'A pattern that does not compile never matches; one beside canary-by-header-value, or without canary-by-header, is not looked at.',
  fix: 'correct the pattern, and name the header in canary-by-header',
  sources: ['kubernetes/ingress-nginx:rootfs/etc/nginx/lua/balancer.lua'],
  examples: {
    bad: { manifests: manifests(...AROUND, canary('(eu|us')) },
    good: { manifests: manifests(...AROUND, canary('(eu|us)')) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function canary(pattern: string): string {
  return ingress('canary', 'new', {
    nginx: { canary: 'true', 'canary-by-header': 'Region', 'canary-by-header-pattern': pattern },
  });
}

function hitsOf({ subject, annotations: { canary: policy } }: NginxIngress): readonly Hit[] {
  if (policy === undefined || policy.headerPattern === '') return [];
  const { header, headerValue, headerPattern } = policy;
  const problem =
    header === ''
      ? 'is not looked at: canary-by-header names no header'
      : headerValue !== ''
        ? 'is not looked at: canary-by-header-value counts'
        : isPattern(headerPattern)
          ? undefined
          : 'is no regular expression: it never matches';
  if (problem === undefined) return [];
  return [
    {
      subject,
      path: annotationPath('canary-by-header-pattern'),
      message: `the pattern "${headerPattern}" of ${subjectName(subject)} ${problem}`,
      fact: headerPattern,
    },
  ];
}

/** RE2 lacks what it cannot do in linear time; what it takes for a look-around may be right in PCRE. */
function isPattern(text: string): boolean {
  return /\(\?|\\\d/.test(text) || compilePattern(text, 'case') !== undefined;
}
