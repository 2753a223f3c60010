import { mappingAt, mappingsAt, rawObjectsOfKind } from '../../k8s/raw-objects.ts';
import type { CheckInput } from '../check-input.ts';
import { gatewayObject } from '../example-gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const GROUP = 'gateway.networking.k8s.io/';

/** Versions that the standard channel of v1.6 does not serve (kubernetes-sigs/gateway-api:config/crd/standard). */
const NOT_SERVED: ReadonlyMap<string, readonly string[]> = new Map([
  ['TCPRoute', [`${GROUP}v1alpha2`]],
  ['UDPRoute', [`${GROUP}v1alpha2`]],
  ['TLSRoute', [`${GROUP}v1alpha2`, `${GROUP}v1alpha3`]],
  ['BackendTLSPolicy', [`${GROUP}v1alpha2`, `${GROUP}v1alpha3`]],
  ['XListenerSet', ['gateway.networking.x-k8s.io/v1alpha1']],
]);

export const gatewayVersion: Rule = {
  name: 'gateway-version',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: [...NOT_SERVED.keys()],
  what: 'An object of the Gateway API is of an experimental version that newer releases do not serve.',
  why: 'With the standard channel of v1.6 the API server does not know the version: the object cannot be applied.',
  fix: 'write gateway.networking.k8s.io/v1 (an XListenerSet is a ListenerSet)',
  sources: ['kubernetes-sigs/gateway-api:CHANGELOG.md'],
  examples: {
    bad: { manifests: tcp('v1alpha2') },
    good: { manifests: tcp('v1') },
  },
  run: (input) =>
    input.snapshot.profile.input === 'stored' ? [] : [...NOT_SERVED].flatMap(([kind]) => hitsOf(input, kind)),
};

function tcp(version: string): string {
  const spec = 'parentRefs: [{name: edge}], rules: [{backendRefs: [{name: db, port: 5432}]}]';
  return gatewayObject('TCPRoute', 'db', spec, version);
}

function hitsOf(input: CheckInput, kind: string): readonly Hit[] {
  const versions = NOT_SERVED.get(kind) ?? [];
  return rawObjectsOfKind(input.snapshot.objects, kind).flatMap((object): readonly Hit[] => {
    const { apiVersion } = object;
    if (!versions.includes(apiVersion) || isServedHere(input, kind, apiVersion)) return [];
    const subject = subjectOf(object);
    return [
      {
        subject,
        path: ['apiVersion'],
        message: `${subjectName(subject)} is of ${apiVersion}, which the standard channel of Gateway API v1.6 does not serve`,
        fact: apiVersion,
      },
    ];
  });
}

/** A definition in the input says what this cluster serves. */
function isServedHere({ snapshot }: CheckInput, kind: string, apiVersion: string): boolean {
  const [group = '', version] = apiVersion.split('/');
  return rawObjectsOfKind(snapshot.objects, 'CustomResourceDefinition').some(({ raw, name }) => {
    if (!name.endsWith(`.${group}`) || mappingAt(raw, 'spec', 'names')['kind'] !== kind) return false;
    return mappingsAt(mappingAt(raw, 'spec'), 'versions').some(
      (each) => each['name'] === version && each['served'] !== false,
    );
  });
}
