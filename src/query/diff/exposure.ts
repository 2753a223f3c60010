/**
 * What changes in the ways in from outside the cluster: node ports, load balancers, external addresses, host ports and
 * hosts of Ingresses and Gateways. A way that policies close, or that has nobody behind it, is none.
 */

import type { ClusterService, Pod } from '../../cluster/cluster.ts';
import { hasLoadBalancer } from '../../control/load-balancer.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import type { Protocol } from '../../net/packet.ts';
import { hasPort } from '../../net/port-set.ts';
import { portsAllowedBy } from '../../policy/allowed-ports.ts';
import { cutAddresses, piece } from '../../policy/matrix/address-cuts.ts';
import { type Party, partyOfNode, partyOfPod } from '../../policy/party.ts';
import type { PolicyIndex } from '../../policy/policy-index.ts';
import { enforcedPolicies } from '../matrix/cluster-matrix.ts';
import { unitId } from '../matrix/units.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import { hostDoors } from './hosts.ts';
import { keyedChanges, type Said } from './keyed-changes.ts';
import { objectId } from './object-changes.ts';
import { backendsOf, portIdentity, type ServiceBackend, workloadId } from './service-ports.ts';
import { causesOf, type Sides } from './side.ts';

/** The changes of ways in. */
export function exposureChanges(sides: Sides): readonly ChangeAnswer[] {
  return keyedChanges('exposure', doorsOf(sides.old.snapshot), doorsOf(sides.new.snapshot), (objects) =>
    causesOf(sides, objects, 'exposure'),
  );
}

/** `node port → shop/svc/web:80` to who may come: `anyone`. */
function doorsOf(snapshot: Snapshot): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  const clients = clientsOf(snapshot);
  for (const service of snapshot.cluster.services) {
    for (const [index, port] of service.body.ports.entries()) {
      for (const door of serviceDoors(service, { port, index })) {
        const backends = backendsOf(snapshot, snapshot.control.slicesOf(service.key), port);
        const who = admitted(door, backends, port, clients);
        said.set(`${door.name} → ${portIdentity(service, port)}`, {
          value: who === undefined || door.detail === undefined ? who : `${who}, ${door.detail}`,
          objects: [
            objectId('Service', service.namespace, service.name),
            ...backends.flatMap(({ pod, object }) =>
              pod === undefined ? (object ?? []) : objectsOfPod(pod, clients),
            ),
          ],
        });
      }
    }
  }
  for (const [subject, door] of [...hostPortDoors(snapshot, clients), ...hostDoors(snapshot)])
    said.set(subject, door);
  return said;
}

/** Its workload, and the policies that say who may come to it. */
function objectsOfPod(pod: Pod, { index, snapshot }: Clients): readonly string[] {
  const policies = index.selecting(pod, 'ingress').flatMap((stage) => stage.policies);
  const namer = objectNamer(snapshot.objects);
  return [workloadId(pod), ...policies.flatMap(({ origin }) => namer(origin)?.object ?? [])];
}

interface ServiceDoor {
  readonly name: string;
  /** Its number or address, where somebody wrote it. */
  readonly detail?: string;
  /** Whose address the pod sees. */
  readonly sees: 'client' | 'node';
  readonly ranges: readonly string[];
}

function serviceDoors(
  service: ClusterService,
  { port, index }: { readonly port: ServicePortSpec; readonly index: number },
): readonly ServiceDoor[] {
  const { body, nodePorts, assumed } = service;
  const sees = body.externalTrafficPolicy === 'Local' ? 'client' : 'node';
  const ranges = body.loadBalancerSourceRanges.map(({ text }) => text);
  const nodePort = nodePorts[index];
  const doors: ServiceDoor[] = [];
  if (nodePort !== undefined) {
    const isWritten = assumed.nodePorts[index] !== true;
    doors.push({
      name: 'node port',
      sees,
      ranges: [],
      ...(isWritten ? { detail: `port ${port.nodePort ?? nodePort}` } : {}),
    });
  }
  if (hasLoadBalancer(service)) doors.push({ name: 'load balancer', sees, ranges });
  for (const ip of body.externalIps) doors.push({ name: `external address ${ip.text}`, sees, ranges: [] });
  return doors;
}

