/**
 * The answers to `explain netpol/NAME` and `explain pod/NAME` as programs read them
 * (schema/explain-netpol.schema.json, schema/explain-pod.schema.json; a test holds them together).
 */

import type { PolicyAction } from '../k8s/policy-parts/parts.ts';
import type { Direction, PolicyKind } from '../policy/policy.ts';
import type { DiagnosticAnswer, SourceAnswer } from './answer.ts';
import type { OverviewRow } from './matrix/matrix-answer.ts';

export interface PolicyExplanation {
  readonly schema: 'k8snet/explain-netpol/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly policy: {
    readonly kind: PolicyKind;
    readonly namespace?: string;
    readonly name: string;
    readonly at: SourceAnswer;
  };
  readonly enforced: boolean;
  readonly directions: readonly ExplainedDirection[];
  /** Selectors that match nothing, and what cannot be read. */
  readonly findings: readonly DiagnosticAnswer[];
}

export interface ExplainedDirection {
  readonly direction: Direction;
  /** `admin`, `network`, `baseline`, or a tier of another API. */
  readonly tier: string;
  readonly priority?: number;
  /** Whom the policy is about. */
  readonly selects: MatchedPeers;
  readonly rules: readonly ExplainedRule[];
}

export interface MatchedPeers {
  /** What is written, in words. */
  readonly text: string;
  /** Whom that means now: ids as in a matrix. */
  readonly peers: readonly string[];
  readonly pods: number;
  readonly at: SourceAnswer;
}

export interface ExplainedRule {
  /** From 0, as written. */
  readonly index: number;
  readonly action: PolicyAction;
  readonly name?: string;
  readonly ports: string;
  /** One for each peer that is written; one for `everyone` where none is. */
  readonly peers: readonly MatchedPeers[];
  readonly at: SourceAnswer;
}

export interface PodExplanation {
  readonly schema: 'k8snet/explain-pod/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    readonly workload?: { readonly kind: string; readonly name: string };
    readonly node?: string;
    readonly hostNetwork: boolean;
    readonly labels: Readonly<Record<string, string>>;
    readonly addresses: readonly string[];
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
    readonly at?: SourceAnswer;
  };
  readonly enforced: boolean;
  readonly ingress: SelectingAnswer;
  readonly egress: SelectingAnswer;
  /** Who may connect to it, and to whom it may. */
  readonly receives: readonly OverviewRow[];
  readonly sends: readonly OverviewRow[];
  readonly findings: readonly DiagnosticAnswer[];
}

/** The policies that are about a pod in a direction. */
export interface SelectingAnswer {
  readonly isolated: boolean;
  readonly policies: readonly { readonly policy: string; readonly tier: string; readonly at: SourceAnswer }[];
}
