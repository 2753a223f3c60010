/** A question that cannot be asked: a reference that fits nothing or several things. Exit code 2. */
export class UsageError extends Error {
  readonly candidates: readonly string[];

  constructor(message: string, candidates: readonly string[] = []) {
    super(message);
    this.name = 'UsageError';
    this.candidates = candidates;
  }
}
