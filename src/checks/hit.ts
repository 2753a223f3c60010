/** What a rule may say: findings whose places are paths in objects. */

import type { Edit, Severity } from '../diagnostics/diagnostic.ts';
import type { FieldPath } from '../source/document.ts';
import type { SourceSpan } from '../source/ref.ts';
import type { Subject } from './subject.ts';

/**
 * How sure a rule is. `certain`: it follows from the objects that are shown; `closed-world`: it is so if the
 * input is complete; `heuristic`: it mostly is.
 */
export type Precision = 'certain' | 'closed-world' | 'heuristic';

/** Why a claim about missing objects may be wrong (gates.ts). */
export interface Gate {
  /** Why the finding may be wrong, to go on behind `unless`. */
  readonly reason: string;
  readonly related: readonly Evidence[];
}

/** What a rule found, with places as paths in objects. */
export interface Hit {
  readonly subject: Subject;
  /** The field that is to be changed, relative to the object. */
  readonly path: FieldPath;
  /** Where it stands, if that is no field of the object. */
  readonly at?: SourceSpan;
  /** A whole sentence without a full stop, which names the object. */
  readonly message: string;
  /** Where it is not that of the rule; what somebody configured wins. */
  readonly severity?: Severity;
  readonly related?: readonly Evidence[];
  /** What the finding is about beside its place, in a form that no formatting changes: it is in the fingerprint. */
  readonly fact?: string;
  /** What to do here; without it, the rule's own `fix`. */
  readonly help?: string;
  /** The same as a change of the text, where there is only one right one. */
  readonly edits?: readonly Edit[];
  /** Why it may not be so in the cluster: the finding becomes a `reference-outside-input`. */
  readonly gate?: Gate | undefined;
  /** The finding that this one follows from: where there is that one, this becomes an effect of it. */
  readonly cause?: { readonly rule: string; readonly subject: Subject };
}

/** What a place is to a finding. */
export type EvidenceRole = 'evidence' | 'closest' | 'effect' | 'gate';

/** A place elsewhere that the finding rests on. */
export interface Evidence {
  readonly subject: Subject;
  readonly path: FieldPath;
  /** What is to be seen there, in a few words. */
  readonly message: string;
  /** Default: `evidence`. */
  readonly role?: EvidenceRole;
}
