import type { CheckInput } from '../check-input.ts';
import { type EnvAddress, envAddresses } from '../env-addresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { isInMesh, meshOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  namespace('default', 'istio-injection: enabled'),
  workload('web', { container: ['env: [{name: DB_URL, value: "http://db.data:8080"}]'] }),
  service('data/db', 'selector: {app: db}', 'ports: [{name: http, port: 8080}]'),
];

export const istioSidecarScope: Rule = {
  name: 'istio-sidecar-scope',
  severity: 'warning',
  precision: 'certain',
  tier: 3,
  kinds: ['Sidecar'],
  what: 'A Sidecar does not import a Service that a variable of its pods names.',
  why: 'The proxy does not know the host: connections go past the mesh (no rules, no mutual TLS), or are refused with REGISTRY_ONLY.',
  fix: 'add the host to egress.hosts of the Sidecar',
  sources: ['istio/istio:pilot/pkg/model/sidecar.go ConvertToSidecarScope'],
  examples: {
    bad: { manifests: manifests(...AROUND, importing('./*')) },
    good: { manifests: manifests(...AROUND, importing('./*", "data/*')) },
  },
  run: (input) => envAddresses(input).flatMap((address) => hitOf(input, address)),
};

function importing(hosts: string): string {
  return istioObject('networking', 'Sidecar', 'default', [`egress: [{hosts: ["${hosts}"]}]`]);
}

function hitOf(input: CheckInput, each: EnvAddress): readonly Hit[] {
  const { group, entry, path, namespace: home, service: name, address } = each;
  if (!each.exists || each.foreignDomain !== undefined || isInMesh(input, group) !== true) return [];
  const { sidecar, outbound, egressOn } = meshOf(input).scope(group.namespace, group.labels);
  const target = input.service(home, name);
  if (sidecar === undefined || target === undefined || target.body.ports.length === 0) return [];
  const host = `${name}.${home}.svc.${input.snapshot.profile.clusterDomain}`;
  const ports = address.port === undefined ? target.body.ports.map(({ port }) => port) : [address.port];
  if (ports.some((port) => egressOn(port)?.byHost.has(host))) return [];
  const owner = subjectOf(sidecar);
  const fate = outbound === 'REGISTRY_ONLY' ? 'is refused' : 'goes past the mesh';
  return [
    {
      subject: owner,
      path: ['spec', 'egress'],
      message: `${subjectName(owner)} does not import ${host}, which ${entry.name} of ${subjectName(group.subject)} names: what it sends there ${fate}`,
      related: [
        { subject: group.subject, path, message: `names ${name}` },
        { subject: subjectOf(target), path: ['metadata', 'name'], message: 'is the Service' },
      ],
      fact: `${host} ${subjectName(group.subject)}`,
    },
  ];
}
