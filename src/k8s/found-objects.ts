/**
 * The objects that a document holds: one, or the items of a list. A document that is no object and does not look
 * like one is left out without a word; what looks like one and cannot be used is reported.
 */

import type { DiagnosticCode } from '../diagnostics/codes.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { type FieldPath, isMapping, type ManifestDocument, type RawMapping } from '../source/document.ts';
import { printPath, refTo, type SourceRef } from '../source/ref.ts';

/** One object of a document, known by its type only. */
export interface FoundObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly origin: SourceRef;
  /** Reading it parses the document. */
  readonly raw: () => unknown;
}

/** The objects of a document. Parses only what its first lines leave open. */
export function objectsOf(document: ManifestDocument, report: Report): readonly FoundObject[] {
  const { kind, apiVersion } = document;
  const origin: SourceRef = { document, path: [] };
  if (kind !== undefined && apiVersion !== undefined && apiVersion !== '' && !kind.endsWith('List')) {
    return [{ apiVersion, kind, origin, raw: () => document.value }];
  }
  if (!mayBeObject(document)) return [];
  const { value } = document;
  if (Array.isArray(value)) {
    reportListOfObjects(value, origin, report);
    return [];
  }
  return isMapping(value) && saysWhatItIs(value) ? objectsIn(value, origin, report) : [];
}

/**
 * Does the document speak of an apiVersion, or at least of a kind, beside documents that have one? A file whose
 * documents all lack it is none of ours.
 */
function mayBeObject({ file, span, kind }: ManifestDocument): boolean {
  if (file.text.slice(span.start, span.end).includes('apiVersion')) return true;
  return kind !== undefined && file.text.includes('apiVersion');
}

/**
 * An apiVersion that is a text, or a kind and metadata as only objects have them: configuration of other programs
 * has `apiVersion: 1` or a `kind`, too.
 */
function saysWhatItIs(value: RawMapping): boolean {
  const { apiVersion, kind, metadata } = value;
  return (typeof apiVersion === 'string' && apiVersion !== '') || (isText(kind) && isMapping(metadata));
}

/** A JSON array of objects, or the same in YAML: kubectl refuses it. */
function reportListOfObjects(list: readonly unknown[], origin: SourceRef, report: Report): void {
  if (!list.some((item) => isMapping(item) && isText(item['apiVersion']) && isText(item['kind']))) return;
  const help = { text: 'write kind: List with the objects as items, or separate them by ---' } as const;
  report({
    code: 'not-an-object',
    severity: 'error',
    text: 'a list is no object; its items are left out',
    sources: [{ at: origin, role: 'primary' }],
    help: [{ ...help, applicability: 'likely' }],
  });
}

function objectsIn(value: unknown, origin: SourceRef, report: Report): readonly FoundObject[] {
  if (!isMapping(value)) {
    complain(report, 'not-an-object', { at: origin, text: `${printPath(origin.path)}: must be an object` });
    return [];
  }
  const { apiVersion, kind } = value;
  if (!isText(kind)) {
    complain(report, 'missing-kind', {
      at: placeOf(value, origin, 'kind'),
      text: "Object 'Kind' is missing",
    });
    return [];
  }
  if (!isText(apiVersion)) {
    const isWritten = (apiVersion ?? '') !== '';
    const text = isWritten ? 'apiVersion: must be a string' : "Object 'apiVersion' is missing";
    complain(report, 'missing-api-version', { at: placeOf(value, origin, 'apiVersion'), text });
    return [];
  }
  return kind.endsWith('List') && 'items' in value
    ? itemsOf(value, { apiVersion, kind, origin }, report)
    : [{ apiVersion, kind, origin, raw: () => value }];
}

type FoundList = Omit<FoundObject, 'raw'>;

/** The items of `kind: List` or of a typed list (`PodList`), where each may leave out what the list says. */
function itemsOf(
  list: RawMapping,
  { apiVersion, kind, origin }: FoundList,
  report: Report,
): readonly FoundObject[] {
  const items = list['items'] ?? [];
  if (!Array.isArray(items)) {
    complain(report, 'not-an-object', { at: refTo(origin, 'items'), text: 'items: must be an array' });
    return [];
  }
  const itemKind = kind.slice(0, -'List'.length);
  return items.flatMap((item: unknown, index) => {
    const typed = itemKind === '' || !isMapping(item) ? item : withType(item, { apiVersion, kind: itemKind });
    return objectsIn(typed, refTo(origin, 'items', index), report);
  });
}

function withType(
  item: RawMapping,
  type: { readonly apiVersion: string; readonly kind: string },
): RawMapping {
  const isComplete = typeof item['apiVersion'] === 'string' && typeof item['kind'] === 'string';
  return isComplete ? item : Object.assign(Object.create(null), type, item);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The field if it is written, else the other one of the two that say what an object is, else the object. */
function placeOf(value: RawMapping, origin: SourceRef, key: 'kind' | 'apiVersion'): SourceRef {
  const other = key === 'kind' ? 'apiVersion' : 'kind';
  const path: FieldPath = key in value ? [key] : other in value ? [other] : [];
  return refTo(origin, ...path);
}

function complain(
  report: Report,
  code: DiagnosticCode,
  { at, text }: { readonly at: SourceRef; readonly text: string },
): void {
  report({ code, severity: 'warning', text, sources: [{ at, role: 'primary' }] });
}
