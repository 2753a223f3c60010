/** The answer to `diff` as programs read it (schema/diff.schema.json; a test holds the two together). */

import type { SourceAnswer } from '../answer.ts';

export const ASPECTS = ['connections', 'names', 'variables', 'exposure', 'routes', 'findings'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** Which of the two manifest sets. */
export type DiffSide = 'old' | 'new';

export interface DiffAnswer {
  readonly schema: 'k8snet/diff/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** What was compared, as it was asked for. */
  readonly old: string;
  readonly new: string;
  readonly summary: DiffSummary;
  /** In the order of the aspects, then of their subjects. */
  readonly added: readonly ChangeAnswer[];
  readonly removed: readonly ChangeAnswer[];
  readonly changed: readonly ChangeAnswer[];
  /** Whole manifests that are not the same on both sides, whether or not they change an aspect. */
  readonly objects: readonly CauseAnswer[];
}

export interface DiffSummary {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Connections between peers that are there on both sides, and that only the new or the old side allows. */
  readonly openedConnections: number;
  readonly lostConnections: number;
  /** Ways in from outside that only the new side has. */
  readonly newExposure: number;
  readonly newFindings: number;
}

export interface ChangeAnswer {
  readonly aspect: Aspect;
  /** What is compared, by its identity. */
  readonly subject: string;
  /** Of connections: every source to every destination. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  /** Names of variables. */
  readonly variables?: readonly string[];
  /** What is so on the old side; absent where it is added. Invented addresses stand as their owners. */
  readonly before?: string;
  /** What is so on the new side; absent where it is removed. */
  readonly after?: string;
  /** Is a peer, Service or pod itself only on one side? Then the change says no more than that. */
  readonly follows?: 'added' | 'removed';
  readonly because: readonly CauseAnswer[];
}

/** An object that is not the same on both sides. */
export interface CauseAnswer extends SourceAnswer {
  readonly change: 'added' | 'removed' | 'changed';
  /** Where the place is: the old side for what is removed. */
  readonly side: DiffSide;
}
