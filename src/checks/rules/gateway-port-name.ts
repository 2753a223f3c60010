import type { CheckInput } from '../check-input.ts';
import { backendTlsPolicy } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{name: https, port: 443}]');

export const gatewayPortName: Rule = {
  name: 'gateway-port-name',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['BackendTLSPolicy'],
  what: 'A BackendTLSPolicy is for a port that the Service does not have: sectionName is the name of a port, not its number.',
  why: 'The policy is for nothing: the gateway speaks plain HTTP to the backend.',
  fix: 'write the name of the port of the Service, or leave sectionName out',
  sources: [
    'kubernetes-sigs/gateway-api:apis/v1alpha2/policy_types.go LocalPolicyTargetReferenceWithSectionName',
  ],
  examples: {
    bad: { manifests: manifests(WEB, backendTlsPolicy('web', 'sectionName: "443"')) },
    good: { manifests: manifests(WEB, backendTlsPolicy('web', 'sectionName: https')) },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('BackendTLSPolicy').flatMap((policy) => {
    const subject = subjectOf(policy);
    return policy.body.targets.flatMap(({ group, kind, name, sectionName, path }): readonly Hit[] => {
      const target = group === '' && kind === 'Service' ? input.service(subject.namespace, name) : undefined;
      if (target === undefined || sectionName === undefined) return [];
      const names = target.body.ports.map((port) => port.name).filter((each) => each !== '');
      if (names.includes(sectionName)) return [];
      const of = subjectOf(target);
      return [
        {
          subject,
          path: [...path, 'sectionName'],
          message: `${subjectName(subject)} is for port "${sectionName}" of ${subjectName(of)}, whose ports are called ${names.join(', ') || 'nothing'}`,
          related: [{ subject: of, path: ['spec', 'ports'], message: 'has the ports' }],
          fact: `${name} ${sectionName}`,
        },
      ];
    });
  });
}
