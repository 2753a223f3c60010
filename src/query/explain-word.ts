/** The question of `k8snet explain WORD`: what a word of an answer means. */

import { addTo } from '../collections/grouping.ts';
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../diagnostics/codes.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { type Disposition, isSuccess } from '../trace/disposition.ts';
import { ASSUMPTION_PAGES, type AssumptionPage } from './catalogue/assumptions.ts';
import { DIAGNOSTIC_ADVICE } from './catalogue/diagnostics.ts';
import { DISPOSITION_PAGES, type DispositionPage } from './catalogue/dispositions.ts';
import { REASON_PAGES, type ReasonPage } from './catalogue/reasons.ts';
import { STEP_PAGES, type StepPage } from './catalogue/steps.ts';
import { RESULT_PAGES, SYMPTOM_PAGES } from './catalogue/symptoms.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

export interface WordAnswer {
  readonly schema: 'k8snet/explain-word/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly word: string;
  /** A word may be of several sorts: `no-such-service` is a reason and the code of its diagnostic. */
  readonly entries: readonly WordEntry[];
}

export type WordSort =
  | 'result'
  | 'disposition'
  | 'reason'
  | 'symptom'
  | 'step'
  | 'assumption'
  | 'diagnostic'
  | 'rule'
  | 'kind'
  | 'CNI'
  | 'option';

export interface WordEntry {
  readonly sort: WordSort;
  readonly means: string;
  /** More about it, each under a label: `next`, `TCP`, `replaced by`. */
  readonly notes: readonly { readonly label: string; readonly text: string }[];
  /** Manifests that show it. */
  readonly examples?: readonly { readonly label: string; readonly text: string }[];
}

/** A word that a layer above explains, with its entry. */
export type MoreWords = readonly (readonly [string, WordEntry])[];

const MAX_CANDIDATES = 5;

/**
 * The meaning of a word.
 * @param more words beside those of answers.
 * @throws UsageError with the nearest words, if no answer has it.
 */
export function explainWord(text: string, more: MoreWords = []): WordAnswer {
  const words = catalogue(more);
  const asked = text.toLowerCase().replace(/^http-[1-5]\d\d$/, 'http-nnn');
  const word = [...words.keys()].find((known) => known.toLowerCase() === asked);
  const entries = word === undefined ? undefined : words.get(word);
  if (word === undefined || entries === undefined) {
    const near = nearest(text, ['cluster', ...words.keys()], MAX_CANDIDATES);
    throw new UsageError(`nothing to explain is called "${text}"`, near);
  }
  return { schema: 'k8snet/explain-word/1', tool: TOOL, word, entries };
}

/** Every word that can be explained, in the order of the sorts. */
export function explainedWords(more: MoreWords = []): readonly string[] {
  return [...catalogue(more).keys()];
}

function catalogue(more: MoreWords): ReadonlyMap<string, readonly WordEntry[]> {
  const words = new Map<string, WordEntry[]>();
  const add = (word: string, entry: WordEntry) => addTo(words, word, entry);
  for (const [word, means] of Object.entries(RESULT_PAGES)) add(word, { sort: 'result', means, notes: [] });
  for (const [word, page] of Object.entries(DISPOSITION_PAGES))
    add(word, dispositionEntry(word as Disposition, page));
  for (const [word, page] of Object.entries(REASON_PAGES)) add(word, reasonEntry(page));
  for (const [word, means] of Object.entries(SYMPTOM_PAGES)) add(word, symptomEntry(word, means));
  for (const [kind, page] of Object.entries(STEP_PAGES)) {
    for (const word of new Set([kind, ...page.verbs])) add(word, stepEntry(page));
  }
  for (const [word, page] of Object.entries(ASSUMPTION_PAGES)) add(word, assumptionEntry(page));
  for (const [word, title] of Object.entries(DIAGNOSTIC_CODES)) {
    add(word, diagnosticEntry(word as DiagnosticCode, title));
  }
  for (const [word, entry] of more) add(word, entry);
  return words;
}

function dispositionEntry(word: Disposition, { given, tcp, udp, next }: DispositionPage): WordEntry {
  const reasons = Object.entries(REASON_PAGES).flatMap(([reason, page]) =>
    page.of.includes(word) ? [reason] : [],
  );
  return {
    sort: 'disposition',
    means: given,
    notes: [
      { label: 'success', text: isSuccess(word) ? 'yes' : 'no' },
      { label: 'TCP', text: tcp },
      ...(udp === '' ? [] : [{ label: 'UDP', text: udp }]),
      ...(reasons.length === 0 ? [] : [{ label: 'reasons', text: reasons.join(', ') }]),
      { label: 'next', text: next },
    ],
  };
}

function reasonEntry({ of, means, next }: ReasonPage): WordEntry {
  return {
    sort: 'reason',
    means,
    notes: [
      { label: 'of', text: of.join(', ') },
      { label: 'next', text: next },
    ],
  };
}

function symptomEntry(word: string, means: string): WordEntry {
  const isStatus = word.startsWith('http-');
  const names = (text: string) => (isStatus ? text.includes('http-') : text.split(/[^\w-]+/).includes(word));
  const from = Object.entries(DISPOSITION_PAGES).flatMap(([disposition, { tcp, udp }]) =>
    names(tcp) || names(udp) ? [disposition] : [],
  );
  const notes = from.length === 0 ? [] : [{ label: 'seen with', text: from.join(', ') }];
  return { sort: 'symptom', means, notes };
}

function stepEntry({ verbs, means, from }: StepPage): WordEntry {
  return {
    sort: 'step',
    means,
    notes: [
      { label: 'printed', text: verbs.join(', ') },
      { label: 'shown', text: from === 'default' ? 'always' : 'with -v' },
    ],
  };
}

function assumptionEntry({ invented, replacedBy }: AssumptionPage): WordEntry {
  const text = replacedBy ?? 'nothing that can be written down';
  return { sort: 'assumption', means: invented, notes: [{ label: 'replaced by', text }] };
}

function diagnosticEntry(code: DiagnosticCode, title: string): WordEntry {
  return { sort: 'diagnostic', means: title, notes: [{ label: 'next', text: DIAGNOSTIC_ADVICE[code] }] };
}
