import { namedGateways, servedHosts } from '../../l7/istio/gateway-binding.ts';
import { hostsMatch } from '../../l7/istio/names.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { istioObject, VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { hostIn, isForMesh } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioGatewayHost: Rule = {
  name: 'istio-gateway-host',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['VirtualService'],
  what: 'A host of a VirtualService is none of the hosts of its Gateways.',
  why: 'The gateway does not listen for the host: requests for it are answered with 404.',
  fix: 'add the host to the servers of the Gateway, or correct it',
  sources: ['istio/istio:pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig'],
  examples: {
    bad: { manifests: manifests(VERSIONS, edge('a.example.com'), shop('b.example.com')) },
    good: { manifests: manifests(VERSIONS, edge('a.example.com'), shop('a.example.com')) },
  },
  run: hitsOf,
};

function edge(host: string): string {
  return istioObject('networking', 'Gateway', 'edge', [
    'selector: {istio: ingressgateway}',
    `servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [${host}]}]`,
  ]);
}

function shop(host: string): string {
  return virtualService(
    'shop',
    `hosts: [${host}]`,
    'gateways: [edge]',
    'http: [{route: [{destination: {host: my-service}}]}]',
  );
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const { objects } = input.snapshot;
  const all = objects.ofKind('IstioGateway');
  return objects.ofKind('VirtualService').flatMap((object) => {
    const { namespace } = object.metadata;
    const named = namedGateways(all, object);
    const gateways = named.flatMap(({ gateway }) => gateway ?? []);
    if (gateways.length < named.length || gateways.length === 0 || isForMesh(object)) return [];
    const served = gateways.flatMap((gateway) => servedHosts(gateway, namespace));
    const subject = subjectOf(object);
    return object.body.hosts.flatMap((written, index): readonly Hit[] => {
      const host = hostIn(input, written, namespace);
      if (served.some((each) => hostsMatch(each, host))) return [];
      return [
        {
          subject,
          path: ['spec', 'hosts', index],
          message: `${written} of ${subjectName(subject)} is no host of its Gateway, which has ${[...new Set(served)].join(', ') || 'none for this namespace'}`,
          related: gateways.map((gateway) => ({
            subject: subjectOf(gateway),
            path: ['spec', 'servers'],
            message: 'the servers',
          })),
          fact: written,
        },
      ];
    });
  });
}
