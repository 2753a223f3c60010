/**
 * A document by way of the `yaml` package: all of YAML, and what is wrong with it. It takes text of any kind and
 * never throws. Scalars, merge keys and duplicate keys are read as kubectl reads them.
 */

import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  parseDocument,
  type Scalar,
  Schema,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { isMapping, type Span } from './document.ts';
import { positionAt, type SourceFile } from './file.ts';
import { newMapping } from './mapping.ts';
import type { SourceSpan } from './ref.ts';
import { resolveScalar } from './scalar.ts';
import { type EntrySpans, type ParsedText, parsedWith, type SpanTable } from './spans.ts';
import type { SyntaxProblem } from './syntax-problem.ts';

/** Nesting that is read. kubectl reads 10,000 levels; no manifest comes near, and the stack must hold. */
const MAX_DEPTH = 500;

/** Values that aliases may add to a document. Real manifests have some hundreds. */
const MAX_ALIASED_VALUES = 100_000;

let textOnly: Schema | undefined;

/** Every scalar stays text; `resolveScalar` reads the plain ones. Made when needed: few documents come here. */
function textOnlySchema(): Schema {
  textOnly ??= new Schema({ schema: 'failsafe' });
  return textOnly;
}

const CORE_TAG = /^tag:yaml\.org,2002:(?:bool|int|float|null)$/;

/** A value that an anchor names, and how many values it holds. */
interface Anchored {
  readonly value: unknown;
  readonly size: number;
}

interface Conversion {
  readonly file: SourceFile;
  /** Where the parsed text begins in the file. */
  readonly offset: number;
  readonly spans: SpanTable;
  /** undefined: the anchored value is being read. */
  readonly anchors: Map<string, Anchored | undefined>;
  readonly duplicates: SyntaxProblem[];
  size: number;
  aliased: number;
  depth: number;
  /** What makes the document unreadable; the first one ends the conversion. */
  fatal: SyntaxProblem | undefined;
}

/** Parses the document of a file that stands at `span`. One that cannot be read has the value undefined. */
export function parseYaml(
  file: SourceFile,
  span: Span,
  report: (problem: SyntaxProblem) => void,
): ParsedText {
  const conversion: Conversion = {
    file,
    offset: span.start,
    spans: new Map(),
    anchors: new Map(),
    duplicates: [],
    size: 0,
    aliased: 0,
    depth: 0,
    fatal: undefined,
  };
  const root = composeText(conversion, file.text.slice(span.start, span.end));
  const value = root === undefined ? undefined : convert(conversion, root);
  if (conversion.fatal !== undefined) {
    report(conversion.fatal);
    return parsedWith(undefined, span, new Map());
  }
  for (const problem of conversion.duplicates) report(problem);
  return parsedWith(value, root === undefined ? span : spanOf(conversion, root), conversion.spans);
}

function composeText(conversion: Conversion, text: string): ParsedNode | undefined {
  const document = parseSafely(text);
  if (document === 'too-deep') {
    return failTooDeep(conversion);
  }
  const error = firstOf(document.errors);
  if (error === undefined) return document.contents ?? undefined;
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return failTooDeep(conversion);
  return fail(conversion, error.pos, error.message, helpFor(conversion, text));
}

/** At the start of the document: where the parser's stack ends is not the same every time. */
function failTooDeep(conversion: Conversion): undefined {
  return fail(conversion, [0, 1], `collections are nested more than ${MAX_DEPTH} deep`);
}

