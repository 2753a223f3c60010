/** A request as a proxy reads it: the request line, the Host header, and whom it came from. */

import { type Ip, parseIp } from '../net/ip.ts';

export interface RouteRequest {
  readonly scheme: 'http' | 'https';
  /** The Host header as the client sends it, with its port if it has one. */
  readonly host: string;
  /** Path and query as the client sends them: nothing decoded, nothing resolved. */
  readonly uri: string;
  readonly method: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The address that the proxy sees; undefined where nobody said. */
  readonly clientIp?: Ip;
  /** The server name of the TLS handshake, where it is not the name in the Host header. */
  readonly sni?: string;
}

export interface RequestParts {
  readonly method?: string;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly clientIp?: string;
  readonly sni?: string;
}

const URL_FORM = /^(https?):\/\/([^/?#]+)([^#]*)/i;

/**
 * A request from a URL, as `curl --path-as-is` would send it. A header `Host` takes the place of the URL's host.
 * @returns undefined where the text is no http or https URL.
 */
export function parseRequest(url: string, parts: RequestParts = {}): RouteRequest | undefined {
  const [, scheme, authority = '', rest = ''] = URL_FORM.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const headers = joinedHeaders(parts.headers ?? []);
  const clientIp = parts.clientIp === undefined ? undefined : parseIp(parts.clientIp);
  return {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    host: headers.get('host') ?? authority.slice(authority.lastIndexOf('@') + 1),
    uri: rest.startsWith('/') ? rest : `/${rest}`,
    method: (parts.method ?? 'GET').toUpperCase(),
    headers,
    ...(clientIp === undefined ? {} : { clientIp }),
    ...(parts.sni === undefined ? {} : { sni: parts.sni }),
  };
}

/** By name in lower case; several of one name are one, with commas (RFC 9110 5.3), cookies with semicolons (RFC 9113 8.2.3). */
export function joinedHeaders(
  pairs: Iterable<readonly [name: string, value: string]>,
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const known = headers.get(key);
    headers.set(key, known === undefined ? value : `${known}${key === 'cookie' ? '; ' : ','}${value}`);
  }
  return headers;
}

/** The name that the client asks for in the TLS handshake. */
export function serverName({ sni, host }: RouteRequest): string {
  return sni === undefined ? hostName(host) : sni.toLowerCase();
}

/** The name in a Host header: without the port and a final dot, in lower case. */
export function hostName(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

/** What rules can name a host by, best first: itself, with a star for its first label, and every host. */
export function hostPatterns(host: string): readonly string[] {
  const dot = host.indexOf('.');
  return dot <= 0 ? [host, '*'] : [host, `*${host.slice(dot)}`, '*'];
}

/**
 * Empty elements and dots, backslashes, escapes of slashes and of what needs none (RFC 3986 2.3), and characters that want one.
 */
const ODD_PATH = /\/\/|\/\.\.?(?:[/;]|$)|\\|%2f|%5c|%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)|["<>^`{|}]/i;

/** Do proxies differ in what they do to the path before they match it? */
export function isOddPath(path: string): boolean {
  return ODD_PATH.test(path);
}

/** A URI's path, and its query with the question mark (or nothing). */
export function splitQuery(uri: string): { readonly path: string; readonly query: string } {
  const mark = uri.indexOf('?');
  return mark < 0 ? { path: uri, query: '' } : { path: uri.slice(0, mark), query: uri.slice(mark) };
}
