import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { runsAtWaypoint } from '../../l7/istio/ambient/rule-runners.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { routeTo } from '../example-meshes.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { isForMesh, membershipOf, meshOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = manifests(
  workload('my'),
  service('my-service', 'selector: {app: my}', 'ports: [{name: http, port: 80}]'),
  routeTo('{host: my-service}'),
);

export const istioNoProxy: Rule = {
  name: 'istio-no-proxy',
  severity: 'warning',
  precision: 'heuristic',
  tier: 1,
  kinds: ['VirtualService'],
  what: 'A VirtualService for sidecars is in an input whose pods have none, and no waypoint before its hosts.',
  why: 'Rules are run by the proxies of clients: where no client has one, they have no effect.',
  fix: 'label the namespace: istio-injection=enabled; in ambient mode deploy a waypoint',
  sources: ['istio/istio:pkg/kube/inject/inject.go'],
  examples: {
    bad: { manifests: manifests(namespace('default', 'team: web'), AROUND) },
    good: { manifests: manifests(namespace('default', 'istio-injection: enabled'), AROUND) },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  const rules = input.snapshot.objects.ofKind('VirtualService').filter(isForMesh);
  const written = input.groups.all.filter(({ origin }) => origin !== undefined);
  if (rules.length === 0 || written.length === 0) return [];
  const kinds = new Set(written.map((group) => membershipOf(input, group)));
  if (kinds.has('sidecar') || kinds.has(undefined)) return [];
  const mesh = meshOf(input);
  const isRun = (object: VirtualServiceObject) =>
    mesh.rules.all.some((set) => set.object === object && runsAtWaypoint(mesh, set));
  const why = kinds.has('ambient')
    ? 'pods of the input are in ambient mode, whose ztunnel reads no request, and no waypoint is before its hosts'
    : 'no pod of the input is in the mesh';
  return rules
    .filter((object) => !isRun(object))
    .map((object) => {
      const subject = subjectOf(object);
      return {
        subject,
        path: ['spec'],
        message: `nobody runs the rules of ${subjectName(subject)}: ${why}`,
        ...(kinds.has('ambient')
          ? { help: 'deploy a waypoint, and label the Service or its namespace istio.io/use-waypoint' }
          : {}),
        gate: input.gates.reference('Namespace', ''),
      };
    });
}
