/**
 * Which listener gets a connection or request: port and protocol, then the most specific hostname. Source:
 * kubernetes-sigs/gateway-api:apis/v1/gateway_types.go `listeners` and `hostname`.
 */

import { compareSpecificity, coversHostname, EVERY_HOST } from './hostnames.ts';
import type { Listener } from './model.ts';

/** Listeners whose hostname covers the host, the most specific first. @param host undefined: no name was given. */
export function listenersFor(listeners: readonly Listener[], host: string | undefined): readonly Listener[] {
  return listeners
    .filter((listener) => coversHostname(listenerHost(listener), host ?? ''))
    .sort((a, b) => compareSpecificity(listenerHost(a), listenerHost(b)));
}

/** `*` for every host. */
function listenerHost({ body }: Listener): string {
  return body.hostname ?? EVERY_HOST;
}

/** Those that a client finds on a port with one of the protocols. */
export function boundTo(
  listeners: readonly Listener[],
  port: number,
  protocols: readonly string[],
): readonly Listener[] {
  return listeners.filter(
    ({ body, accepted }) => accepted && body.port === port && protocols.includes(body.protocol),
  );
}
