/** Listeners of TCP and UDP that several routes are attached to (kubernetes-sigs/gateway-api:apis/v1/tcproute_types.go). */

import type { GatewayTable } from './gateway-table.ts';
import type { Listener, RouteObject } from './model.ts';

export interface IdleRoute {
  readonly route: RouteObject;
  readonly listener: Listener;
  /** Gets every connection. */
  readonly winner: RouteObject;
}

/** The routes that get nothing from a listener since another one gets all, in the order of the listeners. */
export function idleRoutes({ listeners, attachmentsOf, soleRoute }: GatewayTable): readonly IdleRoute[] {
  return listeners.flatMap((listener) => {
    const { protocol } = listener.body;
    const winner = protocol === 'TCP' || protocol === 'UDP' ? soleRoute(listener) : undefined;
    if (winner === undefined) return [];
    return attachmentsOf(listener)
      .filter(({ route }) => route !== winner)
      .map(({ route }) => ({ route, listener, winner }));
  });
}
