/** A wish not to see findings, wherever it is written. */

import type { IgnoredFinding } from './finding.ts';
import type { Hit } from './hit.ts';
import type { PlacedHit } from './place-hit.ts';

/** One wish not to see something. */
export interface Ignore {
  readonly by: IgnoredFinding['ignored']['by'];
  /** A rule's name or a pattern of names. */
  readonly rule: string;
  readonly reason: string;
  /** Is the finding at the right object or place, whatever its rule? */
  covers(placed: PlacedHit): boolean;
  /** Where it is written, for the report of those that hide nothing. */
  readonly written: Pick<Hit, 'subject' | 'path' | 'at'>;
  /** Why it does not count, beside a missing reason. */
  readonly void?: string;
}
