import { labelsMatch } from '../../k8s/selector.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { servicesOfGroup } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const EDGE = manifests(
  workload('edge', { labels: 'istio: edge' }),
  service('edge', 'selector: {istio: edge}', 'ports: [{name: http, port: 80, targetPort: 8080}]'),
);

export const istioGatewayPort: Rule = {
  name: 'istio-gateway-port',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['IstioGateway'],
  what: 'A server of a Gateway is on a port that the Service of the gateway pods does not have.',
  why: 'Nothing from outside gets to the port.',
  fix: 'add the port to the Service, or write one that it has',
  sources: ['istio/istio:pilot/pkg/model/gateway.go'],
  examples: {
    bad: { manifests: manifests(EDGE, server(8081)) },
    good: { manifests: manifests(EDGE, server(80)) },
  },
  run: hitsOf,
};

function server(port: number): string {
  return istioObject('networking', 'Gateway', 'edge', [
    'selector: {istio: edge}',
    `servers: [{port: {number: ${port}, name: http, protocol: HTTP}, hosts: ["*"]}]`,
  ]);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('IstioGateway').flatMap((object) => {
    const { selector, servers } = object.body;
    if (selector === undefined) return [];
    const pods = input.groups.all.filter(({ labels }) => labelsMatch(selector, labels));
    const services = [...new Set(pods.flatMap((group) => servicesOfGroup(input).get(group) ?? []))];
    if (services.length === 0) return [];
    const ports = services.flatMap(({ service: each }) => each.body.ports.map(({ port }) => port));
    // The number may also be one that the pods listen on.
    const targets = new Set(
      services.flatMap(({ service: each }) => each.body.ports.map(({ targetPort }) => targetPort)),
    );
    const subject = subjectOf(object);
    return servers.flatMap(({ port, path }): readonly Hit[] =>
      ports.includes(port) || targets.has(port)
        ? []
        : [
            {
              subject,
              path: [...path, 'port', 'number'],
              message: `port ${port} of ${subjectName(subject)} is no port of its Service, which has ${[...new Set(ports)].join(', ')}`,
              related: services.map((each) => ({
                subject: each.subject,
                path: ['spec', 'ports'],
                message: 'the ports',
              })),
              fact: String(port),
            },
          ],
    );
  });
}
