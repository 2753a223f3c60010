/**
 * A document inside another one: configuration that a ConfigMap holds as text. What it says is found at its
 * own line and column where the text stands as it is (a literal block, `|`); else at the text as a whole.
 */

import type { FieldPath, ManifestDocument, Span } from './document.ts';
import type { SourceRef } from './ref.ts';
import type { SyntaxProblem } from './syntax-problem.ts';
import { readDocuments } from './yaml.ts';

/**
 * Reads the text that stands at `at`.
 * @param text the value of that field.
 * @returns its documents; an empty list for a text without any.
 */
export function readNested(
  at: SourceRef,
  text: string,
  report: (problem: SyntaxProblem) => void,
): readonly ManifestDocument[] {
  const { file } = at.document;
  const toFile = nestedPlaces(at, text);
  const moved: typeof report = (problem) =>
    report({
      ...problem,
      sources: problem.sources.map((source) => ({
        ...source,
        at: { file, span: toFile(source.at.span) },
      })),
    });
  return readDocuments({ name: file.name, text }, moved).map((inner) => ({
    file,
    span: toFile(inner.span),
    kind: inner.kind,
    apiVersion: inner.apiVersion,
    get value(): unknown {
      return inner.value;
    },
    locate: (path: FieldPath, part?: 'key' | 'value') => toFile(inner.locate(path, part)),
  }));
}

/** From places in the text to places in the file. @param at the field that holds the text. */
export function nestedPlaces({ document, path }: SourceRef, text: string): (span: Span) => Span {
  const outer = document.locate(path, 'value');
  const key = document.locate(path, 'key');
  const lines = literalLines(document.file.text, outer, text);
  if (lines === undefined) return () => key;
  const toOffset = (offset: number) => {
    const before = text.slice(0, offset);
    const line = lines[countOf(before, '\n')];
    return line === undefined ? outer.end : line + (offset - (before.lastIndexOf('\n') + 1));
  };
  return ({ start, end }) => ({ start: toOffset(start), end: toOffset(end) });
}

/**
 * Where the lines of a literal block begin in the file, behind their indentation.
 * @returns undefined when the text is written in another way, or not as the file has it.
 */
function literalLines(file: string, { start, end }: Span, text: string): readonly number[] | undefined {
  const header = /^\|[-+\d]*[ \t]*(?:#[^\n]*)?\r?\n/.exec(file.slice(start, end))?.[0];
  if (header === undefined) return undefined;
  const starts: number[] = [];
  let indent: number | undefined;
  let at = start + header.length;
  for (const line of text.split('\n')) {
    const next = file.indexOf('\n', at);
    const written = file.slice(at, next < 0 ? file.length : next).replace(/\r$/, '');
    if (line.trim() === '') starts.push(at);
    else {
      indent ??= written.length - line.length;
      if (written.slice(indent) !== line) return undefined;
      starts.push(at + indent);
    }
    if (next < 0) break;
    at = next + 1;
  }
  return starts;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}
