import type { ManifestDocument } from '../../src/source/document.ts';
import { locate } from '../../src/source/ref.ts';
import type { SyntaxProblem } from '../../src/source/syntax-problem.ts';
import { readDocuments } from '../../src/source/yaml.ts';

export interface Read {
  readonly documents: readonly ManifestDocument[];
  /** In the order reported; reading `values` reports. */
  readonly problems: readonly SyntaxProblem[];
  values(): readonly unknown[];
}

/** The documents of a text in a file `a.yaml`. */
export function read(text: string): Read {
  const problems: SyntaxProblem[] = [];
  const documents = readDocuments({ name: 'a.yaml', text }, (problem) => problems.push(problem));
  return { documents, problems, values: () => documents.map(({ value }) => plain(value)) };
}

/** `line:column code text` of each problem. */
export function printProblems({ problems }: Read): readonly string[] {
  return problems.map(({ code, text, sources }) => {
    const places = sources.map(({ at }) => locate(at)).map(({ line, column }) => `${line}:${column}`);
    return `${places.join(' ')} ${code} ${text}`;
  });
}

/** The value with ordinary objects, to compare by structure. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]));
}
