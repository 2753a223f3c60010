/** What can be wrong with the text of a document. */

import type { SourceSpan } from './ref.ts';

/** A diagnostic by its shape; this layer knows no more of those. */
export interface SyntaxProblem {
  readonly code: 'yaml-syntax' | 'yaml-alias-limit' | 'duplicate-key';
  readonly severity: 'error' | 'warning';
  readonly text: string;
  readonly sources: readonly {
    readonly at: SourceSpan;
    readonly role: 'primary' | 'context';
    readonly label?: string;
  }[];
  readonly help?: readonly { readonly text: string }[];
}
