/** Amounts of resources: `500m`, `2`, `1.5Gi`. Source: kubernetes/apimachinery:pkg/api/resource/quantity.go. */

import { type Fields, reportInvalid } from './fields.ts';

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;
const COMPLAINT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY = 'KMGTPE';
/** Digits that a double keeps. */
const PRECISION = 15;

/** An amount in thousandths of its unit, rounded up; a number is an amount too. */
export function readMilliQuantity(fields: Fields, key: string): number | undefined {
  const value = fields.raw[key];
  if (value === undefined || value === null) return undefined;
  const amount = typeof value === 'object' ? undefined : parseMilliQuantity(String(value));
  if (amount === undefined) reportInvalid(fields, [key], value, COMPLAINT);
  return amount;
}

/** `100m` is 100, `0.5` is 500, `1Ki` is 1024000; undefined for anything else than an amount. */
export function parseMilliQuantity(text: string): number | undefined {
  const [, digits, exponent = '', suffix = ''] = FORM.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const milli = suffix.endsWith('i')
    ? Number(digits) * 1000 * 1024 ** (BINARY.indexOf(suffix.charAt(0)) + 1)
    : Number(`${digits}${exponent || `e${DECIMAL[suffix] ?? 0}`}`) * 1000;
  return Math.ceil(Number(milli.toPrecision(PRECISION)));
}
