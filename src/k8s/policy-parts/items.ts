/** Readers of what the policy kinds share: lists whose bad items stay visible, and strict selectors. */

import { isMapping } from '../../source/document.ts';
import {
  type Fields,
  readEnum,
  readInteger,
  readMapping,
  readProtocol,
  readStringMap,
  readStrings,
  reportForbidden,
  reportInvalid,
  reportRequired,
  reportTooMany,
  requireString,
} from '../fields.ts';
import type { SelectorOperator, SelectorRequirement } from '../selector.ts';
import type { PlacedSelector, PortPart } from './parts.ts';

interface Unreadable {
  readonly kind: 'unreadable';
  readonly path: Fields['path'];
}

/**
 * The items of a list. One that is no mapping is reported and stays as `unreadable`; so does the whole value
 * where it is no list.
 * @returns undefined where the field is absent.
 */
export function readItems<Item>(
  fields: Fields,
  key: string,
  read: (item: Fields) => Item,
): readonly (Item | Unreadable)[] | undefined {
  const value = fields.raw[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    reportInvalid(fields, [key], value, 'must be an array');
    return [unreadable(fields, key)];
  }
  return value.map((raw: unknown, index) => {
    if (isMapping(raw)) return read({ ...fields, raw, path: [...fields.path, key, index] });
    reportInvalid(fields, [key, index], raw, 'must be an object');
    return unreadable(fields, key, index);
  });
}

/** The item at the fields, or below them, as one that cannot be read. */
export function unreadable(fields: Fields, ...below: Fields['path']): Unreadable {
  return { kind: 'unreadable', path: [...fields.path, ...below] };
}

/** Reports a list with more items than the API takes. */
export function checkLength(fields: Fields, key: string, most: number): void {
  const value = fields.raw[key];
  if (Array.isArray(value) && value.length > most) reportTooMany(fields, key, value.length, most);
}

const OPERATORS: readonly SelectorOperator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/**
 * A metav1.LabelSelector as policies need it: a requirement that cannot be read makes it unreadable. The
 * words are those of kubernetes/apimachinery:pkg/apis/meta/v1/validation ValidateLabelSelector.
 * @returns undefined where the field is absent or no mapping.
 */
export function readPlacedSelector(fields: Fields, key: string): PlacedSelector | undefined {
  const written = fields.raw[key];
  const isAbsent = written === undefined || written === null;
  const selector = readMapping(fields, key);
  if (selector === undefined) {
    if (isAbsent) return undefined;
    return {
      selector: { matchLabels: new Map(), matchExpressions: [] },
      readable: false,
      path: [...fields.path, key],
    };
  }
  return placedSelector(selector);
}

/** The selector that the fields are. */
export function placedSelector(selector: Fields): PlacedSelector {
  const matchLabels = readStringMap(selector, 'matchLabels');
  const labelsAreRead = isMapping(selector.raw['matchLabels'] ?? {}) && checkLabels(selector, matchLabels);
  const items = readItems(selector, 'matchExpressions', readRequirement) ?? [];
  const expressions = items.filter((item): item is SelectorRequirement => !('kind' in item));
  return {
    selector: { matchLabels, matchExpressions: expressions },
    readable: labelsAreRead && expressions.length === items.length,
    path: selector.path,
  };
}

/** A selector of everything, at the place where one may be written. */
export function everything(fields: Fields, key: string): PlacedSelector {
  return {
    selector: { matchLabels: new Map(), matchExpressions: [] },
    readable: true,
    path: [...fields.path, key],
  };
}

const VALUE_FORM =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** A value that no label can have is reported; it matches nothing, which is what the selector then does. */
function checkLabels(selector: Fields, labels: ReadonlyMap<string, string>): boolean {
  for (const [key, value] of labels) {
    if (!isLabelValue(value)) reportInvalid(selector, ['matchLabels', key], value, VALUE_FORM);
  }
  const raw = selector.raw['matchLabels'];
  return !isMapping(raw) || Object.keys(raw).length === labels.size;
}

function isLabelValue(value: string): boolean {
  return value.length <= 63 && /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value);
}

function readRequirement(fields: Fields): SelectorRequirement | Unreadable {
  const key = requireString(fields, 'key');
  const operator = readEnum(fields, 'operator', OPERATORS);
  if (fields.raw['operator'] === undefined) reportRequired(fields, 'operator');
  const values = readStrings(fields, 'values');
  if (key === undefined || operator === undefined) return unreadable(fields);
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (wantsValues && values.length === 0) {
    reportRequired(fields, 'values', "must be specified when `operator` is 'In' or 'NotIn'");
    return unreadable(fields);
  }
  if (!wantsValues && values.length > 0) {
    reportForbidden(fields, 'values', "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    return unreadable(fields);
  }
  const written = fields.raw['values'];
  const lost = Array.isArray(written) && written.length !== values.length;
  return lost ? unreadable(fields) : { key, operator, values };
}

/** The name of a port, by the words of kubernetes/apimachinery:pkg/util/validation IsValidPortName. */
export function readPortName(fields: Fields, key: string): string | undefined {
  const name = fields.raw[key];
  if (typeof name !== 'string') {
    reportInvalid(fields, [key], name, 'must be a string');
    return undefined;
  }
  const complaint = nameComplaint(name);
  if (complaint === undefined) return name;
  reportInvalid(fields, [key], name, complaint);
  return undefined;
}

function nameComplaint(name: string): string | undefined {
  if (name.length > 15) return 'must be no more than 15 characters';
  if (!/^[-a-z0-9]+$/.test(name))
    return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)';
  if (name.includes('--')) return 'must not contain consecutive hyphens';
  return /^-|-$/.test(name) ? 'must not begin or end with a hyphen' : undefined;
}

const PORTS = { min: 1, max: 65535 };

/** `{protocol, <key>}`: one port of a protocol. */
export function readOnePort(fields: Fields, key: string): PortPart {
  const protocol = readProtocol(fields, 'protocol');
  const port = readInteger(fields, key, PORTS);
  if (port === undefined && (fields.raw[key] ?? null) === null) reportRequired(fields, key);
  if (port === undefined || protocol === undefined || protocol === 'icmp') return unreadable(fields);
  return { kind: 'range', protocol, from: port, to: port, path: fields.path };
}

/** `{start, end}`, both written and in order. */
export function readPortSpan(fields: Fields): { readonly from: number; readonly to: number } | undefined {
  for (const key of ['start', 'end']) if ((fields.raw[key] ?? null) === null) reportRequired(fields, key);
  const from = readInteger(fields, 'start', PORTS);
  const to = readInteger(fields, 'end', PORTS);
  if (from === undefined || to === undefined) return undefined;
  if (from < to) return { from, to };
  reportInvalid(fields, [], fields.raw, 'Start port must be less than End port');
  return undefined;
}
