/** Parses JSON with positions: a live cluster's dump is one large JSON text, for which YAML is slow. */

import type { EntrySpans, ParsedText, SpanTable } from './spans.ts';

/** Nesting that is read. kubectl reads 10,000 levels; no manifest comes near, and the stack must hold. */
export const MAX_DEPTH = 500;

interface Reader {
  readonly text: string;
  readonly spans: SpanTable;
  at: number;
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"[^"\\\x00-\x1f]*(?:\\[\s\S][^"\\\x00-\x1f]*)*"/y;
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

/** What a reader returns when the text is not JSON here; no JSON value equals it. */
const BAD = Symbol('not JSON');

/**
 * Parses the JSON text from `start` to `end`.
 * @returns undefined if it is not JSON, has a key twice, or is nested too deep: YAML's reader then has its say.
 */
export function parseJson(text: string, start: number, end: number): ParsedText | undefined {
  const reader: Reader = {
    text: end === text.length ? text : text.slice(0, end),
    spans: new Map(),
    at: start,
  };
  skipSpace(reader);
  const from = reader.at;
  const value = readValue(reader, 0);
  const to = reader.at;
  skipSpace(reader);
  if (value === BAD || reader.at < end) return undefined;
  return { value, span: { start: from, end: to }, spans: reader.spans };
}

function readValue(reader: Reader, depth: number): unknown {
  if (depth > MAX_DEPTH) return BAD;
  const first = reader.text[reader.at];
  if (first === '{') return readObject(reader, depth);
  if (first === '[') return readArray(reader, depth);
  if (first === '"') return readString(reader);
  const word = take(reader, WORD);
  return word === undefined ? BAD : JSON.parse(word);
}

function readObject(reader: Reader, depth: number): unknown {
  const object: Record<string, unknown> = Object.create(null);
  const keys: string[] = [];
  const offsets: number[] = [];
  const readEntry = (): boolean => {
    const keyStart = reader.at;
    const key = reader.text[keyStart] === '"' ? readString(reader) : BAD;
    const keyEnd = reader.at;
    if (typeof key !== 'string' || key in object || !takeMark(reader, ':')) return false;
    const valueStart = reader.at;
    const value = readValue(reader, depth + 1);
    object[key] = value;
    keys.push(key);
    offsets.push(keyStart, keyEnd, valueStart, reader.at);
    return value !== BAD;
  };
  return readEntries(reader, '}', readEntry) ? keep(reader, object, { keys, offsets }) : BAD;
}

function readArray(reader: Reader, depth: number): unknown {
  const items: unknown[] = [];
  const offsets: number[] = [];
  const readItem = (): boolean => {
    const start = reader.at;
    const value = readValue(reader, depth + 1);
    items.push(value);
    offsets.push(-1, -1, start, reader.at);
    return value !== BAD;
  };
  return readEntries(reader, ']', readItem) ? keep(reader, items, { offsets }) : BAD;
}

/** Entries separated by commas up to `close`; false if the text is not JSON. */
function readEntries(reader: Reader, close: string, readEntry: () => boolean): boolean {
  reader.at++;
  if (takeClose(reader, close)) return true;
  do {
    if (!readEntry()) return false;
    if (takeClose(reader, close)) return true;
  } while (takeMark(reader, ','));
  return false;
}

function takeClose(reader: Reader, close: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== close) return false;
  reader.at++;
  return true;
}

function keep(reader: Reader, value: object, spans: EntrySpans): unknown {
  reader.spans.set(value, spans);
  return value;
}

function readString(reader: Reader): unknown {
  const source = take(reader, STRING);
  if (source === undefined) return BAD;
  if (!source.includes('\\')) return source.slice(1, -1);
  try {
    return JSON.parse(source);
  } catch {
    return BAD;
  }
}

/** Takes one character and the space around it. */
function takeMark(reader: Reader, mark: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  skipSpace(reader);
  return true;
}

function skipSpace(reader: Reader): void {
  take(reader, SPACE);
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text)?.[0];
  if (match !== undefined) reader.at += match.length;
  return match;
}
