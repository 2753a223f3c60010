/**
 * Hostnames of listeners and routes. A wildcard is a suffix of any number of labels, never the apex. `*` stands for
 * every host. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go `hostnames`, gateway_types.go.
 */

export const EVERY_HOST = '*';

/** Does the hostname cover the host (in lower case, without a port)? */
export function coversHostname(hostname: string, host: string): boolean {
  if (hostname === EVERY_HOST || hostname === host) return true;
  return isWildcard(hostname) && host.length >= hostname.length && host.endsWith(hostname.slice(1));
}

/** What two hostnames have in common: the narrower of them; undefined: nothing. */
export function intersectHostnames(a: string, b: string): string | undefined {
  if (coversHostname(a, b)) return b;
  return coversHostname(b, a) ? a : undefined;
}

/**
 * The hostnames that cover a host, in the order in which they count: itself, wildcards from the longest, `*`.
 * An address is covered by `*` alone.
 */
export function* hostnamesFor(host: string): Generator<string> {
  yield host;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) yield `*${host.slice(dot)}`;
  yield EVERY_HOST;
}

/** Sorts the more specific first: names, wildcards by their length, `*`. */
export function compareSpecificity(a: string, b: string): number {
  return exactLength(b) - exactLength(a) || length(b) - length(a);
}

/** Characters of a matching hostname without a wildcard. */
function exactLength(hostname: string): number {
  return isWildcard(hostname) || hostname === EVERY_HOST ? 0 : hostname.length;
}

function length(hostname: string): number {
  return hostname === EVERY_HOST ? 0 : hostname.length;
}

function isWildcard(hostname: string): boolean {
  return hostname.startsWith('*.');
}
