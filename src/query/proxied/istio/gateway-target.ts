/** `gtw/edge` as a target, where it is a Gateway of Istio: a request to its first server. */

import { istioNames } from '../../../control/dns/istio-names.ts';
import type { GatewayServer, IstioGatewayObject } from '../../../k8s/kinds/istio-gateway.ts';
import { isHttpServer } from '../../../l7/istio/gateway-servers.ts';
import { hostOnly, hostsMatch } from '../../../l7/istio/names.ts';
import { parseReference } from '../../reference.ts';
import type { Snapshot } from '../../snapshot.ts';
import { UsageError } from '../../usage-error.ts';
import { clientPort } from './gateway-door.ts';

export interface IstioTarget {
  readonly gateway: IstioGatewayObject;
  /** @param address of the gateway, where it takes every host. */
  urlAt(address: string | undefined): string;
}

/**
 * The Gateway of Istio that a reference means; undefined: it means something else, or a Gateway of the Gateway API.
 * @throws UsageError for one without a server that reads requests.
 */
export function istioTarget(snapshot: Snapshot, text: string): IstioTarget | undefined {
  const { objects, profile } = snapshot;
  if (objects.ofKind('IstioGateway').length === 0) return undefined;
  const reference = parseReference(text);
  if (reference.kind !== 'object' || reference.objectKind !== 'Gateway') return undefined;
  const { namespace = profile.namespace, name, port } = reference;
  const isNamed = ({ metadata }: { readonly metadata: IstioGatewayObject['metadata'] }) =>
    metadata.namespace === namespace && metadata.name === name;
  const gateway = objects.ofKind('IstioGateway').find(isNamed);
  if (gateway === undefined || objects.ofKind('Gateway').some(isNamed)) return undefined;
  const server = gateway.body.servers.find(
    (each) => isHttpServer(each) && (port === undefined || String(each.port) === port),
  );
  if (server === undefined) throw new UsageError(`${text} has no server that reads HTTP`);
  const number = clientPort(snapshot, gateway, server.port);
  return { gateway, urlAt: (address) => urlOf(snapshot, { ...server, port: number }, address) };
}

function urlOf({ cluster }: Snapshot, server: GatewayServer, address: string | undefined): string {
  const own = server.hosts.map(hostOnly);
  const written = istioNames(cluster).map(({ host }) => host);
  const host = written.find((each) => own.some((pattern) => hostsMatch(pattern, each))) ?? address;
  if (host === undefined) throw new UsageError('the Gateway takes every host, and nothing tells its address');
  const scheme = server.tls === undefined || server.protocol === 'HTTP' ? 'http' : 'https';
  const isUsual = server.port === (scheme === 'http' ? 80 : 443);
  return `${scheme}://${host.replace(/^\*/, 'any')}${isUsual ? '' : `:${server.port}`}/`;
}
