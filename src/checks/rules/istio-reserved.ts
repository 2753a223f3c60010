import { refTo, valueAt } from '../../source/ref.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { isInMesh } from '../meshes.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

export const istioReserved: Rule = {
  name: 'istio-reserved',
  severity: 'warning',
  precision: 'certain',
  tier: 3,
  kinds: ['VirtualService', 'DestinationRule', 'PeerAuthentication', 'AuthorizationPolicy', 'Namespace'],
  what: 'A container of a pod with a sidecar runs as user 1337 or declares a port of the proxy.',
  why: 'Connections of user 1337 go past the proxy, as its own do; a port between 15000 and 15090 is taken by it.',
  fix: 'run as another user, listen on another port',
  sources: ['istio/istio.io:content/en/docs/ops/deployment/application-requirements/index.md'],
  examples: {
    bad: { manifests: manifests(namespace('default', 'istio-injection: enabled'), web(15001)) },
    good: { manifests: manifests(namespace('default', 'istio-injection: enabled'), web(8080)) },
  },
  run: (input) => input.groups.all.flatMap((group) => hitsOf(input, group)),
};

const PROXY_USER = 1337;
const PROXY_CONTAINER = 'istio-proxy';

function web(port: number): string {
  return workload('web', { ports: `[{containerPort: ${port}}]` });
}

function hitsOf(input: CheckInput, group: PodGroup): readonly Hit[] {
  const { origin, subject, spec } = group;
  if (origin === undefined || isInMesh(input, group) !== true) return [];
  return spec.containers
    .filter(({ name }) => name !== PROXY_CONTAINER)
    .flatMap(({ name, ports, path }): readonly Hit[] => {
      const user = [...path, 'securityContext', 'runAsUser'];
      const taken = ports.filter(({ containerPort }) => containerPort >= 15_000 && containerPort <= 15_090);
      return [
        ...taken.map((port) => ({
          subject,
          path: [...port.path, 'containerPort'],
          message: `container ${name} of ${subjectName(subject)} declares port ${port.containerPort}, which is the proxy's`,
          fact: String(port.containerPort),
        })),
        ...(valueAt(refTo(origin, ...user)) === PROXY_USER
          ? [
              {
                subject,
                path: user,
                message: `container ${name} of ${subjectName(subject)} runs as user ${PROXY_USER}: its connections go past the proxy`,
                fact: name,
              },
            ]
          : []),
      ];
    });
}
