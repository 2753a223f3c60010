import { MESH } from '../../l7/istio/names.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { destinationRule, VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { destinationViews, hostIn, isForMesh } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const TO_V1 = '{destination: {host: my-service, subset: v1}}';
const AROUND = [
  VERSIONS,
  destinationRule('web', 'host: my-service', 'subsets: [{name: v1, labels: {version: v1}}]'),
  virtualService('web', 'hosts: [my-service]', `http: [{route: [${TO_V1}]}]`),
];

export const istioIngressSubset: Rule = {
  name: 'istio-ingress-subset',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'A gateway sends requests to a host without a subset, and the subsets of that host are chosen by rules for sidecars alone.',
  why: 'A gateway does not run the rules of sidecars: what comes in from outside goes to all versions.',
  fix: 'name the subset in the VirtualService of the gateway too, or bind the rules to both (gateways: [mesh, …])',
  sources: ['istio/istio:pkg/config/analysis/msg/messages.yaml (IST0140)'],
  examples: {
    bad: { manifests: manifests(...AROUND, entrance('{destination: {host: my-service}}')) },
    good: { manifests: manifests(...AROUND, entrance(TO_V1)) },
  },
  run: hitsOf,
};

function entrance(route: string): string {
  return virtualService(
    'shop',
    'hosts: [shop.example.com]',
    'gateways: [istio-system/shop]',
    `http: [{route: [${route}]}]`,
  );
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const views = destinationViews(input);
  const meshOnly = views.filter(
    ({ object, destination, host }) =>
      destination.subset !== '' &&
      isForMesh(object) &&
      object.body.gateways.every((name) => name === MESH) &&
      object.body.hosts.some((each) => hostIn(input, each, object.metadata.namespace) === host),
  );
  const bySubset = new Map(meshOnly.map((view) => [view.host, view]));
  return views.flatMap(({ object, subject, destination, host }): readonly Hit[] => {
    const rule = bySubset.get(host);
    const isEntrance = object.body.gateways.some((name) => name !== MESH);
    if (rule === undefined || !isEntrance || destination.subset !== '') return [];
    const other = subjectOf(rule.object);
    return [
      {
        subject,
        path: [...destination.path, 'host'],
        message: `${subjectName(subject)} sends requests of its gateway to all of ${destination.host}: the subsets in ${subjectName(other)} are for sidecars alone`,
        related: [{ subject: other, path: rule.destination.path, message: 'chooses a subset' }],
        fact: `${host} ${subjectName(other)}`,
      },
    ];
  });
}
