import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { speaksNoHttp } from '../../l7/istio/protocol.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { routeTo } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { hostIn, isForMesh, meshServiceOf, serviceOfHost } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioPortProtocol: Rule = {
  name: 'istio-port-protocol',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['VirtualService'],
  what: 'HTTP rules are for a Service whose ports Istio takes for something else.',
  why: 'A proxy looks into requests only where the port is HTTP, by its appProtocol or the beginning of its name: the rules have no effect.',
  fix: 'write appProtocol: http, or a name that begins with http',
  sources: ['istio/istio:pkg/config/kube/conversion.go ConvertProtocol'],
  examples: {
    bad: { manifests: manifests(port('tcp-web'), routeTo('{host: my-service}')) },
    good: { manifests: manifests(port('http-web'), routeTo('{host: my-service}')) },
  },
  run: (input) => input.snapshot.objects.ofKind('VirtualService').flatMap((object) => hitOf(input, object)),
};

function port(name: string): string {
  return manifests(
    workload('my'),
    service('my-service', 'selector: {app: my}', `ports: [{name: ${name}, port: 80}]`),
  );
}

function hitOf(input: CheckInput, object: VirtualServiceObject): readonly Hit[] {
  const { hosts, http } = object.body;
  if (http.length === 0 || !isForMesh(object)) return [];
  const names = hosts.map((host) => hostIn(input, host, object.metadata.namespace));
  const name = names.find((each) => speaksNoHttp(meshServiceOf(input, each)?.ports ?? []));
  const other = name === undefined ? undefined : serviceOfHost(input, name);
  if (name === undefined || other === undefined) return [];
  const subject = subjectOf(object);
  const ports = meshServiceOf(input, name)?.ports ?? [];
  const words = ports.map((each) => `${each.name || each.port} as ${each.protocol}`).join(', ');
  return [
    {
      subject,
      path: ['spec', 'http'],
      message: `the HTTP rules of ${subjectName(subject)} have no effect: Istio takes the ports of Service ${other.metadata.name} for something else (${words})`,
      related: [{ subject: subjectOf(other), path: ['spec', 'ports'], message: words }],
      fact: other.metadata.name,
    },
  ];
}
