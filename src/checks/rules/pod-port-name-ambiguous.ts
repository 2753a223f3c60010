import { addTo } from '../../collections/grouping.ts';
import type { ContainerPort } from '../../k8s/kinds/pod-spec.ts';
import type { PortPart, RulePart } from '../../k8s/policy-parts/parts.ts';
import { type CheckInput, type OfInput, perInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';
import { targetPorts } from '../target-ports.ts';

const SERVICE = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: http}]');
const WEB = workload('web', { ports: '[{name: http, containerPort: 8080}]' });
const sidecar = (name: string) =>
  `${WEB}        - {name: side, image: side, ports: [{name: ${name}, containerPort: 9090}]}\n`;

export const podPortNameAmbiguous: Rule = {
  name: 'pod-port-name-ambiguous',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service', 'NetworkPolicy'],
  what: 'A pod has two ports of one name with different numbers, and a Service or policy means a port by that name.',
  why: 'The first container that has the name wins: the other port is not what anybody gets.',
  fix: 'give the ports different names',
  sources: ['kubernetes/endpointslice:utils.go FindPort'],
  examples: {
    bad: { manifests: manifests(SERVICE, sidecar('http')) },
    good: { manifests: manifests(SERVICE, sidecar('metrics')) },
  },
  run: (input) =>
    input.groups.all.flatMap((group) =>
      group.origin === undefined ? [] : secondPorts(group).flatMap((pair) => hitsOf(input, group, pair)),
    ),
};

interface NamePair {
  readonly first: ContainerPort;
  readonly second: ContainerPort;
}

/** Ports whose name an earlier port of the same protocol has for another number. */
function secondPorts({ ports }: PodGroup): readonly NamePair[] {
  const firsts = new Map<string, ContainerPort>();
  return ports.flatMap((second) => {
    if (second.name === undefined) return [];
    const key = `${second.name}/${second.protocol}`;
    const first = firsts.get(key) ?? second;
    firsts.set(key, first);
    return first.containerPort === second.containerPort ? [] : [{ first, second }];
  });
}

function hitsOf(input: CheckInput, group: PodGroup, { first, second }: NamePair): readonly Hit[] {
  const { subject } = group;
  const name = second.name ?? '';
  const users = [...serviceUsers(input, group, name), ...(policyUsers(input).get(name) ?? [])];
  if (users.length === 0) return [];
  return [
    {
      subject,
      path: [...second.path, 'name'],
      message: `"${name}" is ${first.containerPort} and ${second.containerPort} in ${subjectName(subject)}: the first one wins`,
      related: [...users, { subject, path: [...first.path, 'name'], message: `is ${first.containerPort}` }],
      fact: name,
    },
  ];
}

function serviceUsers(input: CheckInput, group: PodGroup, name: string): readonly Evidence[] {
  return targetPorts(input)
    .filter(({ port, groups }) => port.targetPort === name && groups.includes(group))
    .map(({ subject, port }) => ({
      subject,
      path: [...port.path, 'targetPort'],
      message: `targets "${name}"`,
    }));
}

/** Policies by the names of ports that their rules have. */
const policyUsers: OfInput<ReadonlyMap<string, readonly Evidence[]>> = perInput(({ snapshot }) => {
  const users = new Map<string, Evidence[]>();
  for (const each of snapshot.objects.ofKind('NetworkPolicy')) {
    const subject = subjectOf(each);
    for (const { name, path } of [...each.body.ingress, ...each.body.egress].flatMap(namedPorts)) {
      addTo(users, name, { subject, path, message: `names "${name}"` });
    }
  }
  return users;
});

function namedPorts({ ports = [] }: RulePart): readonly Extract<PortPart, { readonly kind: 'named' }>[] {
  return ports.flatMap((port) => (port.kind === 'named' ? [port] : []));
}
