/** What the parts of one answer share: the question, where it starts, and where they put what they find. */

import type { ClusterService, Node } from '../cluster/cluster.ts';
import type { NamespaceId } from '../dataplane/network.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { RouteRequest } from '../l7/request.ts';
import type { IpFamily } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { TraceWorld } from '../trace/tracer.ts';
import type { AssumptionSet } from './assumptions.ts';
import type { ClientSocket } from './dial.ts';
import type { OutsideProxy } from './proxied/door.ts';
import type { Snapshot } from './snapshot.ts';
import type { ObjectNamer } from './source-answer.ts';
import type { Source } from './target.ts';

export interface TraceQuestion {
  /** References as typed: contract of docs/cli.md. */
  readonly from: string;
  readonly to: string;
  readonly protocol?: Protocol;
  /** Number or name. */
  readonly port?: string;
  readonly sourcePort?: number;
  /** `[NAMESPACE/]POD`: keep only the paths that end there. */
  readonly backend?: string;
  /** Open names as a program would, with a look-up first. */
  readonly dns: boolean;
  readonly family?: IpFamily;
  /** Refuse to answer where something unmodelled could decide. */
  readonly strict?: boolean;
  /** The node by which a packet from outside enters. */
  readonly node?: string;
  /** `ignored`: what policies deny goes on all the same, and is told. */
  readonly policies?: 'ignored';
  /** Of the request: what takes the place of the URL's path, GET, further headers (`Name: value`), the URL's host. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly sni?: string;
  /** `rules`: the steps of hooks hold every rule that was tried (`detail.tried`). */
  readonly detail?: 'rules';
}

/** Everything that the parts of one answer share. */
export interface Asking {
  readonly snapshot: Snapshot;
  readonly question: TraceQuestion;
  /** The target with its variables expanded. */
  readonly to: string;
  readonly source: Source;
  readonly from: NamespaceId;
  readonly family: IpFamily;
  /** What the client sends once it is connected; undefined: nothing is said of it. */
  readonly request?: RouteRequest;
  /** The Service by which clients of the asked host come to its proxy. */
  readonly door?: ClusterService;
  /** The load balancer outside the cluster by which they come, instead. */
  readonly outside?: OutsideProxy;
  /** The source port of the connection; each proxy behind it takes the next. */
  readonly clientPort: number;
  /** How the client's socket differs from any other program's. */
  readonly socket?: ClientSocket;
  readonly world: TraceWorld;
  readonly namer: ObjectNamer;
  /** The node by which a packet from outside enters, when the question says so. */
  readonly entry?: Node;
  readonly assumptions: AssumptionSet;
  report(diagnostic: Diagnostic): void;
}
