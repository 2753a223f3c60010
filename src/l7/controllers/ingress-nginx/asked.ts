/** A request as the locations of ingress-nginx see it, and what its variables are. */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { RouteRequest } from '../../request.ts';
import type { Routing } from '../../route-table.ts';
import type { NginxTable } from './table.ts';

export interface Asked {
  readonly table: NginxTable;
  readonly request: RouteRequest;
  readonly host: string;
  /** Decoded and resolved, as locations see it. */
  readonly path: string;
  readonly query: string;
}

/** An answer before the parts that all answers have. */
export type Decision = Omit<Routing, 'losers' | 'unmodelled' | 'certificate'> & {
  readonly notes?: readonly Diagnostic[];
};

/** Trusted headers can say that the client came by https (rootfs/etc/nginx/lua/lua_ingress.lua). */
export function passScheme({ table, request }: Asked): string {
  return (table.useForwardedHeaders ? request.headers.get('x-forwarded-proto') : undefined) ?? request.scheme;
}

/** A trusted header can name the host that the client asked; the location stays that of the Host header. */
export function bestHost({ table, request }: Asked): string {
  const forwarded = table.useForwardedHeaders ? request.headers.get('x-forwarded-host') : undefined;
  return forwarded?.split(',')[0]?.trim() ?? request.host;
}
