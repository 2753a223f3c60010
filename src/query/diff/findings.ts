/** Which findings of `check` are new, and which are gone. They are told apart by fingerprint, not by place. */

import type { CauseAnswer, ChangeAnswer, DiffSide } from './diff-answer.ts';

/** As much of a finding as a comparison needs. */
export interface ComparedFinding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly object: string;
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly fingerprint: string;
}

export interface FindingsOfSides {
  readonly old: readonly ComparedFinding[];
  readonly new: readonly ComparedFinding[];
}

/** The changes; several findings of one fingerprint are counted. */
export function findingChanges({ old, new: fresh }: FindingsOfSides): readonly ChangeAnswer[] {
  return [
    ...beyond(old, fresh).map((finding) => changeOf(finding, 'old')),
    ...beyond(fresh, old).map((finding) => changeOf(finding, 'new')),
  ];
}

/** Those of the first list that the second has no counterpart for. */
function beyond(
  list: readonly ComparedFinding[],
  other: readonly ComparedFinding[],
): readonly ComparedFinding[] {
  const left = new Map<string, number>();
  for (const { fingerprint } of other) left.set(fingerprint, (left.get(fingerprint) ?? 0) + 1);
  return list.filter(({ fingerprint }) => {
    const count = left.get(fingerprint) ?? 0;
    left.set(fingerprint, count - 1);
    return count <= 0;
  });
}

function changeOf(finding: ComparedFinding, side: DiffSide): ChangeAnswer {
  const { rule, severity, message, object, path, file, line, column, endLine, endColumn } = finding;
  const because: CauseAnswer = {
    file,
    line,
    column,
    endLine,
    endColumn,
    object,
    path,
    change: side === 'old' ? 'removed' : 'added',
    side,
  };
  return {
    aspect: 'findings',
    subject: `${severity} ${rule} ${object}`,
    [side === 'old' ? 'before' : 'after']: message,
    because: [because],
  };
}
