/**
 * The pair of devices by which a node's own packets to Services come to a program, where no socket has turned them: a
 * route to each cluster address leads into one end, and the program sits at the other.
 * Source: projectcalico/calico:felix/dataplane/linux/bpf_ep_mgr.go onServiceUpdate, setRoute.
 */

import type { Cluster, ClusterService, Node } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import { type Cidr, cidrContains, cidrOf } from '../../net/cidr.ts';
import { type IpFamily, parseIp, WIDTH } from '../../net/ip.ts';
import { type Fabric, nodeNamespaceId, type Wiring } from '../cni.ts';
import type { Device, Route } from '../network.ts';
import { nodeMtu } from '../underlay.ts';

export interface ServicePairOptions {
  /** The end that routes lead to, and the one that the program sits at. */
  readonly names: { readonly in: string; readonly out: string };
  /** Is any port of the Service left to the pair? */
  serves(service: ClusterService): boolean;
  /** Addresses that are left alone. */
  readonly excluded: readonly Cidr[];
}

/** bpfnatGW, bpfnatGWv6. */
const GATEWAYS: Readonly<Record<IpFamily, string>> = { 4: '169.254.1.1', 6: '2001:db8::1' };

/** The fabric, with the pair on every node. */
export function withServicePair(fabric: Fabric, options: ServicePairOptions): Fabric {
  const routesOf = onceFor((cluster: Cluster) => pairRoutes(cluster, options));
  return {
    ...fabric,
    onNode: (input) => {
      const wiring: Wiring = fabric.onNode(input);
      return {
        ...wiring,
        devices: [...wiring.devices, ...pair(input.node, options)],
        routes: [...wiring.routes, ...routesOf(input.cluster)],
        // felix/dataplane/linux/bpf_ep_mgr.go setAcceptLocal: so on every device that has a program.
        sysctls: { ...wiring.sysctls, 'net.ipv4.conf.all.accept_local': '1' },
      };
    },
  };
}

function pair(node: Node, { names }: ServicePairOptions): readonly Device[] {
  const namespace = nodeNamespaceId(node.name);
  const end = (name: string, peer: string): Device => ({
    name,
    addresses: [],
    mtu: nodeMtu(node),
    link: { kind: 'veth', peer: { namespace, device: peer }, hairpin: false, neighbors: [] },
  });
  return [end(names.in, names.out), end(names.out, names.in)];
}

/** To each cluster address, and to the gateway that nobody has. */
function pairRoutes(
  { services }: Cluster,
  { names, serves, excluded }: ServicePairOptions,
): readonly Route[] {
  const routes = services.filter(serves).flatMap(({ clusterIps, origin }) =>
    clusterIps.flatMap((ip): readonly Route[] => {
      const via = parseIp(GATEWAYS[ip.family]);
      const because = origin === undefined ? {} : { because: [origin] };
      return via === undefined || excluded.some((range) => cidrContains(range, ip))
        ? []
        : [{ prefix: cidrOf(ip, WIDTH[ip.family]), via, device: names.in, onlink: true, ...because }];
    }),
  );
  const gateways = [...new Set(routes.map(({ via }) => via))].filter((via) => via !== undefined);
  return [
    ...gateways.map((via) => ({ prefix: cidrOf(via, WIDTH[via.family]), device: names.in })),
    ...routes,
  ];
}
