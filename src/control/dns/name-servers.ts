/** The server's own names and addresses. Source: coredns/coredns:plugin/kubernetes/ns.go nsAddrs. */

import type { ClusterService } from '../../cluster/cluster.ts';
import { clusterDnsService } from '../../cluster/implied-services.ts';
import type { Ip } from '../../net/ip.ts';
import type { ClusterNames } from './cluster-names.ts';
import { joinName } from './name.ts';
import type { ServerFacts } from './settings.ts';

export interface NameServer {
  readonly name: string;
  readonly ip: Ip;
}

interface Asking {
  readonly names: ClusterNames;
  readonly facts: Pick<ServerFacts, 'addresses'>;
  readonly spelledZone: string;
}

/** Every Service that has the server among its endpoints, by its cluster addresses; headless ones by their endpoints. */
export function nameServers({ names, facts, spelledZone }: Asking): readonly NameServer[] {
  const { addresses, services } = serverServices(names, facts);
  if (services === undefined) return addresses.map((ip) => ({ name: joinName('ns.dns', spelledZone), ip }));
  return services.flatMap((service) => {
    const name = joinName(service.name, service.namespace, 'svc', spelledZone);
    if (!service.body.headless) return service.clusterIps.map((ip) => ({ name, ip }));
    // Of the slices that hold the server itself.
    const slices = names
      .subsetsOf(service.key)
      .filter(({ endpoints }) => endpoints.some(({ ip }) => addresses.includes(ip)));
    return slices.flatMap(({ endpoints }) =>
      endpoints.map((endpoint) => ({ name: joinName(endpoint.name, name), ip: endpoint.ip })),
    );
  });
}

export interface ServerServices {
  /** What the server is bound to. */
  readonly addresses: readonly Ip[];
  /** Those whose endpoint it is; undefined where no slice lists it. */
  readonly services?: readonly ClusterService[];
}

/** The Services behind which the server stands. */
export function serverServices(names: ClusterNames, facts: Pick<ServerFacts, 'addresses'>): ServerServices {
  const addresses = facts.addresses ?? serverAddresses(names);
  const keys = new Set(addresses.flatMap((ip) => names.endpointsAt(ip).map(({ service }) => service)));
  if (keys.size > 0) return { addresses, services: [...keys].flatMap((key) => names.service(key) ?? []) };
  // With `noendpoints`, it does not find itself behind any.
  if (facts.addresses !== undefined || addresses.length > 0) return { addresses };
  // Nobody knows the pods; that the DNS Service leads to them is sure.
  const service = clusterDnsService(names.cluster);
  return service === undefined ? { addresses } : { addresses, services: [service] };
}

/** One of the pods behind the DNS Service answers: the first that is ready stands for all. */
function serverAddresses({ cluster, addressesBehind }: ClusterNames): readonly Ip[] {
  const service = clusterDnsService(cluster);
  const families = new Map<Ip['family'], Ip>();
  for (const ip of service === undefined ? [] : addressesBehind(service.key)) {
    if (!families.has(ip.family)) families.set(ip.family, ip);
  }
  return [...families.values()];
}
