/**
 * A manifest document: one YAML document (or one JSON text) of a file. Its kind is sniffed without
 * parsing; its value is parsed when first read, so documents that no question needs cost nothing.
 */

import type { SourceFile } from './file.ts';

/** Keys and indexes from the top of a document: `['spec', 'ports', 0, 'port']`. */
export type FieldPath = readonly (string | number)[];

/** Offsets into the file's text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A mapping as a document's value has it: it inherits nothing. */
export type RawMapping = Readonly<Record<string, unknown>>;

/** Is this a mapping or a list? */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Is this a mapping (not a list, not a scalar)? */
export function isMapping(value: unknown): value is RawMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface ManifestDocument {
  readonly file: SourceFile;
  /** Where the document lies in the file. */
  readonly span: Span;
  /** Top-level `kind` and `apiVersion`, when they can be seen without parsing. */
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
  /**
   * The parsed value; undefined when the document cannot be read (its diagnostics say why).
   * Mappings inherit nothing, so `__proto__` and `constructor` are keys like any other.
   */
  readonly value: unknown;
  /**
   * Where a field stands. For a path that does not exist: its nearest existing parent.
   * @param part its key or its value; without it the value of a scalar or a list item, else the key.
   */
  locate(path: FieldPath, part?: 'key' | 'value'): Span;
}
