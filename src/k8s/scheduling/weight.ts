/** How much a preference counts against others of its sort. */

import { type Fields, readInteger, reportInvalid } from '../fields.ts';

/** `weight`, 1 to 100; undefined (and reported) when it is something else. */
export function readWeight(fields: Fields): number | undefined {
  const weight = readInteger(fields, 'weight', { min: Number.MIN_SAFE_INTEGER }) ?? 0;
  if (weight >= 1 && weight <= 100) return weight;
  const written = fields.raw['weight'];
  if (written === undefined || typeof written === 'number') {
    reportInvalid(fields, ['weight'], weight, 'must be in the range 1-100');
  }
  return undefined;
}
