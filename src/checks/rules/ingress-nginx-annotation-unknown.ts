import { nearest } from '../../diagnostics/did-you-mean.ts';
import {
  ANNOTATION_NAMES,
  REMOVED_ANNOTATIONS,
} from '../../l7/controllers/ingress-nginx/annotation-names.ts';
import { PREFIX } from '../../l7/controllers/ingress-nginx/annotations.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxAnnotationUnknown: Rule = {
  name: 'ingress-nginx-annotation-unknown',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An annotation is none that ingress-nginx reads: misspelt, removed, or of another controller.',
  why: 'It is passed over in silence: what it was meant for does not happen.',
  fix: 'correct the name; those of ingress-nginx begin with nginx.ingress.kubernetes.io/',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations-risk.md'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'rewrite-taget': '/' } })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'app-root': '/shop' } })) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

/** Of the controllers of F5 and HAProxy, and of ingress-nginx before 0.9. */
const FOREIGN = ['nginx.org/', 'nginx.com/', 'haproxy.org/', 'ingress.kubernetes.io/'];

function hitsOf({ ingress: { metadata }, subject }: NginxIngress): readonly Hit[] {
  return [...metadata.annotations.keys()].flatMap((key): readonly Hit[] => {
    const problem = problemOf(key);
    if (problem === undefined) return [];
    return [
      {
        subject,
        path: ['metadata', 'annotations', key],
        message: `${key} of ${subjectName(subject)} ${problem.text}`,
        fact: key,
        ...(problem.help === undefined ? {} : { help: problem.help }),
      },
    ];
  });
}

function problemOf(key: string): { readonly text: string; readonly help?: string } | undefined {
  const foreign = FOREIGN.find((prefix) => key.startsWith(prefix));
  if (foreign !== undefined) {
    const name = key.slice(foreign.length);
    const help = ANNOTATION_NAMES.has(name) ? { help: `write ${PREFIX}${name}` } : {};
    return { text: `is of another controller than ingress-nginx, which serves it`, ...help };
  }
  const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '';
  if (name === '' || ANNOTATION_NAMES.has(name)) return undefined;
  if (REMOVED_ANNOTATIONS.has(name)) return { text: 'was removed from ingress-nginx: it does nothing' };
  const [near] = nearest(name, [...ANNOTATION_NAMES], 1);
  return {
    text: 'is no annotation that ingress-nginx reads',
    ...(near === undefined ? {} : { help: `did you mean ${PREFIX}${near}?` }),
  };
}
