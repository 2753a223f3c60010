import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type BackendView, backendViews, servicePath } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const ingressExternalName: Rule = {
  name: 'ingress-external-name',
  severity: 'info',
  precision: 'certain',
  tier: 3,
  kinds: ['Ingress'],
  what: 'A backend of an Ingress is a Service of type ExternalName.',
  why: 'Some controllers ask for the name and send requests there, others refuse such Services; policies and readiness do not apply.',
  fix: 'use a Service with an EndpointSlice where the addresses are known',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/endpointslices.go'],
  examples: {
    bad: { manifests: manifests(outside(), ingress('shop', 'outside')) },
    good: {
      manifests: manifests(
        service('outside', 'selector: {app: web}', 'ports: [{port: 80}]'),
        ingress('shop', 'outside'),
      ),
    },
  },
  run: (input) => backendViews(input).flatMap((view) => hitOf(input, view)),
};

function outside(): string {
  return service('outside', 'type: ExternalName', 'externalName: www.example.com', 'ports: [{port: 80}]');
}

function hitOf(input: CheckInput, view: BackendView): readonly Hit[] {
  const found = input.service(view.ingress.metadata.namespace, view.backend.service);
  if (found?.body.type !== 'ExternalName') return [];
  return [
    {
      subject: view.subject,
      path: servicePath(view),
      message: `${subjectName(view.subject)} leads to ${found.metadata.name}, which is a name outside (${found.body.externalName ?? ''})`,
      related: [{ subject: subjectOf(found), path: ['spec', 'externalName'], message: 'is a name only' }],
      fact: found.metadata.name,
    },
  ];
}
