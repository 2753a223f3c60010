/** What is sent on a connection that an Envoy has taken, in its words. */

import type { MeshRequest, Wire } from '../../../l7/istio/mesh-request.ts';
import { hostName, type RouteRequest, serverName } from '../../../l7/request.ts';
import { parseIp } from '../../../net/ip.ts';
import type { Asking } from '../../asking.ts';
import type { Connection, SocketAddress } from '../proxy.ts';

export interface Sent {
  readonly mesh: MeshRequest;
  /** undefined: nobody reads what is sent. */
  readonly request?: RouteRequest;
}

/**
 * The bytes of a connection. Where the question tells of no request and the proxy waits for one, a GET for the name that
 * was dialled is assumed.
 * @param expected what the proxy takes the port for.
 */
export function sentOn(
  { assumptions }: Pick<Asking, 'assumptions'>,
  connection: Connection,
  dialled: SocketAddress,
  expected: () => Wire,
): Sent {
  const { request } = connection;
  if (request !== undefined) return { mesh: ofRequest(request, dialled), request };
  const wire = expected();
  if (wire === 'http') {
    const host = dialled.port === 80 ? connection.host : `${connection.host}:${dialled.port}`;
    const assumed = getOf(host);
    assumptions.add('A_REQUEST', { values: [`GET http://${host}/`] });
    return { mesh: ofRequest(assumed, dialled), request: assumed };
  }
  return { mesh: ofBytes(connection, dialled, wire) };
}

function getOf(host: string): RouteRequest {
  return { scheme: 'http', host, uri: '/', method: 'GET', headers: new Map() };
}

/** A request as an Envoy reads it; one in TLS as far as it can. */
function ofRequest(request: RouteRequest, { ip, port }: SocketAddress): MeshRequest {
  const isTls = request.scheme === 'https';
  const name = serverName(request);
  return {
    wire: isTls ? 'tls' : 'http',
    inner: 'http',
    host: hostName(request.host),
    port,
    authority: request.host,
    uri: request.uri,
    method: request.method,
    headers: request.headers,
    // An address is no server name (RFC 6066, section 3).
    ...(isTls && parseIp(name) === undefined ? { sni: name } : {}),
    address: ip,
  };
}

function ofBytes({ host }: Connection, { ip, port }: SocketAddress, wire: Wire): MeshRequest {
  const isNamed = wire === 'tls' && parseIp(host) === undefined;
  return {
    wire,
    inner: 'tcp',
    host,
    port,
    authority: host,
    uri: '/',
    method: 'GET',
    headers: new Map(),
    ...(isNamed ? { sni: host } : {}),
    address: ip,
  };
}
