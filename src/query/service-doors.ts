/** The ways into a Service: what is dialled, from where, and whom the server then sees. */

import type { ClusterService, Node } from '../cluster/cluster.ts';
import { balancedNodes, deliveryOf, hasLoadBalancer } from '../control/load-balancer.ts';
import type { ServicePort } from '../control/service-port.ts';
import { type Ip, printSocketAddress } from '../net/ip.ts';
import type { Door } from './service-explanation.ts';
import type { Snapshot } from './snapshot.ts';

const MOST_NODES = 5;

/** Every door, from the narrowest to the widest. */
export function doorsOf(snapshot: Snapshot, service: ClusterService): readonly Door[] {
  const ports = snapshot.control.servicePortsOf(service.key);
  return [
    nameDoor(snapshot, service),
    ...(ports.length === 0 ? [] : [clusterIpDoor(snapshot, ports)]),
    ...nodePortDoors(snapshot, ports),
    ...externalIpDoors(ports),
    ...(hasLoadBalancer(service) ? balancerDoors(snapshot, service, ports) : []),
  ];
}

function nameDoor({ profile }: Snapshot, { name, namespace, body }: ClusterService): Door {
  const isDirect = body.headless || body.type === 'ExternalName';
  return {
    kind: 'name',
    at: [`${name}.${namespace}.svc.${profile.clusterDomain}`],
    from: 'inside',
    sees: isDirect ? { pod: 'client' } : {},
    uses: 'every endpoint',
  };
}

function clusterIpDoor({ profile }: Snapshot, ports: readonly ServicePort[]): Door {
  const isLocal = ports.some(({ internalTrafficPolicy }) => internalTrafficPolicy === 'Local');
  return {
    kind: 'cluster-ip',
    at: ports.flatMap(({ clusterIps, port, protocol }) =>
      clusterIps.map((ip) => address(ip, port, protocol)),
    ),
    from: 'inside',
    sees: { pod: profile.proxy.masqueradeAll ? 'node' : 'client' },
    uses: isLocal ? 'endpoints of the node' : 'every endpoint',
  };
}

/** Policy Cluster masquerades all that comes by an external door, pods included. */
function external(ports: readonly ServicePort[]): Pick<Door, 'from' | 'sees' | 'uses'> {
  const isLocal = ports.some(({ externalTrafficPolicy }) => externalTrafficPolicy === 'Local');
  return isLocal
    ? { from: 'anywhere', sees: { pod: 'client', outside: 'client' }, uses: 'endpoints of the node' }
    : { from: 'anywhere', sees: { pod: 'node', outside: 'node' }, uses: 'every endpoint' };
}

function nodePortDoors({ cluster }: Snapshot, ports: readonly ServicePort[]): readonly Door[] {
  const open = ports.filter(({ nodePort }) => nodePort !== undefined);
  if (open.length === 0) return [];
  const shown = cluster.nodes.slice(0, MOST_NODES);
  const at = open.flatMap(({ nodePort = 0, protocol, clusterIps }) =>
    shown.flatMap((node) => {
      const families = new Set(clusterIps.map(({ family }) => family));
      const own = node.primaryAddresses.filter(({ family }) => families.has(family));
      return own.map((ip) => `${node.name} ${address(ip, nodePort, protocol)}`);
    }),
  );
  const hidden = cluster.nodes.length - shown.length;
  return [
    { kind: 'node-port', at: hidden > 0 ? [...at, `and ${hidden} more nodes`] : at, ...external(open) },
  ];
}

function externalIpDoors(ports: readonly ServicePort[]): readonly Door[] {
  const at = ports.flatMap(({ externalIps, port, protocol }) =>
    externalIps.map((ip) => address(ip, port, protocol)),
  );
  return at.length === 0 ? [] : [{ kind: 'external-ip', at, ...external(ports) }];
}

function balancerDoors(
  { cluster, profile }: Snapshot,
  { body, ipFamilies }: ClusterService,
  ports: readonly ServicePort[],
): readonly Door[] {
  const [first] = ports;
  const [family = 4] = ipFamilies;
  if (first === undefined) return [];
  const [entry] = body.loadBalancerIngress;
  const delivery = deliveryOf(first, entry?.ip, profile.loadBalancer);
  const { nodes, excluded, healthCheckNodePort } = balancedNodes(first, cluster.nodes, {
    family,
    healthChecks: profile.loadBalancer.healthChecks,
  });
  const ranges = body.loadBalancerSourceRanges.map(({ text }) => text);
  const at = body.loadBalancerIngress.flatMap(({ ip, hostname }) =>
    ports.map(({ port, protocol }) =>
      ip === undefined ? `${hostname ?? '?'}:${port}` : address(ip, port, protocol),
    ),
  );
  const how = external(ports);
  const sees = delivery === 'proxy' ? { outside: 'load-balancer' as const } : how.sees;
  return [
    {
      kind: 'load-balancer',
      at,
      ...how,
      sees: delivery === 'vip' ? sees : withoutPod(sees),
      ...(ranges.length === 0 ? {} : { sourceRanges: ranges }),
      balancer: {
        delivery,
        nodes: names(nodes),
        excluded: excluded.map(({ node, why }) => ({ node: node.name, why })),
        ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
        pending: body.loadBalancerIngress.length === 0,
      },
    },
  ];
}

/** A pod that asks such an address leaves the cluster like any other client. */
function withoutPod({ outside }: Door['sees']): Door['sees'] {
  return outside === undefined ? {} : { outside };
}

function names(nodes: readonly Node[]): readonly string[] {
  return nodes.map(({ name }) => name);
}

function address(ip: Ip, port: number, protocol: string): string {
  const text = printSocketAddress(ip, port);
  return protocol === 'tcp' ? text : `${text}/${protocol}`;
}
