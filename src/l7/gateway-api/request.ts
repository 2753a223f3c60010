/** A request or connection as a gateway gets it. */

import { parseIp } from '../../net/ip.ts';
import { hostName, joinedHeaders, type RouteRequest, splitQuery } from '../request.ts';

export type GatewayScheme = 'http' | 'https' | 'tls' | 'tcp' | 'udp';

export interface GatewayRequest extends Omit<RouteRequest, 'scheme'> {
  readonly scheme: GatewayScheme;
  /** Of the gateway, or in a mesh of the Service. */
  readonly port: number;
  /** The name in the TLS handshake, in lower case; undefined: none is sent. */
  readonly sni?: string;
  /** A call of gRPC: the path is `/service/method`. */
  readonly isGrpc: boolean;
  /** Headers of the backend's answer, by name in lower case. */
  readonly answerHeaders: ReadonlyMap<string, string>;
}

export interface GatewayRequestParts {
  readonly method?: string;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly clientIp?: string;
  /** Default: the host of the URL, if it is a name. */
  readonly sni?: string;
  readonly protocol?: 'http' | 'grpc';
  readonly answerHeaders?: Iterable<readonly [string, string]>;
}

const URL_FORM = /^(https?|tls|tcp|udp|grpcs?):\/\/([^/?#]+)([^#]*)/i;
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
  ['tls', 443],
]);
const NONE: readonly (readonly [string, string])[] = [];
const GRPC_TYPE = 'application/grpc';

/**
 * A request from a URL, as `curl --path-as-is` would send it; `tls`, `tcp` and `udp` are connections. A header
 * `Host` takes the place of the URL's host for routing, not for the handshake.
 * @returns undefined where the text is no such URL, or names no port that it needs.
 */
export function parseGatewayRequest(
  url: string,
  parts: GatewayRequestParts = {},
): GatewayRequest | undefined {
  const target = parseTarget(url);
  if (target === undefined) return undefined;
  const { scheme, host, port, uri, isGrpcUrl } = target;
  const headers = joinedHeaders(parts.headers ?? NONE);
  const clientIp = parseIp(parts.clientIp ?? '');
  const isGrpc = (parts.protocol ?? (isGrpcUrl || isGrpcType(headers) ? 'grpc' : 'http')) === 'grpc';
  const sni = sniOf(parts.sni ?? hostName(host));
  return {
    scheme,
    port,
    ...(sni === undefined ? {} : { sni }),
    host: asciiHost(headers.get('host') ?? host),
    uri,
    method: parts.method ?? (isGrpc ? 'POST' : 'GET'),
    headers,
    isGrpc,
    answerHeaders: joinedHeaders(parts.answerHeaders ?? NONE),
    ...(clientIp === undefined ? {} : { clientIp }),
  };
}

type Target = Pick<GatewayRequest, 'scheme' | 'host' | 'port' | 'uri'> & { readonly isGrpcUrl: boolean };

function parseTarget(url: string): Target | undefined {
  const [, word = '', authority = '', rest = ''] = URL_FORM.exec(url) ?? [];
  if (word === '') return undefined;
  const { scheme, isGrpcUrl } = schemeOf(word);
  const host = asciiHost(authority.slice(authority.lastIndexOf('@') + 1));
  const port = portOf(host) ?? DEFAULT_PORTS.get(scheme) ?? 0;
  if (port < 1 || port > 65535) return undefined;
  return { scheme, host, port, uri: rest.startsWith('/') ? rest : `/${rest}`, isGrpcUrl };
}

/** `grpc` and `grpcs` are HTTP/2 without and with TLS. */
function schemeOf(word: string): { readonly scheme: GatewayScheme; readonly isGrpcUrl: boolean } {
  const lower = word.toLowerCase();
  if (lower === 'grpc') return { scheme: 'http', isGrpcUrl: true };
  if (lower === 'grpcs') return { scheme: 'https', isGrpcUrl: true };
  return { scheme: lower as GatewayScheme, isGrpcUrl: false };
}

function isGrpcType(headers: ReadonlyMap<string, string>): boolean {
  return (headers.get('content-type') ?? '').startsWith(GRPC_TYPE);
}

/** The first value of each query parameter, decoded. */
export function queryParameters(uri: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of splitQuery(uri).query.slice(1).split('&')) {
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (name !== '' && !parameters.has(name)) {
      parameters.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
    }
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** A name with letters outside ASCII is sent in its ASCII form (UTS 46), as every client does. */
function asciiHost(host: string): string {
  if (/^[\x20-\x7e]*$/.test(host)) return host;
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).host : host;
}

function portOf(authority: string): number | undefined {
  const digits = /:(\d+)$/.exec(authority)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Addresses are no server names (RFC 6066 3). */
function sniOf(name: string): string | undefined {
  const plain = name
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  return plain === '' || parseIp(plain) !== undefined ? undefined : plain;
}
