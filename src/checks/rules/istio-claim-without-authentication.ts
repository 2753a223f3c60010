import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { manifests } from '../example-manifests.ts';
import { istioObject, VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const CLAIMS = /^@request\.auth\.claims[.[]/;
const ROUTE = virtualService(
  'web',
  'hosts: [shop.example.com]',
  'gateways: [istio-system/shop]',
  'http: [{match: [{headers: {"@request.auth.claims.group": {exact: admin}}}], route: [{destination: {host: my-service}}]}]',
);

export const istioClaimWithoutAuthentication: Rule = {
  name: 'istio-claim-without-authentication',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'A rule asks for a claim of a token, and no RequestAuthentication of the input checks tokens.',
  why: 'Claims are read from tokens that a RequestAuthentication of the gateway has checked: without one the rule matches no request.',
  fix: 'add a RequestAuthentication for the gateway pods, in their namespace',
  sources: ['istio/istio.io:content/en/docs/tasks/security/authentication/jwt-route/index.md (IST0149)'],
  examples: {
    bad: { manifests: manifests(VERSIONS, ROUTE) },
    good: {
      manifests: manifests(
        VERSIONS,
        ROUTE,
        istioObject('security', 'RequestAuthentication', 'tokens', [
          'jwtRules: [{issuer: https://issuer.example.com}]',
        ]),
      ),
    },
  },
  run: (input) =>
    input.snapshot.objects.ofKind('RequestAuthentication').length > 0
      ? []
      : input.snapshot.objects.ofKind('VirtualService').flatMap(hitsOf),
};

function hitsOf(object: VirtualServiceObject): readonly Hit[] {
  const subject = subjectOf(object);
  return object.body.http.flatMap(({ match }) =>
    match.flatMap(({ headers, withoutHeaders, path }): readonly Hit[] => {
      const claim = [...headers.keys(), ...withoutHeaders.keys()].find((key) => CLAIMS.test(key));
      if (claim === undefined) return [];
      return [
        {
          subject,
          path,
          message: `${subjectName(subject)} asks for ${claim}, and nothing checks tokens`,
          fact: claim,
        },
      ];
    }),
  );
}
