/**
 * Diagnostics: what we have to say about somebody's files. They are values with stable codes,
 * collected through a `Report`; reading goes on after each. Exceptions are for usage errors and bugs.
 */

import type { SourceRef, SourceSpan } from '../source/ref.ts';
import type { DiagnosticCode } from './codes.ts';

export type Severity = 'error' | 'warning' | 'info';

/** What a cited place is to the message. */
export type SourceRole = 'primary' | 'near-miss' | 'isolates' | 'context';

export interface DiagnosticSource {
  readonly at: SourceRef | SourceSpan;
  readonly role: SourceRole;
  /** What is to be seen there, in a few words. */
  readonly label?: string;
  /** The object as people name it: `service/shop/api`. */
  readonly object?: string;
}

export interface Help {
  readonly text: string;
  readonly applicability?: 'exact' | 'likely' | 'has-placeholders';
  readonly edit?: Edit;
  /** Edits that go with it: only all of them together do what is said. */
  readonly also?: readonly Edit[];
  /** Connections that the edit allows: `web → db:5432`. */
  readonly opens?: readonly string[];
  /** Connections that it forbids. */
  readonly closes?: readonly string[];
}

/** A change of a file's text: `text` in the place of the span, which is empty where it only adds. */
export interface Edit extends SourceSpan {
  readonly text: string;
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly text: string;
  readonly sources: readonly DiagnosticSource[];
  readonly help?: readonly Help[];
}

/** Takes a diagnostic; the caller decides where they are gathered. */
export type Report = (diagnostic: Diagnostic) => void;