interface Clients {
  readonly index: PolicyIndex;
  readonly snapshot: Snapshot;
  /** One address of each stretch that no policy tells apart, with its name. */
  readonly outside: readonly { readonly party: Party; readonly text: string }[];
}

function clientsOf(snapshot: Snapshot): Clients {
  const index = enforcedPolicies(snapshot);
  const family = snapshot.profile.ipFamilies[0] ?? 4;
  const blocks = index.policies.flatMap(({ direction, rules }) =>
    direction === 'egress'
      ? []
      : rules.flatMap(({ peers = [] }) =>
          peers.flatMap((peer) =>
            peer.kind === 'block' ? [peer.cidr, ...peer.except.map(({ cidr }) => cidr)] : [],
          ),
        ),
  );
  const cuts = cutAddresses(family, blocks);
  return {
    index,
    snapshot,
    outside: cuts.starts.map((_, at) => {
      const [first, last] = piece(cuts, at);
      return { party: { kind: 'address', ip: first }, text: `${first.text}-${last.text}` };
    }),
  };
}

type Backend = Pick<ServiceBackend, 'pod' | 'port'>;

/**
 * Who may come by a door; undefined: nobody gets through. A node that the pod is not on masquerades (policy Cluster),
 * so that the pod sees that node; the pod's own node asks policies before it masquerades.
 */
function admitted(
  { sees, ranges }: Pick<ServiceDoor, 'sees' | 'ranges'>,
  backends: readonly Backend[],
  { protocol }: Pick<ServicePortSpec, 'protocol'>,
  clients: Clients,
): string | undefined {
  if (backends.length === 0) return undefined;
  const limit = ranges.length === 0 ? 'anyone' : ranges.join(', ');
  const isOpen = (backend: Backend, party: Party) => admits(clients, backend, { party, protocol });
  const viaNode = (backend: Backend) => {
    const node = clients.snapshot.cluster.nodes.find(({ name }) => name !== backend.pod?.node);
    return node !== undefined && isOpen(backend, partyOfNode(node));
  };
  if (sees === 'node' && backends.some(viaNode)) return limit;
  const open = clients.outside.filter(({ party }) => backends.some((backend) => isOpen(backend, party)));
  if (open.length === 0) return undefined;
  return open.length === clients.outside.length
    ? limit
    : `${limit} in ${open.map(({ text }) => text).join(', ')}`;
}

function admits(
  { index, snapshot }: Clients,
  { pod, port }: Backend,
  { party, protocol }: { readonly party: Party; readonly protocol: Protocol },
): boolean {
  if (pod === undefined || port === undefined || protocol === 'icmp') return true;
  const pair = { from: party, to: partyOfPod(snapshot.cluster, pod) };
  return hasPort(portsAllowedBy(index, pair, 'ingress'), protocol, port);
}

function hostPortDoors(snapshot: Snapshot, clients: Clients): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  const seen = new Set<string>();
  for (const pod of snapshot.cluster.pods) {
    const unit = unitId(pod);
    if (seen.has(unit) || pod.finished) continue;
    seen.add(unit);
    for (const door of portsOfHost(pod, clients)) said.set(door.subject, door.said);
  }
  return said;
}

function portsOfHost(
  pod: Pod,
  clients: Clients,
): readonly { readonly subject: string; readonly said: Said }[] {
  return pod.ports.flatMap(({ hostPort, containerPort, protocol }) => {
    const port = pod.hostNetwork ? containerPort : hostPort;
    if (port === undefined) return [];
    const backend = { pod, port: containerPort };
    const who = admitted({ sees: 'client', ranges: [] }, [backend], { protocol }, clients);
    const suffix = protocol === 'tcp' ? '' : `/${protocol}`;
    return [
      {
        subject: `port ${port}${suffix} of its node → ${unitId(pod)}`,
        said: { value: who, objects: objectsOfPod(pod, clients) },
      },
    ];
  });
}