/** Whose message may be about something else: a template, or a tab that the parser meets too late. */
function helpFor({ file, offset }: Conversion, text: string): SyntaxProblem['help'] {
  if (text.includes('{{')) return [TEMPLATE_HELP];
  const tab = text.search(/^ *\t[ \t]*[^\s#]/m);
  if (tab < 0) return undefined;
  const { line } = positionAt(file, offset + tab);
  return [{ text: `line ${line} begins with a tab; YAML is indented with spaces` }];
}

const TEMPLATE_HELP = { text: 'this looks like a template; render it first, and read what comes out' };

function parseSafely(text: string): ReturnType<typeof parseDocument<ParsedNode>> | 'too-deep' {
  try {
    return parseDocument<ParsedNode>(text, {
      schema: textOnlySchema(),
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
  } catch (error) {
    if (error instanceof RangeError) return 'too-deep';
    throw error;
  }
}

function firstOf(errors: readonly YAMLError[]): YAMLError | undefined {
  let first = errors[0];
  for (const error of errors) if (first !== undefined && error.pos[0] < first.pos[0]) first = error;
  return first;
}

function convert(conversion: Conversion, node: ParsedNode): unknown {
  conversion.size++;
  if (isAlias(node)) return convertAlias(conversion, node.source, node.range);
  if (isScalar(node)) return anchored(conversion, node.anchor, () => scalarValue(node));
  if (conversion.depth >= MAX_DEPTH) return failTooDeep(conversion);
  conversion.depth++;
  const value = anchored(conversion, node.anchor, () =>
    isMap(node) ? convertMapping(conversion, node) : convertSequence(conversion, node),
  );
  conversion.depth--;
  return value;
}

function scalarValue(node: Scalar): unknown {
  const text = node.source ?? '';
  const mayResolve = node.tag === undefined ? node.type === 'PLAIN' : CORE_TAG.test(node.tag);
  return mayResolve ? resolveScalar(text) : text;
}

function anchored(conversion: Conversion, anchor: string | undefined, read: () => unknown): unknown {
  if (anchor === undefined) return read();
  const before = conversion.size;
  conversion.anchors.set(anchor, undefined);
  const value = read();
  conversion.anchors.set(anchor, { value, size: conversion.size - before + 1 });
  return value;
}

/** The anchored value itself: nothing is copied, and places in it are those of the anchored text. */
function convertAlias(conversion: Conversion, name: string, range: readonly number[]): unknown {
  const target = conversion.anchors.get(name);
  if (target === undefined) {
    const isRecursive = conversion.anchors.has(name);
    const text = isRecursive ? `anchor '${name}' value contains itself` : `unknown anchor '${name}'`;
    return fail(conversion, range, text);
  }
  conversion.size += target.size;
  conversion.aliased += target.size;
  if (conversion.aliased <= MAX_ALIASED_VALUES) return target.value;
  conversion.fatal ??= {
    code: 'yaml-alias-limit',
    severity: 'error',
    text: `aliases expand to more than ${MAX_ALIASED_VALUES} values`,
    sources: [{ at: spanAt(conversion, range), role: 'primary' }],
  };
  return undefined;
}

function convertSequence(conversion: Conversion, node: YAMLSeq): unknown {
  const items: unknown[] = [];
  const offsets: number[] = [];
  conversion.spans.set(items, { offsets });
  for (const item of node.items) {
    if (conversion.fatal !== undefined) break;
    const span = spanOf(conversion, item as ParsedNode);
    items.push(convert(conversion, item as ParsedNode));
    offsets.push(-1, -1, span.start, span.end);
  }
  return items;
}

function convertMapping(conversion: Conversion, node: YAMLMap): unknown {
  const mapping = newMapping();
  const keys: string[] = [];
  const spans = { keys, offsets: [] as number[] };
  conversion.spans.set(mapping, spans);
  const written = new Map<string, Span>();
  for (const pair of node.items) {
    if (conversion.fatal !== undefined) break;
    const keyNode = pair.key as ParsedNode;
    const valueNode = pair.value as ParsedNode | null;
    const isMerge = isScalar(keyNode) && keyNode.type === 'PLAIN' && keyNode.source === '<<';
    const key = isMerge ? '<<' : keyText(conversion, keyNode);
    const value = valueNode === null ? null : convert(conversion, valueNode);
    if (isMerge) {
      merge(conversion, { mapping, spans }, value, (valueNode ?? keyNode).range);
      continue;
    }
    const keySpan = spanOf(conversion, keyNode);
    const valueSpan =
      valueNode === null ? { start: keySpan.end, end: keySpan.end } : spanOf(conversion, valueNode);
    reportDuplicate(conversion, written.get(key), { key, span: keySpan });
    written.set(key, keySpan);
    mapping[key] = value;
    keys.push(key);
    spans.offsets.push(keySpan.start, keySpan.end, valueSpan.start, valueSpan.end);
  }
  return mapping;
}

/** A key as kubectl turns it into JSON: `017:` is "15", `yes:` is "true". */
function keyText(conversion: Conversion, node: ParsedNode): string {
  const value = convert(conversion, node);
  if (typeof value !== 'object') return String(value);
  fail(conversion, node.range, 'a key must be a string, a number or a boolean');
  return '';
}

/**
 * Adds the entries of the merged mapping(s). As in kubectl's parser a later entry wins, be it merged or
 * written; of several merged mappings the first wins.
 */
function merge(
  conversion: Conversion,
  into: { readonly mapping: Record<string, unknown>; readonly spans: { keys: string[]; offsets: number[] } },
  merged: unknown,
  range: readonly number[],
): void {
  const sources = Array.isArray(merged) ? merged.toReversed() : [merged];
  for (const source of sources) {
    const from: EntrySpans | undefined = isMapping(source) ? conversion.spans.get(source) : undefined;
    if (!isMapping(source) || from === undefined) {
      fail(conversion, range, 'a merge key (<<) needs a mapping');
      return;
    }
    for (const [index, key] of (from.keys ?? []).entries()) {
      into.mapping[key] = source[key];
      into.spans.keys.push(key);
      into.spans.offsets.push(...from.offsets.slice(index * 4, index * 4 + 4));
    }
  }
}

function reportDuplicate(
  conversion: Conversion,
  earlier: Span | undefined,
  entry: { readonly key: string; readonly span: Span },
): void {
  if (earlier === undefined) return;
  const { file } = conversion;
  conversion.duplicates.push({
    code: 'duplicate-key',
    severity: 'warning',
    text: `the key ${JSON.stringify(entry.key)} is written twice; this one counts`,
    sources: [
      { at: { file, span: entry.span }, role: 'primary' },
      { at: { file, span: earlier }, role: 'context', label: 'first written here' },
    ],
  });
}

/** Makes the document unreadable; the first reason is kept. */
function fail(
  conversion: Conversion,
  range: readonly number[],
  text: string,
  help?: SyntaxProblem['help'],
): undefined {
  conversion.fatal ??= {
    code: 'yaml-syntax',
    severity: 'error',
    text,
    sources: [{ at: spanAt(conversion, range), role: 'primary' }],
    ...(help === undefined ? {} : { help }),
  };
  return undefined;
}

/** A collection in block style ends where its last value does, not behind the line end and comments that follow. */
function spanOf({ offset }: Conversion, node: ParsedNode): Span {
  let last = node;
  while ((isMap(last) || isSeq(last)) && !last.flow) {
    const item = last.items.at(-1) as Pair<ParsedNode, ParsedNode | null> | ParsedNode | undefined;
    const next = isPair(item) ? (item.value ?? item.key) : item;
    if (next === undefined) break;
    last = next;
  }
  return { start: offset + node.range[0], end: offset + last.range[1] };
}

function spanAt(conversion: Conversion, range: readonly number[]): SourceSpan {
  const [start = 0, end = start] = range;
  return { file: conversion.file, span: { start: conversion.offset + start, end: conversion.offset + end } };
}
