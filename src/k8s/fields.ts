/**
 * Field readers: a cursor over a raw mapping that knows its place. What is written wrong is reported in the
 * API server's words (kubernetes/apimachinery:pkg/util/validation/field/errors.go) and read as absent,
 * so that the rest of the object can be used. `null` is absent, as for the API server.
 */

import type { Help, Report } from '../diagnostics/diagnostic.ts';
import { type Cidr, parseCidr } from '../net/cidr.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import { type FieldPath, isMapping, type RawMapping } from '../source/document.ts';
import { printPath, refTo, type SourceRef } from '../source/ref.ts';
import { resolveScalar } from '../source/scalar.ts';
import { helpToWrite } from './field-edits.ts';
import { portNameComplaint } from './name-forms.ts';
import { printValue } from './print-value.ts';

export interface Fields {
  readonly raw: RawMapping;
  /** The object's own place. */
  readonly origin: SourceRef;
  /** The object as people name it: `service/shop/api`. */
  readonly object: string;
  /** Where this mapping stands, relative to the object. */
  readonly path: FieldPath;
  readonly report: Report;
}

export interface IntegerRange {
  readonly min: number;
  readonly max?: number;
}

const PORT_RANGE: IntegerRange = { min: 1, max: 65535 };
const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp'];
/** What an address must be. */
export const IP_FORM = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
/** The complaint about a text that is no CIDR. */
export const CIDR_FORM = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** A string. Another scalar is reported and taken as its source text would print. */
export function readString(fields: Fields, key: string): string | undefined {
  const value = fields.raw[key];
  return isAbsent(value) ? undefined : stringOf(fields, [key], value);
}

/** A string that must be there. */
export function requireString(fields: Fields, key: string): string | undefined {
  return required(fields, key, readString(fields, key));
}

/** Those of the fields that are written and not empty, as a part of a record. */
export function pickStrings<Key extends string>(
  fields: Fields,
  keys: readonly Key[],
): { readonly [K in Key]?: string } {
  const found: { [K in Key]?: string } = {};
  for (const key of keys) {
    const text = readString(fields, key);
    if (text !== undefined && text !== '') found[key] = text;
  }
  return found;
}

/** `true` or `false`; the words in quotes are strings, and refused. */
export function readBoolean(fields: Fields, key: string): boolean | undefined {
  return readAs(
    fields,
    key,
    (value) => (typeof value === 'boolean' ? value : undefined),
    'must be a boolean',
  );
}

/** A whole number inside the range. */
export function readInteger(fields: Fields, key: string, range: IntegerRange): number | undefined {
  const value = fields.raw[key];
  if (isAbsent(value)) return undefined;
  const complaint = integerComplaint(value, range);
  if (complaint === undefined) return value as number;
  reportInvalid(fields, [key], value, complaint);
  return undefined;
}

/** A port number, 1 to 65535. */
export function readPort(fields: Fields, key: string): number | undefined {
  return readInteger(fields, key, PORT_RANGE);
}

/** A port number that must be there. */
export function requirePort(fields: Fields, key: string): number | undefined {
  return required(fields, key, readPort(fields, key));
}

/** A port number or the name of a port (IntOrString). A number in quotes is a name, and an invalid one. */
export function readPortOrName(fields: Fields, key: string): number | string | undefined {
  const value = fields.raw[key];
  if (typeof value !== 'string') return readPort(fields, key);
  const wrong = portNameComplaint(value);
  if (wrong !== undefined) reportInvalid(fields, [key], value, wrong);
  return value;
}

/** One of a few words; the field must be there. */
export function requireEnum<Word extends string>(
  fields: Fields,
  key: string,
  words: readonly Word[],
): Word | undefined {
  return required(fields, key, readEnum(fields, key, words));
}

/** The protocols in the order in which the core group's complaints name them; those of policies have another. */
export const CORE_PROTOCOLS = ['SCTP', 'TCP', 'UDP'] as const;
const POLICY_PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/**
 * `TCP`, `UDP` or `SCTP`; TCP where nothing is written. Another case (`udp`) is reported, but what it means
 * is clear; undefined for any other word.
 */
export function readProtocol(
  fields: Fields,
  key: string,
  words: readonly ('TCP' | 'UDP' | 'SCTP')[] = POLICY_PROTOCOLS,
): Protocol | undefined {
  if (isAbsent(fields.raw[key]) || fields.raw[key] === '') return 'tcp';
  const word = readEnum(fields, key, words) ?? fields.raw[key];
  return PROTOCOLS.find((protocol) => typeof word === 'string' && protocol === word.toLowerCase());
}

