/** What a request is decided by: the servers, how one is chosen, and the blocks of each. */

import type { RouteBackend } from '../../route-table.ts';
import type { NginxConfiguration } from './configuration.ts';
import type { Server, ServerBlocks } from './model.ts';
import type { ServerChoice } from './server-choice.ts';

export interface NginxTable {
  readonly choice: ServerChoice;
  readonly servers: ReadonlyMap<string, Server>;
  blocksOf(server: Server): ServerBlocks;
  readonly config: NginxConfiguration;
  /** Of `--default-backend-service`, where it has an endpoint. */
  readonly defaultBackend?: RouteBackend;
  /** Are X-Forwarded-* headers of the client believed? */
  readonly useForwardedHeaders: boolean;
  /** The certificate of a host name, as `*.rest` too; undefined: none is configured. */
  certificateOf(host: string): string | undefined;
}
