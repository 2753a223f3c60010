/** Which Gateways a VirtualService names, and which of their hosts are open to it. Rules: docs/semantics/istio.md 10. */

import { onceFor } from '../../collections/once.ts';
import type { IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { gatewayName, hostsForNamespace, MESH, serverHost } from './names.ts';

/** A Gateway as a VirtualService names it. */
export interface NamedGateway {
  /** `namespace/name`. */
  readonly name: string;
  /** In `spec.gateways`. */
  readonly index: number;
  readonly at: SourceRef;
  /** undefined: there is none. */
  readonly gateway?: IstioGatewayObject;
}

const byName = onceFor(
  (gateways: readonly IstioGatewayObject[]): ReadonlyMap<string, IstioGatewayObject> =>
    new Map(gateways.map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, each])),
);

/** The Gateways that a VirtualService names, without the word for sidecars. @param gateways all of the input. */
export function namedGateways(
  gateways: readonly IstioGatewayObject[],
  { body, metadata, origin }: VirtualServiceObject,
): readonly NamedGateway[] {
  return body.gateways.flatMap((written, index): readonly NamedGateway[] => {
    const name = gatewayName(written, metadata.namespace);
    if (name === MESH) return [];
    const gateway = byName(gateways).get(name);
    const at = refTo(origin, 'spec', 'gateways', index);
    return [{ name, index, at, ...(gateway === undefined ? {} : { gateway }) }];
  });
}

/** The hosts of a Gateway that VirtualServices of a namespace may have, without the namespaces that servers write. */
export function servedHosts({ body, metadata }: IstioGatewayObject, namespace: string): readonly string[] {
  const hosts = body.servers.flatMap((server) =>
    server.hosts.map((host) => serverHost(host, metadata.namespace)),
  );
  return hostsForNamespace(hosts, namespace);
}
