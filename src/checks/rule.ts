/** What a rule of `k8snet check` is. One rule is one file in rules/, listed in rules.ts. */

import type { Severity } from '../diagnostics/diagnostic.ts';
import type { CheckInput } from './check-input.ts';
import type { Hit, Precision } from './hit.ts';

/** From 1, what everybody wants, to 3, what few want: the presets are made of it. */
export type Tier = 1 | 2 | 3;

export interface Rule {
  /** `<family>-<problem>`, for ever: configuration, ignores and baselines know it by that. */
  readonly name: string;
  /** `off`: only where somebody switches it on, as a warning. */
  readonly severity: Severity | 'off';
  readonly precision: Precision;
  readonly tier: Tier;
  /** Kinds without any object of which there is nothing to say; empty: it always runs. */
  readonly kinds: readonly string[];
  /** What it finds, as a sentence. */
  readonly what: string;
  /** Why that matters: what happens in the cluster. */
  readonly why: string;
  readonly fix: string;
  /** Where the fact behind it is written: `repo:path`, RFC, KEP. */
  readonly sources?: readonly string[];
  /** Manifests that the documentation shows, and that a test runs. */
  readonly examples: { readonly bad: RuleExample; readonly good: RuleExample };
  run(input: CheckInput): Iterable<Hit>;
}

export interface RuleExample {
  readonly manifests: string;
  /** `KEY=VALUE` of the profile, where it takes that. */
  readonly set?: readonly string[];
}
