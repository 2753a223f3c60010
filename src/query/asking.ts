/** What the parts of one answer share: the question, where it starts, and where they put what they find. */

import type { Node } from '../cluster/cluster.ts';
import type { NamespaceId } from '../dataplane/network.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { IpFamily } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { TraceWorld } from '../trace/tracer.ts';
import type { AssumptionSet } from './assumptions.ts';
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
  /** `rules`: the steps of hooks hold every rule that was tried (`detail.tried`). */
  readonly detail?: 'rules';
}

/** Everything that the parts of one answer share. */
export interface Asking {
  readonly snapshot: Snapshot;
  readonly question: TraceQuestion;
  readonly source: Source;
  readonly from: NamespaceId;
  readonly family: IpFamily;
  /** The source port of every connection. */
  readonly clientPort: number;
  readonly world: TraceWorld;
  readonly namer: ObjectNamer;
  /** The node by which a packet from outside enters, when the question says so. */
  readonly entry?: Node;
  readonly assumptions: AssumptionSet;
  report(diagnostic: Diagnostic): void;
}
