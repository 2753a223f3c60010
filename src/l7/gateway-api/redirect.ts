/** The Location of a redirect. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRequestRedirectFilter. */

import type { RouteFilter } from '../../k8s/gateway-parts/filters.ts';
import { modifiedUri } from './paths.ts';
import type { GatewayRequest } from './request.ts';

export type RedirectFilter = Extract<RouteFilter, { readonly kind: 'redirect' }>;

const WELL_KNOWN: Readonly<Record<'http' | 'https', number>> = { http: 80, https: 443 };

/**
 * Where a redirect leads.
 * @param listenerPort the port of the listener, in a mesh of the Service.
 */
export function redirectLocation(
  request: GatewayRequest,
  filter: RedirectFilter,
  { prefix, listenerPort }: { readonly prefix: string | undefined; readonly listenerPort: number },
): string {
  const scheme = filter.scheme ?? (request.scheme === 'https' ? 'https' : 'http');
  const port = filter.port ?? (filter.scheme === undefined ? listenerPort : WELL_KNOWN[filter.scheme]);
  // As the client writes it, in its case.
  const host = filter.hostname ?? request.host.replace(/:\d*$/, '');
  const suffix = port === WELL_KNOWN[scheme] ? '' : `:${port}`;
  return `${scheme}://${host}${suffix}${modifiedUri(request.uri, filter.newPath, prefix)}`;
}
