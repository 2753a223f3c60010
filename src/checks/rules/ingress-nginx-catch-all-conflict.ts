import { byAge } from '../../l7/gateway-api/age.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type NginxIngress, nginxIngresses, pathsOf } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxCatchAllConflict: Rule = {
  name: 'ingress-nginx-catch-all-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'Several Ingresses want to be the catch-all: default backends without rules, or one of those beside a rule for / of every host.',
  why: 'There is one root for all other hosts: the oldest default backend has it, and beats a rule without a host whatever its age.',
  fix: 'keep one of them',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go createServers'],
  examples: {
    bad: { manifests: manifests(WEB, catchAll('a'), catchAll('b')) },
    good: { manifests: manifests(WEB, catchAll('a'), ingress('shop', 'web', { nginx: {} })) },
  },
  run: hitsOf,
};

function catchAll(name: string): string {
  return object('networking.k8s.io/v1', 'Ingress', name, [
    'spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}',
  ]);
}

/** Of two default backends the older counts; which that is, nobody knows before they are made. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const all = nginxIngresses(input)
    .filter(({ annotations }) => annotations.canary === undefined)
    .toSorted((a, b) => byAge(a.ingress, b.ingress));
  const [first, ...others] = all.filter(
    ({ ingress: { body } }) => body.rules.length === 0 && body.defaultBackend !== undefined,
  );
  if (first === undefined) return [];
  const hit = ({ subject }: NginxIngress, path: Hit['path'], message: string): Hit => ({
    subject,
    path,
    message,
    related: [{ subject: first.subject, path: ['spec', 'defaultBackend'], message: 'is a catch-all' }],
    fact: subjectName(first.subject),
  });
  const hostless = all.flatMap((each) =>
    pathsOf(each)
      .filter(({ key }) => key === ' /')
      .map(({ path }) => {
        const names = `${subjectName(each.subject)} has a rule for / of every host`;
        return hit(each, path.at, `${names}, which ${subjectName(first.subject)} takes as the catch-all`);
      }),
  );
  const rivals = others.map((each) => {
    const names = `${subjectName(first.subject)} and ${subjectName(each.subject)}`;
    return hit(
      each,
      ['spec', 'defaultBackend'],
      `${names} both want to be the catch-all: the older of them is`,
    );
  });
  return [...rivals, ...hostless];
}
