/** The answer to `test` as programs read it (schema/test.schema.json; a test holds the two together). */

import type { AssumptionAnswer, SourceAnswer, TraceAnswer } from '../answer.ts';
import type { DnsLookupAnswer } from '../dns-lookup-answer.ts';
import type { LoserAnswer, RoutedRequest } from '../ingress-answer.ts';
import type { Assertion } from './assertion.ts';

export interface TestAnswer {
  readonly schema: 'k8snet/test/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly summary: TestSummary;
  /** In the order of the files and of their lines. */
  readonly tests: readonly TestResult[];
}

export interface TestSummary {
  readonly files: number;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  /** There is no answer to compare with: a reference fits nothing, or the result is undetermined. */
  readonly unanswered: number;
}

export interface TestResult {
  /** What its author calls it, else the question. */
  readonly name: string;
  readonly kind: Assertion['kind'];
  /** The question in a line: `deploy/web → svc/api:80`. */
  readonly question: string;
  readonly reason?: string;
  readonly status: 'passed' | 'failed' | 'unanswered';
  readonly expected: string;
  /** In the words that could be expected; what is wrong with the question where there is no answer. */
  readonly actual: string;
  readonly at: SourceAnswer;
  /** Of a packet, and of the first pair that is not as expected; only where the assertion does not hold. */
  readonly trace?: TraceAnswer;
  readonly lookup?: DnsLookupAnswer;
  readonly request?: { readonly request: RoutedRequest; readonly losers: readonly LoserAnswer[] };
  /** The pairs that are not as expected, by workload; the first ones. */
  readonly pairs?: readonly PairAnswer[];
  /** How many there are. */
  readonly pairCount?: number;
  readonly assumptions?: readonly AssumptionAnswer[];
}

export interface PairAnswer {
  readonly from: string;
  readonly to: string;
  /** That are allowed, or that are not: `TCP 80,443`. */
  readonly ports: string;
}

/** What an assertion came to, before it gets its name and place. */
export type Outcome = Pick<TestResult, 'status' | 'expected' | 'actual'> &
  Partial<Pick<TestResult, 'trace' | 'lookup' | 'request' | 'pairs' | 'pairCount' | 'assumptions'>>;
