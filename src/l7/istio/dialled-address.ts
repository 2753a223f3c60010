/**
 * The address that a client dials for a name: that of the Service which the cluster's DNS means by it. What the
 * cluster does not know, nobody knows here. Source: docs/semantics/dns.md.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import type { Mesh } from './mesh.ts';
import type { MeshRequest } from './mesh-request.ts';

/** How many names an ExternalName may stand for in turn; a longer chain is a loop. */
const MOST_ALIASES = 8;

export interface Dialling {
  /** undefined: nobody knows. */
  readonly address?: Ip;
  readonly isOneOfSeveral?: true;
  /** The Service whose name it is, or whose address. */
  readonly service?: ClusterService;
}

/** @param namespace of the client. */
export function diallingOf(mesh: Mesh, { host, address }: MeshRequest, namespace: string): Dialling {
  const known = address ?? parseIp(host);
  if (known !== undefined) {
    const service = serviceAt(mesh, known);
    return { address: known, ...(service === undefined ? {} : { service }) };
  }
  const service = serviceNamed(mesh, host, namespace);
  if (service === undefined) return {};
  const [first, ...others] = service.body.headless
    ? headlessAddresses(mesh, service)
    : service.clusterIps.slice(0, 1);
  return {
    service,
    ...(first === undefined ? {} : { address: first }),
    ...(others.length > 0 ? { isOneOfSeveral: true as const } : {}),
  };
}

function serviceAt({ control }: Mesh, ip: Ip): ClusterService | undefined {
  return control.servicePortsAt(ip)[0]?.service;
}

function headlessAddresses({ control }: Mesh, { key }: ClusterService): readonly Ip[] {
  const ips = control
    .slicesOf(key)
    .flatMap(({ endpoints }) => endpoints.filter(({ ready }) => ready).flatMap(({ addresses }) => addresses));
  return [...new Set(ips)];
}

/** `web`, `web.shop`, `web.shop.svc`, and the full name; an ExternalName is followed. */
function serviceNamed(mesh: Mesh, host: string, namespace: string): ClusterService | undefined {
  let name = host;
  for (let step = 0; step < MOST_ALIASES; step++) {
    const service = lookUp(mesh, name, namespace);
    if (service?.body.type !== 'ExternalName') return service;
    name = service.body.externalName ?? '';
  }
  return undefined;
}

function lookUp({ control, domain }: Mesh, host: string, namespace: string): ClusterService | undefined {
  const bare = host.toLowerCase().replace(/\.$/, '');
  const short = bare.endsWith(`.svc.${domain}`) ? bare.slice(0, -domain.length - 1) : bare;
  const [name = '', owner = namespace, word] = short.split('.');
  if (word !== undefined && (word !== 'svc' || short.split('.').length > 3)) return undefined;
  return control.serviceByKey.get(`${owner}/${name}`);
}
