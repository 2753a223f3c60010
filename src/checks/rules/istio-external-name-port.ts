import { believedProtocol } from '../../l7/istio/protocol.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { isInMesh } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [namespace('default', 'istio-injection: enabled'), workload('client')];

export const istioExternalNamePort: Rule = {
  name: 'istio-external-name-port',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'A port of an ExternalName Service in the mesh has no name that tells its protocol.',
  why: 'The protocol cannot be detected for it: the proxy takes it for TCP, which captures every address at that port.',
  fix: 'name the port http, https, tcp and so on, or set appProtocol',
  sources: ['istio/istio:pkg/config/analysis/analyzers/service/portname.go (IST0150)'],
  examples: {
    bad: { manifests: manifests(...AROUND, outside('')) },
    good: { manifests: manifests(...AROUND, outside('name: https, ')) },
  },
  run: hitsOf,
};

function outside(name: string): string {
  return service('api', 'type: ExternalName', 'externalName: api.example.com', `ports: [{${name}port: 443}]`);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('Service').flatMap((object) => {
    const { type, ports } = object.body;
    const { namespace: home } = object.metadata;
    if (type !== 'ExternalName') return [];
    if (!input.groups.inNamespace(home).some((group) => isInMesh(input, group) === true)) return [];
    const subject = subjectOf(object);
    return ports.flatMap((port): readonly Hit[] => {
      if (believedProtocol(port) !== 'auto') return [];
      return [
        {
          subject,
          path: [...port.path, 'name'],
          message: `port ${port.port} of ${subjectName(subject)} has no name that tells its protocol`,
          fact: String(port.port),
        },
      ];
    });
  });
}
