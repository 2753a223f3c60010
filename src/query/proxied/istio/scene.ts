/** The mesh as the walk asks it: proxies say where they send, and what is sent is met by the walk. */

import type { ControlPlane } from '../../../control/control-plane.ts';
import type { MeshOutcome } from '../../../l7/istio/outcome.ts';
import type { MeshProxy } from '../../../l7/istio/proxy.ts';
import { type IstioMesh, istioMesh } from '../../../l7/istio/routing.ts';
import type { Asking } from '../../asking.ts';
import type { ClientSocket } from '../../dial.ts';
import type { Connection, SocketAddress } from '../proxy.ts';
import type { Sent } from './sent.ts';

/** The mesh whose proxies are walked to. */
export function meshOf(control: ControlPlane): IstioMesh {
  return istioMesh(control, 'met');
}

/** An Envoy that has taken a connection, and what it makes of it. */
export interface MeshScene {
  readonly asking: Asking;
  readonly all: IstioMesh;
  readonly proxy: MeshProxy;
  readonly connection: Connection;
  /** Where the client wanted to go: the proxy's own port at a gateway. */
  readonly dialled: SocketAddress;
  readonly sent: Sent;
  readonly outcome: MeshOutcome;
  /** As which the proxy opens connections of its own. */
  readonly socket?: ClientSocket;
}
