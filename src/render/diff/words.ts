/** A comparison in words: what text and Markdown say alike. */

import type { Aspect, CauseAnswer, ChangeAnswer, DiffAnswer } from '../../query/diff/diff-answer.ts';

/** How a change is marked. */
export type Mark = '+' | '-' | '~';

export interface MarkedChange {
  readonly mark: Mark;
  readonly change: ChangeAnswer;
}

/** What an aspect is about, for a heading. */
export const ASPECT_TITLES: Readonly<Record<Aspect, string>> = {
  connections: 'connections',
  names: 'names',
  variables: 'variables',
  exposure: 'exposure (ways in from outside)',
  routes: 'routes',
  findings: 'findings of check',
};

/** The changes of an aspect: what is gone, what is other, what is new. */
export function markedChanges(answer: DiffAnswer, aspect: Aspect): readonly MarkedChange[] {
  const own = (list: readonly ChangeAnswer[], mark: Mark) =>
    list.filter((change) => change.aspect === aspect).map((change) => ({ mark, change }));
  return [...own(answer.removed, '-'), ...own(answer.changed, '~'), ...own(answer.added, '+')];
}

/** `2 connections lost, 1 way in opened`; what decides about a merge comes first. */
export function summaryWords({ summary }: DiffAnswer): readonly string[] {
  const { lostConnections, openedConnections, newExposure, newFindings } = summary;
  return [
    ...(lostConnections > 0 ? [amount(lostConnections, 'connection lost', 'connections lost')] : []),
    ...(newExposure > 0 ? [amount(newExposure, 'new way in', 'new ways in')] : []),
    ...(openedConnections > 0 ? [amount(openedConnections, 'connection opened', 'connections opened')] : []),
    ...(newFindings > 0 ? [amount(newFindings, 'new finding', 'new findings')] : []),
  ];
}

/** `5 changes`. */
export function changeCount({ summary }: DiffAnswer): string {
  const total = summary.added + summary.removed + summary.changed;
  return total === 0 ? 'no difference' : amount(total, 'change', 'changes');
}

/** What a change is about; a finding's message names the object itself. */
export function subjectWords({ aspect, subject, before, after }: ChangeAnswer): string {
  if (aspect !== 'findings') return subject;
  const [severity = '', rule = '', ...object] = subject.split(' ');
  const message = after ?? before ?? '';
  return message.includes(object.join(' ')) ? `${severity} ${rule}` : subject;
}

/** A value that has more characters loses its end, unless all is asked for. */
const LONGEST_VALUE = 100;

/** What is said of a change, beside its subject. */
export function valueWords(
  { aspect, before, after }: ChangeAnswer,
  { arrow, isWhole }: { readonly arrow: string; readonly isWhole: boolean },
): string {
  const words = (text: string) =>
    isWhole || aspect === 'findings' || text.length <= LONGEST_VALUE
      ? text
      : `${text.slice(0, LONGEST_VALUE - 1)}…`;
  if (before === undefined) return words(after ?? '');
  return after === undefined ? words(before) : `${words(before)} ${arrow} ${words(after)}`;
}

/** `k8s/netpol.yaml:12:3  networkpolicy/shop/db changed: spec.ingress[0].from[0]`; of a finding its field. */
export function causeWords(
  { file, line, column, object, path, change }: CauseAnswer,
  aspect?: Aspect,
): { readonly place: string; readonly what: string } {
  const place = `${file}:${line}:${column}`;
  if (aspect === 'findings') return { place, what: path ?? '' };
  const about = change === 'changed' && path !== undefined ? `${change}: ${path}` : change;
  return { place, what: `${object ?? ''} ${about}`.trim() };
}

function amount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
