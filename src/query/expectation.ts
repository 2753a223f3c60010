/** The words that a script may expect of an answer (`--expect`). */

import { DISPOSITIONS, type Result, type Symptom } from '../trace/disposition.ts';
import type { TraceAnswer } from './answer.ts';

const RESULTS: Readonly<Record<Result, true>> = {
  reachable: true,
  unreachable: true,
  ambiguous: true,
  undetermined: true,
};

const SYMPTOMS: Readonly<Record<Symptom, true>> = {
  connected: true,
  refused: true,
  timeout: true,
  'host-unreachable': true,
  'network-unreachable': true,
  'not-permitted': true,
  'name-not-found': true,
  'name-try-again': true,
  sent: true,
  unknown: true,
};

/** Every result, disposition and symptom, each once. */
export const EXPECTATION_WORDS: readonly string[] = [
  ...new Set([...Object.keys(RESULTS), ...DISPOSITIONS, ...Object.keys(SYMPTOMS)]),
];

/** The words that an answer meets. */
export function answerWords(answer: TraceAnswer): ReadonlySet<string> {
  return new Set([answer.result, ...answer.paths.flatMap((path) => [path.disposition, path.symptom])]);
}
