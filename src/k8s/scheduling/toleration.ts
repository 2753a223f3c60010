/** Which taints a pod puts up with: `spec.tolerations`. */

import { type Fields, pickStrings, readEnum, readMappings, readString, reportInvalid } from '../fields.ts';
import { TAINT_EFFECTS, type Taint, type TaintEffect } from './taint.ts';

export interface Toleration {
  /** Empty: every key. */
  readonly key: string;
  readonly operator: 'Equal' | 'Exists';
  readonly value: string;
  /** undefined: every effect. */
  readonly effect?: TaintEffect;
}

const NO_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
const NO_VALUE = "value must be empty when `operator` is 'Exists'";

/** Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go ValidateTolerations. */
export function readTolerations(spec: Fields): readonly Toleration[] {
  return readMappings(spec, 'tolerations').flatMap(readToleration);
}

function readToleration(fields: Fields): readonly Toleration[] {
  const { key = '' } = pickStrings(fields, ['key']);
  const written = readEnum(fields, 'operator', ['Equal', 'Exists'] as const);
  if (written === undefined && fields.raw['operator']) return [];
  const operator = written ?? 'Equal';
  const value = readString(fields, 'value') ?? '';
  const effect = readEnum(fields, 'effect', TAINT_EFFECTS);
  if (effect === undefined && fields.raw['effect']) return [];
  if (key === '' && operator !== 'Exists') {
    reportInvalid(fields, ['operator'], operator, NO_KEY);
    return [];
  }
  if (operator === 'Exists' && value !== '') reportInvalid(fields, ['operator'], value, NO_VALUE);
  return [{ key, operator, value, ...(effect === undefined ? {} : { effect }) }];
}

/** Source: kubernetes/api:core/v1/toleration.go ToleratesTaint. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || value === taint.value;
}
