import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import type { MeshEndpoint } from '../../l7/istio/registry.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { destinationRule, VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { hostIn, meshOf, meshServiceOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const RULES = [
  destinationRule(
    'web',
    'host: my-service',
    'subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]',
  ),
  virtualService(
    'web',
    'hosts: [my-service]',
    'http: [{route: [{destination: {host: my-service, subset: v1}, weight: 80}, {destination: {host: my-service, subset: v2}, weight: 20}]}]',
  ),
];
/** The second version is scaled down. */
const HALF = VERSIONS.replace('metadata: {name: v2}\nspec:', 'metadata: {name: v2}\nspec:\n  replicas: 0');

export const istioWeightEmpty: Rule = {
  name: 'istio-weight-empty',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'One of several weighted destinations has no endpoint, while others do.',
  why: 'The weights stay as they are: that share of requests gets 503, every time.',
  fix: 'take the weight away until its pods are there, or see why they are not',
  sources: ['istio/istio.io:content/en/docs/ops/best-practices/traffic-management/index.md'],
  examples: {
    bad: { manifests: manifests(HALF, ...RULES) },
    good: { manifests: manifests(VERSIONS, ...RULES) },
  },
  run: (input) => input.snapshot.objects.ofKind('VirtualService').flatMap((each) => hitsOf(input, each)),
};

function hitsOf(input: CheckInput, object: VirtualServiceObject): readonly Hit[] {
  const subject = subjectOf(object);
  return object.body.http.flatMap(({ route }) => {
    const weighted = route.filter(({ weight }) => weight > 0);
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    const states = weighted.map((each) => ({ ...each, endpoints: endpointsOf(input, object, each) }));
    if (!states.some(({ endpoints }) => endpoints !== undefined && endpoints.length > 0)) return [];
    return states.flatMap(({ destination, weight, endpoints }): readonly Hit[] => {
      if (endpoints === undefined || endpoints.length > 0) return [];
      const { host, subset, path } = destination;
      const name = subset === '' ? host : `subset ${subset} of ${host}`;
      const full = hostIn(input, host, object.metadata.namespace);
      const [, namespace = ''] = full.split('.');
      return [
        {
          subject,
          path,
          message: `${subjectName(subject)} sends ${Math.round((100 * weight) / total)} % of its requests to ${name}, which has no endpoint`,
          fact: `${full} ${subset}`,
          gate: input.gates.selection([namespace]),
          cause: causeOf(input, full, subset),
        },
      ];
    });
  });
}

/** The ready endpoints of a destination; undefined: it is not known, or another rule tells why. */
function endpointsOf(
  input: CheckInput,
  { metadata }: VirtualServiceObject,
  { destination: { host, subset, port: asked } }: HttpRule['route'][number],
): readonly MeshEndpoint[] | undefined {
  const service = meshServiceOf(input, hostIn(input, host, metadata.namespace));
  const port = service?.ports.find((each) => asked === undefined || each.port === asked);
  if (service === undefined || port === undefined || service.resolution !== 'endpoints') return undefined;
  const all = service.endpointsOf(port);
  if (subset === '') return all;
  const found = meshOf(input)
    .findRule(service, { namespace: metadata.namespace, labels: new Map() })
    ?.subsets.find(({ name }) => name === subset);
  return found === undefined ? undefined : all.filter(({ labels }) => labelsMatch(found.labels, labels));
}

function causeOf({ snapshot, service }: CheckInput, host: string, subset: string): NonNullable<Hit['cause']> {
  const [name = '', namespace = ''] = host.split('.');
  const of = service(namespace, name);
  const rule = snapshot.objects
    .ofKind('DestinationRule')
    .find(({ body }) => body.subsets.some((each) => each.name === subset));
  if (subset !== '' && rule !== undefined) return { rule: 'istio-subset-empty', subject: subjectOf(rule) };
  return {
    rule: 'service-no-backends',
    subject: of === undefined ? { kind: 'Service', namespace, name } : subjectOf(of),
  };
}
