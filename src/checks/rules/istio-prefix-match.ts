import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioPrefixMatch: Rule = {
  name: 'istio-prefix-match',
  severity: 'info',
  precision: 'certain',
  tier: 3,
  kinds: ['VirtualService'],
  what: 'A prefix of a VirtualService does not end at a segment of the path.',
  why: 'Istio compares letters: prefix /foo also takes /foobar, other than a prefix of an Ingress or an HTTPRoute.',
  fix: 'write the prefix with a slash at its end, and the path itself as an exact match beside it',
  sources: ['istio/api:networking/v1alpha3/virtual_service.proto StringMatch.prefix'],
  examples: {
    bad: { manifests: manifests(VERSIONS, route('/api')) },
    good: { manifests: manifests(VERSIONS, route('/api/')) },
  },
  run: ({ snapshot }: CheckInput) => snapshot.objects.ofKind('VirtualService').flatMap(hitsOf),
};

function route(prefix: string): string {
  return virtualService(
    'web',
    'hosts: [my-service]',
    `http: [{match: [{uri: {prefix: ${prefix}}}], route: [{destination: {host: my-service}}]}]`,
  );
}

function hitsOf(object: VirtualServiceObject): readonly Hit[] {
  const subject = subjectOf(object);
  return object.body.http.flatMap(({ match }) =>
    match.flatMap(({ uri, path }): readonly Hit[] => {
      if (uri?.kind !== 'prefix' || uri.value.endsWith('/') || uri.value === '') return [];
      return [
        {
          subject,
          path: [...path, 'uri', 'prefix'],
          message: `prefix ${uri.value} of ${subjectName(subject)} also takes ${uri.value}x`,
          fact: uri.value,
        },
      ];
    }),
  );
}
