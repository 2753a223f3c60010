/** Text to documents, YAML or JSON: by our own reader for what manifests are made of, by the `yaml` package for the rest. */

import type { FieldPath, ManifestDocument, Span } from './document.ts';
import type { SourceFile } from './file.ts';
import { sniffHeader } from './sniff.ts';
import type { ParsedText } from './spans.ts';
import { splitDocuments } from './split.ts';
import { parseSubset } from './subset/parse.ts';
import type { SyntaxProblem } from './syntax-problem.ts';
import { parseYaml } from './yaml-package.ts';

/**
 * The documents of a file. Each is parsed when its value (or a place in it) is first asked for, and reports
 * then what is wrong with it; one that cannot be read has the value undefined and harms no other.
 */
export function readDocuments(
  file: SourceFile,
  report: (problem: SyntaxProblem) => void,
): readonly ManifestDocument[] {
  return splitDocuments(file.text).map((span) => manifestDocument(file, span, report));
}

function manifestDocument(
  file: SourceFile,
  span: Span,
  report: (problem: SyntaxProblem) => void,
): ManifestDocument {
  const { kind, apiVersion } = sniffHeader(file.text.slice(span.start, span.end));
  let parsed: ParsedText | undefined;
  const parse = (): ParsedText => {
    parsed ??= parseSubset(file.text, span) ?? parseYaml(file, span, report);
    return parsed;
  };
  return {
    file,
    span,
    kind,
    apiVersion,
    get value(): unknown {
      return parse().value;
    },
    locate(path: FieldPath, part?: 'key' | 'value'): Span {
      return parse().locate(path, part);
    },
  };
}
