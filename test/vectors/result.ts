/** What became of one expectation of a conformance case. */
export interface VectorResult {
  /** The case's id; in its file it is unique. */
  readonly id: string;
  /** The packet, query, probe, request or row of the case. */
  readonly part?: string;
  readonly status: 'pass' | 'fail' | 'skip';
  /** `expected …, got …` of a failure; why a case was skipped. */
  readonly detail?: string;
}
