import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const ingressNginxServiceUpstreamHeadless: Rule = {
  name: 'ingress-nginx-service-upstream-headless',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The annotation service-upstream stands at a backend that is a headless Service.',
  why: 'The annotation sends requests to the address of the Service, and a headless one has none.',
  fix: 'take the annotation away, or give the Service an address',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations.md'],
  examples: {
    bad: { manifests: manifests(web('clusterIP: None'), shop()) },
    good: { manifests: manifests(web('type: ClusterIP'), shop()) },
  },
  run: hitsOf,
};

function web(line: string): string {
  return service('web', line, 'selector: {app: web}', 'ports: [{port: 80}]');
}

function shop(): string {
  return ingress('shop', 'web', { nginx: { 'service-upstream': 'true' } });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return nginxIngresses(input).flatMap(({ ingress: object, subject, annotations }): readonly Hit[] => {
    if (!annotations.serviceUpstream) return [];
    const names = object.body.rules.flatMap(({ paths }) =>
      (paths ?? []).flatMap(({ backend }) => (backend.kind === 'service' ? [backend.service] : [])),
    );
    const headless = [...new Set(names)]
      .flatMap((name) => input.service(object.metadata.namespace, name) ?? [])
      .filter(({ body }) => body.headless);
    return headless.map((each) => ({
      subject,
      path: annotationPath('service-upstream'),
      message: `${subjectName(subject)} sends requests to the address of ${subjectName(subjectOf(each))}, which is headless`,
      related: [{ subject: subjectOf(each), path: ['spec', 'clusterIP'], message: 'has no address' }],
      fact: each.metadata.name,
    }));
  });
}
