/** Reads a document's `kind` and `apiVersion` without parsing it. */

export interface Header {
  readonly kind?: string;
  readonly apiVersion?: string;
}

/**
 * In block style a line that starts with a key at column 0 is an entry of the top mapping: the content of
 * every scalar and of every nested collection is indented. Values that are not plain words are left to the parser.
 */
const ENTRY =
  /(?:^|\n)(["']?)(kind|apiVersion)\1[ \t]*:[ \t]+(["']?)([A-Za-z][\w./-]*)\3(?:[ \t]+#[^\n]*)?[ \t]*\r?(?=\n|$)/g;
const FIRST_CHARACTER = /(?:^|\n)[ \t]*([^\s#])/;

/** @returns what can be seen; a field that is absent here may still be in the parsed document. */
export function sniffHeader(text: string): Header {
  const first = FIRST_CHARACTER.exec(text)?.[1];
  if (first === '{' || first === '[') return {};
  const header: { kind?: string; apiVersion?: string } = {};
  for (const [, , key, , value] of text.matchAll(ENTRY)) {
    if (key === 'kind' || key === 'apiVersion') header[key] = value ?? '';
  }
  return header;
}
