import type { CheckInput } from '../check-input.ts';
import { httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const ROUTE = httpRoute('web', {
  parent: '{group: "", kind: Service, name: web, port: 80}',
  backends: '{name: web, port: 80}',
});

export const gatewayMeshParent: Rule = {
  name: 'gateway-mesh-parent',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A route of a mesh has a parent that cannot be one: a headless Service, an ExternalName, a port that it lacks, another kind.',
  why: 'Meshes apply routes to the address and port of a Service: without one the route does nothing.',
  fix: 'name a Service that has an address, and one of its ports',
  sources: ['kubernetes-sigs/gateway-api:geps/gep-1294/index.md'],
  examples: {
    bad: { manifests: manifests(ROUTE, web('clusterIP: None')) },
    good: { manifests: manifests(ROUTE, web()) },
  },
  run: (input) => [...refused(input), ...foreign(input)],
};

function web(...spec: readonly string[]): string {
  return service('web', 'selector: {app: web}', 'ports: [{port: 80}]', ...spec);
}

function refused(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).statuses.flatMap(({ route, ref, conditions }): readonly Hit[] => {
    const refusal = conditions.find(({ reason }) => reason === 'NoMatchingParent');
    if (refusal === undefined || ref.kind !== 'Service') return [];
    const subject = subjectOf(route);
    return [
      {
        subject,
        path: ref.path,
        message: `${subjectName(subject)} is attached to nothing: ${refusal.message}`,
        fact: `${ref.namespace ?? subject.namespace}/${ref.name}`,
      },
    ];
  });
}

/** Core kinds that are no Service; what a group of an implementation means, only that one knows. */
function foreign(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).lostParents.flatMap(({ route, ref, reason }): readonly Hit[] => {
    if (!reason.endsWith('is no parent of routes') || ref.group.includes('.')) return [];
    const subject = subjectOf(route);
    return [
      {
        subject,
        path: ref.path,
        message: `${subjectName(subject)} is attached to nothing: ${reason}`,
        fact: `${ref.kind} ${ref.name}`,
      },
    ];
  });
}
