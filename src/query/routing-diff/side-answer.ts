/** What one side says to a request. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { OutcomeAnswer } from './routing-diff-answer.ts';

export interface SideAnswer {
  readonly outcome: OutcomeAnswer;
  /** What can change it and is not modelled. */
  readonly unmodelled: readonly Diagnostic[];
}
