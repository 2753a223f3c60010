import type { NodeFacts } from '../../cluster/nodes.ts';
import type { ContainerPort } from '../../k8s/kinds/pod-spec.ts';
import { eligibleNodes, knownNodes } from '../eligible-nodes.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const NODES = ['n1', 'n2'].map((name) => object('v1', 'Node', name, []));
const replicas = (count: number) =>
  workload('web', { ports: '[{containerPort: 80, hostPort: 80}]', spec: [`replicas: ${count}`] });

export const podHostPortConflict: Rule = {
  name: 'pod-host-port-conflict',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: [],
  what: 'Pods that have to share a node ask for the same host port: two DaemonSets, more replicas than nodes, or pods on one named node.',
  why: 'The scheduler puts only one of them on each node; the others stay Pending.',
  fix: 'give them different host ports, or use a Service',
  sources: ['kubernetes/kubernetes:pkg/scheduler/framework/plugins/nodeports'],
  examples: {
    bad: { manifests: manifests(...NODES, replicas(3)) },
    good: { manifests: manifests(...NODES, replicas(2)) },
  },
  *run(input): Generator<Hit> {
    const nodes = knownNodes(input);
    const owners = new Map<string, HostPort[]>();
    for (const asked of hostPorts(input.groups.all)) {
      const key = `${asked.port.hostPort}/${asked.port.protocol}`;
      const rivals = owners.get(key) ?? [];
      const rival = rivals.find((other) => mustMeet(other, asked, nodes));
      if (rival !== undefined) yield betweenHit(rival, asked);
      else yield* crowded(asked, nodes);
      owners.set(key, [...rivals, asked]);
    }
  },
};

interface HostPort {
  readonly group: PodGroup;
  readonly port: ContainerPort;
}

function hostPorts(groups: readonly PodGroup[]): readonly HostPort[] {
  return groups
    .filter(({ origin }) => origin !== undefined)
    .flatMap((group) =>
      group.ports.filter(({ hostPort }) => hostPort !== undefined).map((port) => ({ group, port })),
    );
}

/** Do both need a node that the other one needs too, and the same address of it? */
function mustMeet(a: HostPort, b: HostPort, nodes: readonly NodeFacts[]): boolean {
  if (a.group === b.group || !shareAddress(a.port, b.port)) return false;
  const [one, two] = [a.group, b.group];
  if (one.spec.nodeName !== undefined) return one.spec.nodeName === two.spec.nodeName;
  if (one.kind !== 'DaemonSet' || two.kind !== 'DaemonSet' || two.spec.nodeName !== undefined) return false;
  if (nodes.length === 0) return mayMeet(one, two);
  const others = new Set(eligibleNodes(two, nodes));
  return eligibleNodes(one, nodes).some((name) => others.has(name));
}

/** Without nodes: no label that one node would need with two values, and no rule that only a node can answer. */
function mayMeet(one: PodGroup, two: PodGroup): boolean {
  if (one.spec.affinity?.node !== undefined || two.spec.affinity?.node !== undefined) return false;
  return [...one.spec.nodeSelector].every(
    ([key, value]) => (two.spec.nodeSelector.get(key) ?? value) === value,
  );
}

function shareAddress({ hostIp: a = '' }: ContainerPort, { hostIp: b = '' }: ContainerPort): boolean {
  const isAny = (ip: string) => ip === '' || ip === '0.0.0.0' || ip === '::';
  return isAny(a) || isAny(b) || a === b;
}

function betweenHit(rival: HostPort, { group, port }: HostPort): Hit {
  const key = `${port.hostPort}/${port.protocol.toUpperCase()}`;
  const other = subjectName(rival.group.subject);
  return {
    subject: group.subject,
    path: fieldOf(group, port),
    message: `${subjectName(group.subject)} asks for host port ${key} on nodes where ${other} has it`,
    related: [
      { subject: rival.group.subject, path: fieldOf(rival.group, rival.port), message: `asks for ${key}` },
    ],
    fact: key,
  };
}

/** More pods of one workload than nodes that may take them. */
function* crowded({ group, port }: HostPort, nodes: readonly NodeFacts[]): Generator<Hit> {
  const { kind, replicas: wanted, subject } = group;
  if (nodes.length === 0 || kind === 'DaemonSet') return;
  const room = eligibleNodes(group, nodes).length;
  if (wanted <= room || wanted < 2) return;
  yield {
    subject,
    path: fieldOf(group, port),
    message: `${wanted} pods of ${subjectName(subject)} ask for host port ${port.hostPort}, but only ${room} ${room === 1 ? 'node' : 'nodes'} can take one`,
    fact: `${port.hostPort}/${port.protocol}`,
  };
}

/** In the host's network the port itself is the host port, whether or not it is written. */
function fieldOf({ spec }: PodGroup, { path }: ContainerPort): Hit['path'] {
  return [...path, spec.hostNetwork ? 'containerPort' : 'hostPort'];
}
