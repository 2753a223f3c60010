/** A request, or a connection, as a proxy of the mesh sees it. */

import { type Ip, parseIp } from '../../net/ip.ts';
import { joinedHeaders } from '../request.ts';

/** What the first bytes are: HTTP as it is, TLS (of which only the SNI can be read), or anything. */
export type Wire = 'http' | 'tls' | 'tcp';

export interface MeshRequest {
  readonly wire: Wire;
  /** Inside TLS, for whoever ends it: HTTP, or anything. */
  readonly inner: 'http' | 'tcp';
  /** The name or address that the client asks for, without a port. */
  readonly host: string;
  readonly port: number;
  /** The Host header as it is sent, with its port if it has one; of HTTP. */
  readonly authority: string;
  /** Path and query. */
  readonly uri: string;
  readonly method: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** undefined: none is sent. */
  readonly sni?: string;
  /** The address that is dialled, where it is known. */
  readonly address?: Ip;
  /** The address is one of several that the name has: which of them, is the client's choice. */
  readonly isOneOfSeveral?: true;
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
  ['grpc', 80],
  ['tls', 443],
  ['tcp', 80],
]);

const URL_FORM = /^([a-z]+):\/\/([^/?#]*)([^#]*)/i;

export interface MeshRequestParts {
  readonly method?: string;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly sni?: string;
  /** Where it is not that of the name. */
  readonly connectTo?: { readonly ip: Ip; readonly port: number };
}

/**
 * A request from a URL of scheme http, https, grpc, tcp or tls.
 * @returns undefined where the text is no such URL.
 */
export function parseMeshRequest(url: string, parts: MeshRequestParts = {}): MeshRequest | undefined {
  const [, scheme = '', authority = '', rest = ''] = URL_FORM.exec(url) ?? [];
  const word = scheme.toLowerCase();
  const byDefault = DEFAULT_PORTS.get(word);
  const place = splitAuthority(authority.slice(authority.lastIndexOf('@') + 1));
  if (byDefault === undefined || place === undefined) return undefined;
  const headers = joinedHeaders(parts.headers ?? []);
  const byMethod = word === 'grpc' ? 'POST' : 'GET';
  return {
    ...wireOf(word, place.host, parts),
    host: place.host,
    port: parts.connectTo?.port ?? place.port ?? byDefault,
    authority: headers.get('host') ?? authority,
    uri: rest.startsWith('/') ? rest : `/${rest}`,
    method: (parts.method ?? byMethod).toUpperCase(),
    headers,
    ...(parts.connectTo === undefined ? {} : { address: parts.connectTo.ip }),
  };
}

/** What a scheme puts on the wire. An address is no server name. */
function wireOf(
  scheme: string,
  host: string,
  { sni }: MeshRequestParts,
): Pick<MeshRequest, 'wire' | 'inner' | 'sni'> {
  const inner = scheme === 'tcp' || scheme === 'tls' ? 'tcp' : 'http';
  if (scheme !== 'https' && scheme !== 'tls') return { wire: scheme === 'tcp' ? 'tcp' : 'http', inner };
  const name = sni ?? (parseIp(host) === undefined ? host : undefined);
  return { wire: 'tls', inner, ...(name === undefined ? {} : { sni: name }) };
}

function splitAuthority(text: string): { readonly host: string; readonly port?: number } | undefined {
  const [, bracketed, plain = '', digits] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === '') return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  return { host, ...(port === undefined ? {} : { port }) };
}
