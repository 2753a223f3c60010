/**
 * Host header to virtual host, as Envoy looks it up: the exact name, else the longest suffix, else the star.
 * Source: envoyproxy/envoy:source/common/router/config_impl.cc RouteMatcher::findVirtualHost.
 * Rule: docs/semantics/istio.md 2.5.
 */

import { patternIndex } from './host-index.ts';

export interface HostTable<Host> {
  /** @param authority a Host header; its port does not count. */
  find(authority: string): Host | undefined;
}

/** An index by domain, which is in lower case; of two hosts with one domain, the first has it. */
export function hostTable<Host extends { readonly domains: readonly string[] }>(
  hosts: readonly Host[],
): HostTable<Host> {
  const index = patternIndex(hosts.flatMap((host) => host.domains.map((domain) => [domain, host] as const)));
  return { find: (authority) => index.find(withoutPort(authority).toLowerCase()) };
}

/** A Host header without its port. */
export function withoutPort(authority: string): string {
  return authority.replace(/:\d*$/, '');
}
