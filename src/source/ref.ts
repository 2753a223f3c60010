/** References to manifest fields: kept as paths inside, turned into line and column when printed. */

import type { FieldPath, ManifestDocument, Span } from './document.ts';
import { positionAt, type SourceFile } from './file.ts';

/** A field of a document. */
export interface SourceRef {
  readonly document: ManifestDocument;
  readonly path: FieldPath;
}

/** A stretch of a file's text, for what has no field path (a syntax error). */
export interface SourceSpan {
  readonly file: SourceFile;
  readonly span: Span;
}

/** A place in a file as people and programs read it; lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Exclusive; on the line `endLine`. */
  readonly endLine: number;
  readonly endColumn: number;
}

/** The field `path` below `ref`. */
export function refTo(ref: SourceRef, ...path: FieldPath): SourceRef {
  return path.length === 0 ? ref : { document: ref.document, path: [...ref.path, ...path] };
}

/** The value of a field; undefined where it is not written. */
export function valueAt({ document, path }: SourceRef): unknown {
  return path.reduce<unknown>(valueIn, document.value);
}

/** A member of a mapping or an item of a list. */
export function valueIn(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** Where a reference points. */
export function locate(ref: SourceRef | SourceSpan, part?: 'key' | 'value'): SourceLocation {
  const file = 'document' in ref ? ref.document.file : ref.file;
  const span = 'document' in ref ? ref.document.locate(ref.path, part) : ref.span;
  const start = positionAt(file, span.start);
  const end = positionAt(file, Math.max(span.start, span.end));
  return {
    file: file.name,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/** A path as Kubernetes prints it: `spec.ports[0].port`, `metadata.labels[app.kubernetes.io/name]`. */
export function printPath(path: FieldPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[A-Za-z_$][\w$-]*$/.test(part)) text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
