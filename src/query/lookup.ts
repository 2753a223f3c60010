/** What a look-up before a connection gives: its leg, and addresses or why there are none. */

import type { ClusterService } from '../cluster/cluster.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Ip } from '../net/ip.ts';
import type { Disposition, Reason } from '../trace/disposition.ts';
import type { Walk } from '../trace/trace.ts';
import type { LegAnswer } from './answer.ts';

/** A look-up, and the name that was asked for. */
export interface Lookup extends LookupResult {
  readonly host: string;
}

export interface LookupResult {
  readonly leg: LegAnswer;
  readonly addresses: readonly Ip[];
  /** The Service that the addresses belong to. */
  readonly service?: ClusterService;
  /** The walks that were taken to the resolver. */
  readonly walks: readonly Walk[];
  readonly failure?: LookupFailure;
}

export interface LookupFailure {
  readonly disposition: Extract<Disposition, 'name-not-found' | 'name-unavailable'>;
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}