/** One of a few words, in their exact case. An empty string is absent. */
export function readEnum<Word extends string>(
  fields: Fields,
  key: string,
  words: readonly Word[],
): Word | undefined {
  const value = readString(fields, key);
  if (value === undefined || value === '') return undefined;
  const word = words.find((each) => each === value);
  if (word === undefined) reportUnsupported(fields, [key], value, words);
  return word;
}

/** An IP address; an empty string is absent. */
export function readIp(fields: Fields, key: string): Ip | undefined {
  return readText(fields, key, parseIp, IP_FORM);
}

/** An address that must be there. */
export function requireIp(fields: Fields, key: string): Ip | undefined {
  return required(fields, key, readIp(fields, key));
}

/** A CIDR; an empty string is absent. */
export function readCidr(fields: Fields, key: string): Cidr | undefined {
  return readText(fields, key, parseCidr, CIDR_FORM);
}

/** A list of addresses; bad ones are reported and left out. */
export function readIps(fields: Fields, key: string): readonly Ip[] {
  return readTexts(fields, key, parseIp, IP_FORM);
}

/** A list of CIDRs, blanks around them trimmed; bad ones are reported and left out. */
export function readCidrs(fields: Fields, key: string): readonly Cidr[] {
  return readTexts(fields, key, (text) => parseCidr(text.trim()), CIDR_FORM);
}

/** A list of strings. */
export function readStrings(fields: Fields, key: string): readonly string[] {
  return readTexts(fields, key, (text) => text, '');
}

/** A list of strings; those that have a complaint are reported and left out. */
export function readValidStrings(
  fields: Fields,
  key: string,
  complaintAbout: (text: string) => string | undefined,
): readonly string[] {
  return readItems(fields, key).flatMap((item, index) => {
    const text = stringOf(fields, [key, index], item);
    const complaint = text === undefined ? undefined : complaintAbout(text);
    if (text === undefined) return [];
    if (complaint === undefined) return [text];
    reportInvalid(fields, [key, index], text, complaint);
    return [];
  });
}

/** A map of strings: labels, annotations, selectors. */
export function readStringMap(fields: Fields, key: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(readMapping(fields, key)?.raw ?? {})) {
    const text = isAbsent(value) ? '' : stringOf(fields, [key, name], value);
    if (text !== undefined) map.set(name, text);
  }
  return map;
}

/** A nested mapping; undefined when it is absent. */
export function readMapping(fields: Fields, key: string): Fields | undefined {
  const raw = readAs(fields, key, (value) => (isMapping(value) ? value : undefined), 'must be an object');
  return raw === undefined ? undefined : { ...fields, raw, path: [...fields.path, key] };
}

/** A nested mapping; an empty one when it is absent. */
export function readSection(fields: Fields, key: string): Fields {
  return readMapping(fields, key) ?? { ...fields, raw: {}, path: [...fields.path, key] };
}

/** A nested mapping that must be there. */
export function requireMapping(fields: Fields, key: string): Fields | undefined {
  return required(fields, key, readMapping(fields, key));
}

/** A list of mappings; entries of another kind are reported and left out. */
export function readMappings(fields: Fields, key: string): readonly Fields[] {
  const mappings: Fields[] = [];
  for (const [index, value] of readItems(fields, key).entries()) {
    if (isMapping(value)) mappings.push({ ...fields, raw: value, path: [...fields.path, key, index] });
    else reportInvalid(fields, [key, index], value, 'must be an object');
  }
  return mappings;
}

/**
 * Reports `path: Required value` for a field of the mapping, with the API server's explanation if it has one.
 * @param key the empty string stands for the mapping itself.
 */
export function reportRequired(fields: Fields, key: string, detail?: string): void {
  reportField(
    fields,
    key === '' ? [] : [key],
    detail === undefined ? 'Required value' : `Required value: ${detail}`,
  );
}

/** Reports `path: Forbidden: …` for a field that must not be there; the empty key is the mapping itself. */
export function reportForbidden(fields: Fields, at: string | FieldPath, detail: string): void {
  const path = typeof at === 'string' ? [at].filter((key) => key !== '') : at;
  reportField(fields, path, `Forbidden: ${detail}`);
}

/** Reports `path: Duplicate value: …` for what stands there a second time. */
export function reportDuplicate(fields: Fields, path: FieldPath, value: unknown): void {
  reportField(fields, path, `Duplicate value: ${JSON.stringify(value)}`);
}

/** Reports `path: Unsupported value: …` for a word that is none of those there are. */
export function reportUnsupported(
  fields: Fields,
  path: FieldPath,
  value: string,
  words: readonly string[],
): void {
  const supported = words.map((each) => JSON.stringify(each)).join(', ');
  const text = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
  const meant = words.find((each) => each.toLowerCase() === value.toLowerCase());
  if (meant === undefined) reportField(fields, path, text);
  else
    reportField(
      fields,
      path,
      text,
      writing(fields, path, { text: `write ${meant}`, from: value, to: meant }),
    );
}

