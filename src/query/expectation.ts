/** The words that a script may expect of an answer (`--expect`). */

import { DISPOSITIONS, type NamedSymptom, type Result } from '../trace/disposition.ts';
import type { TraceAnswer } from './answer.ts';

const RESULTS: Readonly<Record<Result, true>> = {
  reachable: true,
  unreachable: true,
  ambiguous: true,
  undetermined: true,
};

const SYMPTOMS: Readonly<Record<NamedSymptom, true>> = {
  connected: true,
  refused: true,
  timeout: true,
  reset: true,
  'host-unreachable': true,
  'network-unreachable': true,
  'not-permitted': true,
  'name-not-found': true,
  'name-try-again': true,
  'tls-failure': true,
  'grpc-unimplemented': true,
  'grpc-unavailable': true,
  sent: true,
  unknown: true,
};

/** Every result, disposition and symptom, each once. */
export const EXPECTATION_WORDS: readonly string[] = [
  ...new Set([...Object.keys(RESULTS), ...DISPOSITIONS, ...Object.keys(SYMPTOMS)]),
];

/** Is it a word that an answer may have? A status that a proxy answers is `http-404`. */
export function isExpectable(word: string): boolean {
  return EXPECTATION_WORDS.includes(word) || /^http-[1-5]\d\d$/.test(word);
}

/** The words that an answer meets. */
export function answerWords(answer: TraceAnswer): ReadonlySet<string> {
  return new Set([answer.result, ...answer.paths.flatMap((path) => [path.disposition, path.symptom])]);
}
