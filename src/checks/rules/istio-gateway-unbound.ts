import { printLabels } from '../../control/closest-words.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { namedGateways } from '../../l7/istio/gateway-binding.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject, VERSIONS, virtualService } from '../example-meshes.ts';
import type { Evidence, Hit } from '../hit.ts';
import { gatewayGate, meshOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const GATEWAY = manifests(
  workload('gateway', { labels: 'istio: ingressgateway' }),
  istioObject('networking', 'Gateway', 'edge', [
    'selector: {istio: ingressgateway}',
    'servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]',
  ]),
);

export const istioGatewayUnbound: Rule = {
  name: 'istio-gateway-unbound',
  severity: 'error',
  precision: 'closed-world',
  tier: 1,
  kinds: ['VirtualService', 'IstioGateway'],
  what: 'A VirtualService names a Gateway that is not there, or a Gateway selects no pod.',
  why: 'No proxy gets the rules: requests from outside are refused, or answered with 404.',
  fix: 'correct the name (`NAMESPACE/NAME` for a Gateway of another namespace), or the selector',
  sources: ['istio/istio:pilot/pkg/model/gateway.go'],
  examples: {
    bad: { manifests: manifests(VERSIONS, GATEWAY, bound('egde')) },
    good: { manifests: manifests(VERSIONS, GATEWAY, bound('edge')) },
  },
  run: (input) => [...missing(input), ...unselected(input)],
};

function bound(gateway: string): string {
  return virtualService(
    'web',
    'hosts: [shop.example.com]',
    `gateways: [${gateway}]`,
    'http: [{route: [{destination: {host: my-service}}]}]',
  );
}

function missing(input: CheckInput): readonly Hit[] {
  const gateways = input.snapshot.objects.ofKind('IstioGateway');
  const byName = new Map(gateways.map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, each]));
  return input.snapshot.objects.ofKind('VirtualService').flatMap((object) =>
    namedGateways(gateways, object).flatMap(({ name, index, gateway }): readonly Hit[] => {
      if (gateway !== undefined) return [];
      const subject = subjectOf(object);
      const [near] = nearest(name, [...byName.keys()], 1);
      const found = byName.get(near ?? '');
      const related: readonly Evidence[] =
        found === undefined
          ? []
          : [
              {
                subject: subjectOf(found),
                path: ['metadata', 'name'],
                message: 'is a Gateway',
                role: 'closest',
              },
            ];
      return [
        {
          subject,
          path: ['spec', 'gateways', index],
          message: `${subjectName(subject)} is for Gateway ${name}, which is not there`,
          related,
          fact: name,
          ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
          gate: gatewayGate(input, name.slice(0, name.indexOf('/'))),
        },
      ];
    }),
  );
}

/** Gateways are mostly of the pods that come with Istio, which manifests of applications do not have. */
function unselected(input: CheckInput): readonly Hit[] {
  const { rootNamespace } = meshOf(input).settings;
  return input.snapshot.objects.ofKind('IstioGateway').flatMap((object): readonly Hit[] => {
    const { selector } = object.body;
    if (selector === undefined || input.groups.all.some(({ labels }) => labelsMatch(selector, labels)))
      return [];
    const subject = subjectOf(object);
    return [
      {
        subject,
        path: ['spec', 'selector'],
        message: `${subjectName(subject)} is for no pod: none has ${printLabels(selector)}`,
        fact: printLabels(selector),
        gate: input.gates.selection([rootNamespace]),
      },
    ];
  });
}
