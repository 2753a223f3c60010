/** Ignores by comment: `# k8snet-ignore <rule>: <reason>` on the reported line, or on lines right above it. */

import type { Snapshot } from '../query/snapshot.ts';
import type { SourceFile } from '../source/file.ts';
import type { Ignore } from './ignore.ts';

const WORD = 'k8snet-ignore';
const COMMENT = /#[ \t]*k8snet-ignore[ \t]+([\w*-]+)[ \t]*(?::[ \t]*(.*?))?[ \t]*$/;

/** The comments of all files; a file without the word costs one look at its text. */
export function commentIgnores({ files }: Pick<Snapshot, 'files'>): readonly Ignore[] {
  return files.filter(({ text }) => text.includes(WORD)).flatMap(ignoresIn);
}

function ignoresIn(file: SourceFile): readonly Ignore[] {
  const lines = file.text.split('\n');
  let start = 0;
  return lines.flatMap((text, index): readonly Ignore[] => {
    const lineStart = start;
    start += text.length + 1;
    const match = COMMENT.exec(text);
    if (match === null) return [];
    const [, rule = '', reason = ''] = match;
    const line = lineAbout(lines, index);
    const at = lineStart + match.index;
    return [
      {
        by: 'comment',
        rule,
        reason,
        covers: ({ finding }) => finding.file === file.name && finding.line === line,
        written: {
          subject: { kind: 'File', namespace: '', name: file.name },
          path: [],
          at: { file, span: { start: at, end: lineStart + text.trimEnd().length } },
        },
      },
    ];
  });
}

/** The line that a comment is about, from 1: its own if something stands before it, else the next that is none. */
function lineAbout(lines: readonly string[], index: number): number {
  if (!/^\s*#/.test(lines[index] ?? '')) return index + 1;
  let next = index + 1;
  while (/^\s*(?:#|$)/.test(lines[next] ?? 'end')) next++;
  return next + 1;
}
