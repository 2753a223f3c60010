/** The answer to `diff --routes` as programs read it (schema/diff-routes.schema.json; a test holds the two together). */

import type { AssumptionAnswer, DiagnosticAnswer, SourceAnswer } from '../answer.ts';

export interface RoutingDiffAnswer {
  readonly schema: 'k8snet/diff-routes/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** What was compared, as it was asked for. */
  readonly old: string;
  readonly new: string;
  readonly summary: {
    /** Requests that were asked of both sides: one of each class. */
    readonly requests: number;
    /** Of those with the same answer. */
    readonly same: number;
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
  };
  /** Answered on the new side alone. */
  readonly added: readonly RoutingChange[];
  /** Answered on the old side alone. */
  readonly removed: readonly RoutingChange[];
  readonly changed: readonly RoutingChange[];
  /** What is not modelled on either side and takes part. */
  readonly diagnostics: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

/** Requests whose answers differ alike. */
export interface RoutingChange {
  readonly aspect: 'routes';
  /** The shortest of them: `GET https://shop.example.com/api`. */
  readonly subject: string;
  readonly witness: WitnessAnswer;
  /** In words, for a line. */
  readonly before: string;
  readonly after: string;
  readonly old: OutcomeAnswer;
  readonly new: OutcomeAnswer;
  /** How many of the requests that were asked differ so. */
  readonly requests: number;
}

export interface WitnessAnswer {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OutcomeAnswer {
  /** Who answers: `ingress-nginx`, `Gateway/shop/edge`, `nobody`. */
  readonly by: string;
  /** 0: no connection. */
  readonly status: number;
  readonly backends: Readonly<Record<string, number>>;
  /** The URI at the backend. */
  readonly path?: string;
  /** The Host at the backend, where it is changed. */
  readonly host?: string;
  readonly redirect?: string;
  readonly reason: string;
  readonly matched?: string;
  readonly at?: SourceAnswer;
}
