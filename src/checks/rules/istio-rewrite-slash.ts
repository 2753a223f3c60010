import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioRewriteSlash: Rule = {
  name: 'istio-rewrite-slash',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'A rewrite of a prefix makes paths with two slashes, or runs two segments together.',
  why: 'The letters of the prefix are replaced, and the rest stays: /api to / makes //items of /api/items, /api/ to /v1 makes /v1items.',
  fix: 'let the prefix and the rewrite both end with a slash, or both without',
  sources: ['istio/api:networking/v1alpha3/virtual_service.proto HTTPRewrite.uri'],
  examples: {
    bad: { manifests: manifests(VERSIONS, route('/api', '/')) },
    good: { manifests: manifests(VERSIONS, route('/api/', '/')) },
  },
  run: ({ snapshot }: CheckInput) => snapshot.objects.ofKind('VirtualService').flatMap(hitsOf),
};

function route(prefix: string, uri: string): string {
  return virtualService(
    'web',
    'hosts: [my-service]',
    `http: [{match: [{uri: {prefix: ${prefix}}}], rewrite: {uri: ${uri}}, route: [{destination: {host: my-service}}]}]`,
  );
}

function hitsOf(object: VirtualServiceObject): readonly Hit[] {
  const subject = subjectOf(object);
  return object.body.http.flatMap((rule) => {
    const { rewrite, path } = rule;
    if (rewrite === undefined || rewrite.uri === '') return [];
    return prefixesOf(rule).flatMap((prefix): readonly Hit[] => {
      const rest = prefix.endsWith('/') ? 'items' : '/items';
      const result = `${rewrite.uri}${rest}`;
      const isJoined = prefix.endsWith('/') && !rewrite.uri.endsWith('/');
      if (!isJoined && !result.includes('//')) return [];
      return [
        {
          subject,
          path: [...path, 'rewrite', 'uri'],
          message: `${subjectName(subject)} makes ${result} of ${prefix}${rest}`,
          fact: `${prefix} ${rewrite.uri}`,
        },
      ];
    });
  });
}

/** The root itself is no segment: / to /api/ makes /api/items. */
function prefixesOf({ match }: HttpRule): readonly string[] {
  return match.flatMap(({ uri }) => (uri?.kind === 'prefix' && uri.value !== '/' ? [uri.value] : []));
}
