/** The `yaml` package as the oracle of our own reader: the same value, and every field at the same place. */

import { isDeepStrictEqual } from 'node:util';
import { type FieldPath, isMapping, type Span } from '../../src/source/document.ts';
import type { ParsedText } from '../../src/source/spans.ts';
import { splitDocuments } from '../../src/source/split.ts';
import { parseSubset } from '../../src/source/subset/parse.ts';
import { parseYaml } from '../../src/source/yaml-package.ts';
import { plain } from './read.ts';

export interface Comparison {
  readonly documents: number;
  /** Of those, how many are outside the subset. */
  readonly outside: number;
  /** What our reader and the package say differently. */
  readonly differences: readonly string[];
}

/** Reads every document of a text in both ways. */
export function compareWithPackage(name: string, text: string): Comparison {
  const spans = splitDocuments(text);
  const compared = spans.map((span) => differencesAt(name, text, span));
  return {
    documents: spans.length,
    outside: compared.filter((differences) => differences === undefined).length,
    differences: compared.flatMap((differences) => differences ?? []),
  };
}

/** undefined where our reader leaves the document to the package. */
function differencesAt(name: string, text: string, span: Span): readonly string[] | undefined {
  const ours = parseSubset(text, span);
  if (ours === undefined) return undefined;
  const problems: string[] = [];
  const theirs = parseYaml({ name, text }, span, (problem) => problems.push(`reports ${problem.text}`));
  const at = `${name} at ${span.start}`;
  if (problems.length > 0) return problems.map((problem) => `${at}: ${problem}`);
  if (!isDeepStrictEqual(plain(ours.value), plain(theirs.value))) return [`${at}: another value`];
  return someOf(pathsIn(theirs.value, [])).flatMap((path) => placesApart(path, ours, theirs, at));
}

/** All paths of a document; of one with thousands, a part that goes through all of it. */
function someOf(paths: readonly FieldPath[]): readonly FieldPath[] {
  const step = Math.ceil(paths.length / 500);
  return paths.filter((_path, index) => index % step === 0);
}

function placesApart(path: FieldPath, ours: ParsedText, theirs: ParsedText, at: string): readonly string[] {
  return ([undefined, 'key', 'value'] as const).flatMap((part) => {
    const [found, expected] = [ours.locate(path, part), theirs.locate(path, part)];
    if (found.start === expected.start && found.end === expected.end) return [];
    return [`${at}: ${part} of ${path.join('.')} at ${print(found)}, not ${print(expected)}`];
  });
}

function print({ start, end }: Span): string {
  return `${start}-${end}`;
}

/** The paths of all fields, the outermost first. */
function pathsIn(value: unknown, path: FieldPath): readonly FieldPath[] {
  const children: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : isMapping(value)
      ? Object.entries(value)
      : [];
  return [path, ...children.flatMap(([step, child]) => pathsIn(child, [...path, step]))];
}
