/**
 * Names in Istio: how hosts are completed, and which host covers which. A host is exact, or has one star at its
 * beginning. Source: istio/istio:pilot/pkg/model/config.go ResolveShortnameToFQDN, pkg/config/host/name.go,
 * pkg/config/host/names.go, pilot/pkg/model/gateway.go. Rules: docs/semantics/istio.md 2.
 */

import { compareText } from '../../collections/order.ts';
import { parseIp } from '../../net/ip.ts';

/** The gateway that stands for every sidecar. */
export const MESH = 'mesh';

/** Where a short name is written, and how the names of the cluster end. */
export interface NamePlace {
  /** Empty: unknown. */
  readonly namespace: string;
  /** Empty: unknown. */
  readonly domain: string;
}

/**
 * The full name of a host as rules write it: a name without a dot is a Service of the rule's own namespace; every
 * other one is complete as it stands.
 */
export function fullHost(host: string, { namespace, domain }: NamePlace): string {
  if (host === '*' || host.includes('.') || parseIp(host) !== undefined) return host;
  const inNamespace = namespace === '' ? '' : `.${namespace}`;
  // Without a domain the word `svc` is left out too.
  return `${host}${inNamespace}${domain === '' ? '' : `.svc.${domain}`}`;
}

/**
 * `namespace/name` of the Gateway that a VirtualService names: `gw`, `./gw`, `ns/gw`, and the old `gw.ns.svc…`;
 * `mesh` stays as it is.
 */
export function gatewayName(reference: string, namespace: string): string {
  if (reference === MESH) return reference;
  const [before = '', after] = reference.split('/', 2);
  if (after !== undefined) return `${before === '.' ? namespace : before}/${after}`;
  const [name = '', owner] = reference.split('.', 2);
  return `${owner ?? namespace}/${name}`;
}

/** Does the host begin with a star? */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** Does one of the two hosts cover the other? */
export function hostsMatch(a: string, b: string): boolean {
  if (isWildcard(a)) {
    if (!isWildcard(b)) return b.endsWith(a.slice(1));
    return a.length < b.length ? b.slice(1).endsWith(a.slice(1)) : a.slice(1).endsWith(b.slice(1));
  }
  return isWildcard(b) ? a.endsWith(b.slice(1)) : a === b;
}

/** Is every name of the first host one of the second? */
export function isSubset(host: string, of: string): boolean {
  if (!isWildcard(of)) return host === of;
  if (!isWildcard(host)) return host.endsWith(of.slice(1));
  return host.length >= of.length && host.slice(1).endsWith(of.slice(1));
}

/**
 * The full name of the Service that people mean by `web.shop` or `web.shop.svc`; undefined for other hosts. To Istio a host with
 * a dot is a full name.
 */
export function halfQualifiedName(host: string, domain: string): string | undefined {
  const [, bare] = /^([^.]+\.[^.]+?)(?:\.svc)?$/.exec(host) ?? [];
  return bare === undefined ? undefined : `${bare}.svc.${domain}`;
}

/** Sorts the more specific host first: exact, then the longer, then by the alphabet. */
function compareSpecificity(a: string, b: string): number {
  const [starA, starB] = [isWildcard(a), isWildcard(b)];
  if (starA !== starB) return starA ? 1 : -1;
  if (starA && a === '*') return b === '*' ? 0 : 1;
  if (starB && b === '*') return -1;
  if (starA && a.length !== b.length) return b.length - a.length;
  return compareText(a, b);
}

/** The host of a list that covers the needle most closely. */
export function mostSpecific(hosts: readonly string[], needle: string): string | undefined {
  if (!isWildcard(needle) && hosts.includes(needle)) return needle;
  return hosts.filter((host) => isSubset(needle, host)).sort(compareSpecificity)[0];
}

/** The hosts that both lists cover, each as the narrower of the two writes it. */
export function intersectHosts(a: readonly string[], b: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const host of a) {
    for (const other of b) {
      if (isSubset(host, other)) found.add(host);
      else if (isSubset(other, host)) found.add(other);
    }
  }
  return [...found];
}

/** The hosts of a Gateway's server that VirtualServices of a namespace may bind to, without their prefix. */
export function hostsForNamespace(hosts: readonly string[], namespace: string): readonly string[] {
  return hosts.flatMap((host) => {
    const slash = host.indexOf('/');
    if (slash < 0) return [host];
    const owner = host.slice(0, slash);
    return owner === '*' || owner === namespace ? [host.slice(slash + 1)] : [];
  });
}

/** The host of `ns/host`, as clients name it. */
export function hostOnly(host: string): string {
  return host.slice(host.indexOf('/') + 1);
}

/** A server's host with `.` replaced by the Gateway's own namespace; a star for its namespace is left out. */
export function serverHost(host: string, namespace: string): string {
  if (host.startsWith('./')) return `${namespace}${host.slice(1)}`;
  return host.startsWith('*/') ? host.slice(2) : host;
}
