/** Findings and the answer of `k8snet check`: the document of schema/check.schema.json. */

import type { Severity } from '../diagnostics/diagnostic.ts';
import type { DiagnosticAnswer, SourceAnswer } from '../query/answer.ts';
import type { EvidenceRole, Precision } from './hit.ts';

/** Lines and columns count from 1; the end is exclusive. */
interface Place {
  /** Relative, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Finding extends Place {
  readonly rule: string;
  readonly severity: Severity;
  readonly precision: Precision;
  readonly message: string;
  /** `Service shop/web`; `Namespace shop` for an object without a namespace. */
  readonly object: string;
  /** `spec.ports[0].targetPort`, with indexes of lists. */
  readonly path: string;
  readonly related: readonly RelatedPlace[];
  /** Names the finding in baselines: it has neither file nor line in it. */
  readonly fingerprint: string;
  readonly help: string;
  /** What happens in the cluster, in a sentence. */
  readonly why: string;
  /** Changes of the text that mend it, where they are mechanical. */
  readonly fix?: Fix;
  /** Of a `reference-outside-input`: the rule that would say so of a complete input, and why it may be wrong. */
  readonly gated?: { readonly rule: string; readonly reason: string };
  /** The way of a packet that shows it, step by step, for formats that have a place for that (walks.ts). */
  readonly walk?: readonly WalkedStep[];
  /** Where the manifest comes from, as Helm writes it above each document. */
  readonly source?: { readonly template: string };
}

export interface WalkedStep {
  readonly text: string;
  /** The line that causes it; undefined where none does. */
  readonly at?: SourceAnswer;
}

export interface RelatedPlace extends Place {
  readonly object: string;
  readonly path: string;
  readonly message: string;
  readonly role: EvidenceRole;
}

export interface Fix {
  readonly text: string;
  /** In the order of their places; none overlaps another. */
  readonly edits: readonly FixEdit[];
}

/** The text at a place is replaced by another one. */
export interface FixEdit extends Place {
  readonly text: string;
}

/** A finding that somebody does not want to see, and why. */
export interface IgnoredFinding extends Finding {
  readonly ignored: {
    /** Where that is written: in the manifest (`annotation`, `comment`), the profile, or the baseline. */
    readonly by: 'annotation' | 'comment' | 'config' | 'baseline';
    readonly reason: string;
  };
}

/** A finding as a baseline keeps it. */
export interface BaselineEntry {
  readonly rule: string;
  readonly object: string;
  readonly path: string;
  readonly fingerprint: string;
}

export interface CheckSummary {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  readonly ignored: number;
  readonly objects: number;
  readonly files: number;
  /** Documents and files that cannot be read. */
  readonly unreadable: number;
  readonly failOn: FailOn;
  /** Is there a finding at or above `failOn`? */
  readonly failed: boolean;
}

/** The severity from which on a finding fails the run. */
export type FailOn = Severity | 'never';

export interface CheckAnswer {
  readonly schema: 'k8snet/check/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** By file, line, column and rule. */
  readonly findings: readonly Finding[];
  readonly ignored: readonly IgnoredFinding[];
  /** What cannot be read of the input: nothing was checked there. */
  readonly problems: readonly DiagnosticAnswer[];
  /** Entries of the baseline that nothing is found of any more; only where there is one. */
  readonly gone?: readonly BaselineEntry[];
  /** Names of the rules that were asked, in the order of the catalogue. */
  readonly rules: readonly string[];
  readonly summary: CheckSummary;
}