/** Reports, as a warning, a value that the API server takes but that may not mean what it looks like. */
export function reportDoubtful(fields: Fields, path: FieldPath, text: string): void {
  const full = [...fields.path, ...path];
  fields.report({
    code: 'doubtful-value',
    severity: 'warning',
    text: `${printPath(full)}: ${text}`,
    sources: [{ at: refTo(fields.origin, ...full), role: 'primary', object: fields.object }],
  });
}

/** Reports `path: Too many: …` for a list that is longer than the API takes. */
export function reportTooMany(fields: Fields, key: string, count: number, most: number): void {
  reportField(fields, [key], `Too many: ${count}: must have at most ${most} items`);
}

/** Reports `path: Invalid value: …` for a field below the mapping. */
export function reportInvalid(fields: Fields, path: FieldPath, value: unknown, complaint: string): void {
  reportField(fields, path, invalidText(value, complaint));
}

function reportField(fields: Fields, path: FieldPath, text: string, help?: Help): void {
  const full = [...fields.path, ...path];
  fields.report({
    code: 'invalid-field',
    severity: 'error',
    text: `${printPath(full)}: ${text}`,
    sources: [{ at: refTo(fields.origin, ...full), role: 'primary', object: fields.object }],
    ...(help === undefined ? {} : { help: [help] }),
  });
}

function writing(fields: Fields, path: FieldPath, change: Parameters<typeof helpToWrite>[2]): Help {
  return helpToWrite(fields.origin, [...fields.path, ...path], change);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Reports the field as missing, unless it is written (wrong values have been reported then). */
function required<T>(fields: Fields, key: string, value: T | undefined): T | undefined {
  if (value === undefined && isAbsent(fields.raw[key])) reportRequired(fields, key);
  return value;
}

function readAs<T>(
  fields: Fields,
  key: string,
  convert: (value: unknown) => T | undefined,
  complaint: string,
): T | undefined {
  const value = fields.raw[key];
  if (isAbsent(value)) return undefined;
  const result = convert(value);
  if (result === undefined) reportInvalid(fields, [key], value, complaint);
  return result;
}

/** A string that means something; an empty one is absent. */
function readText<T>(
  fields: Fields,
  key: string,
  parse: (text: string) => T | undefined,
  form: string,
): T | undefined {
  const text = readString(fields, key);
  if (text === undefined || text === '') return undefined;
  const value = parse(text);
  if (value === undefined) reportInvalid(fields, [key], text, form);
  return value;
}

function readTexts<T>(
  fields: Fields,
  key: string,
  parse: (text: string) => T | undefined,
  form: string,
): readonly T[] {
  const values: T[] = [];
  for (const [index, item] of readItems(fields, key).entries()) {
    const text = stringOf(fields, [key, index], item);
    const value = text === undefined ? undefined : parse(text);
    if (value !== undefined) values.push(value);
    else if (text !== undefined) reportInvalid(fields, [key, index], text, form);
  }
  return values;
}

/** The items of a list, whatever they are; anything else is reported and read as an empty one. */
export function readItems(fields: Fields, key: string): readonly unknown[] {
  return readAs(fields, key, (value) => (Array.isArray(value) ? value : undefined), 'must be an array') ?? [];
}

function integerComplaint(value: unknown, { min, max }: IntegerRange): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be an integer';
  if (value >= min && value <= (max ?? Infinity)) return undefined;
  return max === undefined
    ? `must be greater than or equal to ${min}`
    : `must be between ${min} and ${max}, inclusive`;
}

function stringOf(fields: Fields, path: FieldPath, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'object') {
    reportInvalid(fields, path, value, 'must be a string');
    return undefined;
  }
  const text = sourceText(fields, path, value) ?? String(value);
  const quoted = `"${text}"`;
  const help = writing(fields, path, { text: `quote it: ${quoted}`, from: text, to: quoted });
  reportField(fields, path, invalidText(value, 'must be a string'), help);
  return text;
}

/** A scalar as it is written; undefined where the text is not there (behind an alias, from a flag). */
function sourceText(fields: Fields, path: FieldPath, value: unknown): string | undefined {
  const { document, path: top } = fields.origin;
  const { start, end } = document.locate([...top, ...fields.path, ...path], 'value');
  const text = document.file.text.slice(start, end);
  return resolveScalar(text) === value ? text : undefined;
}

function invalidText(value: unknown, complaint: string): string {
  return `Invalid value: ${printValue(value)}: ${complaint}`;
}
