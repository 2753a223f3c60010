import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { takesEverything } from '../../l7/istio/match-cover.ts';
import { manifests } from '../example-manifests.ts';
import { VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { isForMesh } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioRouteNoDefault: Rule = {
  name: 'istio-route-no-default',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'Every HTTP rule of a VirtualService has conditions.',
  why: 'Requests that fit none of them are answered with 404, also for paths that the Service itself would serve.',
  fix: 'add a rule without match, where that is not meant',
  sources: ['istio/istio:pilot/pkg/networking/core/route/route.go'],
  examples: {
    bad: {
      manifests: manifests(
        VERSIONS,
        only('{match: [{uri: {prefix: /api}}], route: [{destination: {host: my-service}}]}'),
      ),
    },
    good: { manifests: manifests(VERSIONS, only('{route: [{destination: {host: my-service}}]}')) },
  },
  run: (input) => input.snapshot.objects.ofKind('VirtualService').flatMap(hitOf),
};

function only(rule: string): string {
  return virtualService('web', 'hosts: [my-service]', `http: [${rule}]`);
}

function hitOf(object: VirtualServiceObject): readonly Hit[] {
  const { http } = object.body;
  const isOpen = http.some(({ match }) => match.length === 0 || match.some(takesEverything));
  // At a gateway the rules of several VirtualServices are joined.
  if (!isForMesh(object) || http.length === 0 || isOpen) return [];
  const subject = subjectOf(object);
  return [
    {
      subject,
      path: ['spec', 'http'],
      message: `every rule of ${subjectName(subject)} has conditions: other requests are answered with 404`,
    },
  ];
}
