import { findPort } from '../../control/endpoint-ports.ts';
import { believedProtocol } from '../../l7/istio/protocol.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { namespace } from '../example-policies.ts';
import type { Evidence, Hit } from '../hit.ts';
import { isInMesh } from '../meshes.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { servicesOfGroup } from '../services.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  namespace('default', 'istio-injection: enabled'),
  workload('web', { ports: '[{containerPort: 8080}]' }),
  service('web', 'selector: {app: web}', 'ports: [{name: http, port: 80, targetPort: 8080}]'),
];

export const istioServiceProtocolConflict: Rule = {
  name: 'istio-service-protocol-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'Two Services lead to one port of the same pods with different protocols.',
  why: 'The proxy of the pod has one listener for the port, with the protocol of one of them: requests of the other are read as something else.',
  fix: 'give both ports the same protocol, by name or appProtocol',
  sources: ['istio/istio:pkg/config/analysis/analyzers/deployment/services.go (IST0116, IST0137)'],
  examples: {
    bad: { manifests: manifests(...AROUND, second('tcp')) },
    good: { manifests: manifests(...AROUND, second('http')) },
  },
  run: (input) => input.groups.all.flatMap((group) => hitsOf(input, group)),
};

function second(name: string): string {
  return service('other', 'selector: {app: web}', `ports: [{name: ${name}, port: 81, targetPort: 8080}]`);
}

interface Claim {
  readonly protocol: string;
  readonly evidence: Evidence;
}

function hitsOf(input: CheckInput, group: PodGroup): readonly Hit[] {
  const services = servicesOfGroup(input).get(group) ?? [];
  if (services.length < 2 || isInMesh(input, group) !== true) return [];
  const first = new Map<number, Claim>();
  const byName = services.toSorted((a, b) => (a.service.metadata.name < b.service.metadata.name ? -1 : 1));
  return byName.flatMap(({ service: object, subject }) =>
    object.body.ports.flatMap((port): readonly Hit[] => {
      const target = findPort(group, port);
      const protocol = believedProtocol(port);
      if (target === undefined || protocol === 'UDP') return [];
      const other = first.get(target);
      const evidence = { subject, path: port.path, message: `says ${protocol}` };
      if (other === undefined) first.set(target, { protocol, evidence });
      // What is detected fits everything.
      if (other === undefined || other.protocol === protocol || [other.protocol, protocol].includes('auto'))
        return [];
      return [
        {
          subject,
          path: port.path,
          message: `${subjectName(subject)} leads to port ${target} of ${subjectName(group.subject)} as ${protocol}, and ${subjectName(other.evidence.subject)} as ${other.protocol}`,
          related: [other.evidence],
          fact: `${target} ${subjectName(other.evidence.subject)}`,
        },
      ];
    }),
  );
}
